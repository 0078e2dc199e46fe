"""Runs one network on all test inputs: in as many firmwares as the flash needs, outputs read from their consoles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from mcusim.board.load import load_board
from mcusim.codegen.build import build_firmware, network_of, target_of
from mcusim.codegen.link import RegionOverflowError
from mcusim.codegen.macs import network_macs_count
from mcusim.codegen.memory_layout import memory_layouts
from mcusim.codegen.reference import printed_outputs
from mcusim.codegen.request import BuildRequest, Inputs
from mcusim.errors import McusimError
from mcusim.report.networks import Accuracy, NetworkResult
from mcusim.report.quantity import Band
from mcusim.scenarios.networks_inputs import given_to, predicted_of, why_no_accuracy
from mcusim.scenarios.sweep_result import result_of
from mcusim.session import board_and_image, power_model_of, report_of, simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcusim.codegen.graph import Graph
    from mcusim.codegen.request import Built
    from mcusim.report.report import Report
    from mcusim.report.request import Progress, RunRequest
    from mcusim.report.sweep import SweepResult
    from mcusim.scenarios.networks_inputs import Examples

    Tell = Callable[[str], None]

_LONG_S = 1_000_000.0
"""So long a firmware may take for all its inputs: without a limit a run ends after some inferences."""
_CODE_BYTES = 48 * 1024
"""Left for code at first; the linker says when it is too little."""
_MOST_INPUT_BYTES = 2 * 1024 * 1024
"""In one firmware, however large the flash is: they are compiled as C."""
_Z_95 = 1.959963984540054
"""Of the normal distribution, two-sided 95 %."""


class NetworkRunError(McusimError):
    """A network's firmware was built, and did not do all its inferences."""


@dataclass(frozen=True, slots=True)
class NetworkJob:
    """One network to run."""

    model: Path
    examples: Examples
    request: RunRequest
    """Board, clock, supply …; its firmware does not count."""
    compiler: str
    compiler_version: str = ""
    """What it must be wherever the network is built; empty: any."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What one firmware did."""

    built: Built
    report: Report
    row: SweepResult
    outputs: tuple[bytes, ...]
    """The network's first output, in each inference."""
    inputs_bytes: int

    @property
    def count(self) -> int:
        return len(self.outputs)


def run_network(job: NetworkJob, graph: Graph, tell: Tell) -> NetworkResult:
    """Build and run; `tell` is told in words how far it is.

    Raises:
        McusimError: the network cannot be built for the board, or its firmware fails.
    """
    given = given_to(job.examples, graph)
    if job.examples.labels is not None:
        why = why_no_accuracy(graph.tensors[graph.outputs[0]], job.examples.labels)
        if why:
            raise NetworkRunError(why)
    with TemporaryDirectory(prefix="mcusim-") as name:
        parts = tuple(_parts(job, given.data, Path(name), tell))
    return _result(job, parts)


def after(words: str, tell: Tell) -> Tell:
    """Tells everything after these words."""
    return lambda text: tell(words + text)


def accuracy_of(correct_count: int, count: int) -> Accuracy:
    """The share with its 95 % interval after Wilson (1927): sensible near 0 and 1 and for few inferences, too."""
    ratio, z2 = correct_count / count, _Z_95**2
    centre = (ratio + z2 / (2 * count)) / (1 + z2 / count)
    half = _Z_95 * sqrt(ratio * (1 - ratio) / count + z2 / (4 * count**2)) / (1 + z2 / count)
    low = 0.0 if correct_count == 0 else centre - half  # without what rounding leaves
    high = 1.0 if correct_count == count else centre + half
    return Accuracy(correct_count, ratio, low, high)


def _parts(job: NetworkJob, data: tuple[bytes, ...], folder: Path, tell: Tell) -> Iterator[_Part]:
    at, most = 0, _most_inputs(job, data)
    while at < len(data):
        chunk = data[at : at + most]
        where = f"{job.model.stem}, inputs {at + 1} to {at + len(chunk)} of {len(data)}"
        tell(f"{where}: building")
        try:
            built = _built(job, chunk, folder)
        except RegionOverflowError as error:
            if error.region != "FLASH" or len(chunk) == 1:
                raise
            most = max(1, len(chunk) - -(-error.excess_bytes // len(data[0])))
            continue
        yield _run(job, built, chunk, after(where + ": ", tell))
        at += len(chunk)


def _most_inputs(job: NetworkJob, data: tuple[bytes, ...]) -> int:
    """How many go into one firmware, about."""
    board = load_board(job.request.board)
    _, code, _ = network_of(BuildRequest(job.model, job.request.board, Path()), target_of(board.chip))
    room_bytes = memory_layouts(board)[-1].flash.size_bytes - code.weights_bytes - _CODE_BYTES
    return max(1, min(room_bytes, _MOST_INPUT_BYTES) // len(data[0]))


def _built(job: NetworkJob, chunk: tuple[bytes, ...], folder: Path) -> Built:
    inputs = folder / "inputs.bin"
    inputs.write_bytes(b"".join(chunk))
    output = folder / "firmware.elf"
    built = build_firmware(BuildRequest(job.model, job.request.board, output, Inputs(inputs), job.compiler))
    if job.compiler_version and built.compiler != job.compiler_version:
        raise NetworkRunError(
            f"a worker has {built.compiler}",
            why=f"here it is {job.compiler_version}, and another compiler's code takes other cycles",
            fix="install the same compiler on all workers",
        )
    return built


def _run(job: NetworkJob, built: Built, chunk: tuple[bytes, ...], tell: Tell) -> _Part:
    request = replace(job.request, firmware=built.elf, max_seconds=_LONG_S, needs_layers=False)
    board, image = board_and_image(request)
    model = power_model_of(request, board)
    recording = simulate(request, board, image, lambda progress: tell(_words(progress)))
    report = report_of(recording, image, board, model, request)
    row = result_of(report, recording)
    if isinstance(row, str):
        raise NetworkRunError(row)
    outputs = tuple(each[0] for each in printed_outputs(report.console, built.graph))
    if len(outputs) != len(chunk):
        raise NetworkRunError(
            f"the firmware printed the outputs of {len(outputs)} of {len(chunk)} inferences"
        )
    return _Part(built, report, row, outputs, sum(map(len, chunk)))


def _words(progress: Progress) -> str:
    return f"running, {progress.total_cycles / 1e6:.0f} million cycles"


def _result(job: NetworkJob, parts: tuple[_Part, ...]) -> NetworkResult:
    first, count = parts[0], sum(each.count for each in parts)
    graph, labels = first.built.graph, job.examples.labels
    outputs = (each for part in parts for each in part.outputs)
    predicted = predicted_of(outputs, graph.tensors[graph.outputs[0]])
    accuracy = None
    if labels is not None:
        correct_count = sum(one == int(label) for one, label in zip(predicted, labels, strict=True))
        accuracy = accuracy_of(correct_count, count)
    return NetworkResult(
        clock_hz=first.row.clock_hz,
        supply_v=first.row.supply_v,
        temp_c=first.row.temp_c,
        inferences_count=count,
        accuracy=accuracy,
        predicted=predicted,
        cycles=_mean([(each.count, each.row.cycles) for each in parts]),
        latency_s=_mean([(each.count, each.row.latency_s) for each in parts]),
        low_s=_mean([(each.count, each.row.low_s) for each in parts]),
        high_s=_mean([(each.count, each.row.high_s) for each in parts]),
        min_s=min(each.report.inference.min_cycles or 0 for each in parts) / first.row.clock_hz,
        max_s=max(each.report.inference.max_cycles or 0 for each in parts) / first.row.clock_hz,
        energy_j=_energy(parts),
        peak_ram_bytes=max(each.row.peak_ram_bytes for each in parts),
        flash_bytes=first.row.flash_bytes - first.inputs_bytes,
        inputs_bytes=sum(each.inputs_bytes for each in parts),
        firmwares_count=len(parts),
        weights_bytes=first.built.weights_bytes,
        arena_bytes=first.built.arena_bytes,
        macs_count=network_macs_count(graph),
        compiler=first.built.compiler,
        warnings=tuple(dict.fromkeys(text for each in parts for text in each.row.warnings)),
        power_model=first.row.power_model,
        covers=first.row.covers,
    )


def _mean(values: list[tuple[int, int | float]]) -> float:
    return sum(count * value for count, value in values) / sum(count for count, _ in values)


def _energy(parts: tuple[_Part, ...]) -> Band | None:
    bands = [(each.count, each.row.energy_j) for each in parts if each.row.energy_j is not None]
    if len(bands) < len(parts):
        return None
    value, low, high = (
        _mean([(count, getattr(band, name)) for count, band in bands]) for name in ("value", "low", "high")
    )
    return Band(value, low, high, bands[0][1].basis)
