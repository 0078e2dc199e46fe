"""A data set through one firmware: chunks of inputs to workers, their results to one Evaluation."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mcusim import __version__
from mcusim.analysis.energy import EnergyMeter, conditions_of
from mcusim.analysis.power_settings import check_power_settings, with_clock_range
from mcusim.analysis.timing_error import timing_error
from mcusim.errors import McusimError
from mcusim.machine.forks import CopyError
from mcusim.report.evaluation import Bin, Distribution, EvaluatedInput, Evaluation
from mcusim.report.report import FirmwareId
from mcusim.scenarios.evaluation_chunk import Chunk, Row, evaluated_chunk
from mcusim.scenarios.evaluation_data import Compared, class_results, predicted_classes, quality_of
from mcusim.scenarios.evaluation_plan import plan_of
from mcusim.scenarios.workers import LostWorkError, workers
from mcusim.session import board_and_image, power_model_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from mcusim.analysis.timing_error import TimingError
    from mcusim.board.schema import Board
    from mcusim.power.schema import PowerModel
    from mcusim.report.evaluation import Quality
    from mcusim.report.quantity import Band
    from mcusim.report.request import RunRequest
    from mcusim.scenarios.evaluation_chunk import ChunkResult
    from mcusim.scenarios.evaluation_plan import EvaluationWish, Plan
    from mcusim.scenarios.workers import Workers

_CHUNK_INPUTS_COUNT = 400
"""A process takes about a second until it is warm; a lost one costs this many inputs."""
_CHUNK_INPUTS_MIN_COUNT = 20
_CLUSTER_SHARES_COUNT = 32
"""Of a cluster: how many workers it has, and how fast they are, is its own business."""
_BINS_COUNT = 20
_WARM_NOTE = (
    "each input begins from one state: the first call's registers and RAM, with caches and branch prediction as after "
    "two calls"
)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An evaluation with what the firmware computed."""

    evaluation: Evaluation
    outputs: NDArray[Any]
    """One row for each input, as the firmware left it; zeros where it failed (`EvaluatedInput.error`)."""


def evaluate(
    wish: EvaluationWish,
    jobs_count: int = 1,
    scheduler: str | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Evaluated:
    """Run every input, in `jobs_count` processes or on the cluster of a Dask `scheduler`, and say what they came to.

    The result does not depend on where the inputs ran. `progress` is told how many of how many are done.

    Raises:
        McusimError: the firmware, the board or the data is wrong; an input that makes the firmware fault is none.
    """
    board, image = board_and_image(wish.request)
    model = power_model_of(wish.request, board)
    check_power_settings(wish.request.settings, model, board)
    plan = plan_of(wish, board, image)
    progress(0, len(plan.rows))
    if jobs_count <= 1 and scheduler is None:
        results = [_in_one_process(plan, progress)]
    else:
        with workers(jobs_count, scheduler) as crew:
            results = _by_workers(list(_chunks(plan, jobs_count, scheduler)), crew, progress)
    rows = [row for each in results for row in each.rows]
    firmware = FirmwareId(wish.request.shown_firmware, image.sha256, image.build_id)
    summary = _Summary(plan, rows, board, model)
    return Evaluated(summary.evaluation(firmware, results), summary.outputs)


def _in_one_process(plan: Plan, progress: Callable[[int, int], None]) -> ChunkResult:
    total, done = len(plan.rows), 0

    def count_one() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    return evaluated_chunk(_chunk(plan, 0, total), count_one)


def _by_workers(
    chunks: list[Chunk], crew: Workers, progress: Callable[[int, int], None]
) -> list[ChunkResult]:
    """What all chunks came to; the inputs of one whose process was lost have failed.

    Raises:
        McusimError: no chunk ran, or one says that the firmware does not get to its inference.
    """
    total, done = sum(len(each.rows) for each in chunks), 0
    results: list[ChunkResult] = []
    lost: list[McusimError] = []
    for chunk, result in zip(chunks, crew.map(evaluated_chunk, chunks), strict=True):
        if isinstance(result, LostWorkError | CopyError):
            lost.append(result)
            results.append(ChunkResult(tuple(Row(result.what) for _ in chunk.rows), (), 0))
        elif isinstance(result, McusimError):
            raise result
        else:
            results.append(result)
        done += len(chunk.rows)
        progress(done, total)
    if len(lost) == len(chunks):
        raise lost[0]
    return results


def _chunks(plan: Plan, jobs_count: int, scheduler: str | None) -> Iterator[Chunk]:
    """Every worker has something to do, and none too much to lose."""
    count = len(plan.rows)
    shares = _CLUSTER_SHARES_COUNT if scheduler is not None else jobs_count
    size = min(max(math.ceil(count / shares), _CHUNK_INPUTS_MIN_COUNT), _CHUNK_INPUTS_COUNT)
    for begin in range(0, count, size):
        yield _chunk(plan, begin, begin + size)


def _chunk(plan: Plan, begin: int, end: int) -> Chunk:
    return Chunk(
        request=plan.wish.request,
        function_addr=plan.function.addr,
        function_name=plan.function.name,
        snapshot_addr=plan.snapshot.addr,
        input=plan.input,
        output=plan.output,
        rows=plan.rows[begin:end],
    )


class _Summary:
    """What the rows come to."""

    def __init__(self, plan: Plan, rows: list[Row], board: Board, model: PowerModel | None) -> None:
        self._plan, self._rows, self._board = plan, rows, board
        self._request: RunRequest = with_clock_range(plan.wish.request, model)
        self._ran = [index for index, row in enumerate(rows) if not row.error]
        self._error: TimingError = timing_error(
            board.chip.core, board.chip.flash_interface, uses_flash=any(row.uses_flash for row in rows)
        )
        self._meter = (
            EnergyMeter(model, conditions_of(self._request, board), self._error)
            if model is not None
            else None
        )
        self.outputs = _outputs(plan, rows)
        self._energies: list[Band | None] = [self._energy(row) for row in rows]

    def _energy(self, row: Row) -> Band | None:
        return self._meter.energy_j(row.states) if self._meter is not None and row.states else None

    def evaluation(self, firmware: FirmwareId, results: Sequence[ChunkResult]) -> Evaluation:
        """All of it."""
        plan, wish, conditions = self._plan, self._plan.wish, conditions_of(self._request, self._board)
        ran = [self._rows[index] for index in self._ran]
        energies = [each.value for each in self._energies if each is not None]
        states = self._mean_states(ran)
        has_energy = self._meter is not None and bool(states)
        warnings = [text for each in results for text in (*each.warnings, *_warnings_of(each.rows))]
        compared = self._compared()
        return Evaluation(
            mcusim_version=__version__,
            firmware=firmware,
            board=self._board.name,
            board_title=self._board.title,
            core=self._board.chip.core,
            clock_hz=max(each.clock_hz for each in results),
            supply_v=conditions.supply_v,
            temp_c=conditions.temp_c,
            function=plan.function.name,
            snapshot=plan.snapshot.name,
            input_symbol=plan.input.name,
            output_symbol=plan.output.name,
            inputs=wish.inputs_name,
            inputs_sha256=hashlib.sha256(b"".join(plan.rows)).hexdigest(),
            labels=wish.labels_name if wish.labels is not None else "",
            inputs_count=len(self._rows),
            failed_count=len(self._rows) - len(ran),
            quality=self._quality(compared),
            classes=class_results(compared) if compared is not None and self._has_classes() else (),
            cycles=_distribution("cycles", [row.cycles for row in ran]),
            latency=_distribution("s", [row.latency_s for row in ran]),
            cycles_error_percent=self._error.error_percent,
            cycles_basis=self._error.text,
            energy=_distribution("J", energies) if has_energy else None,
            mean_energy_j=self._meter.energy_j(states) if self._meter is not None and states else None,
            energy_basis=self._meter.basis_of(states, states) if self._meter is not None and states else None,
            notes=(_WARM_NOTE, *plan.notes),
            warnings=tuple(dict.fromkeys(warnings)),
            what_if=self._request.changes,
            results=self._results(),
        )

    def _mean_states(self, ran: list[Row]) -> dict[Any, float]:
        """Cycles by power state, per input."""
        total: dict[Any, float] = {}
        for row in ran:
            for state, cycles in (row.states or {}).items():
                total[state] = total.get(state, 0.0) + cycles
        return {state: cycles / len(ran) for state, cycles in total.items()}

    def _has_classes(self) -> bool:
        return self._plan.metric.startswith(("accuracy", "top-"))

    def _compared(self) -> Compared | None:
        wish = self._plan.wish
        if wish.labels is None or not self._ran:
            return None
        given, left = wish.input.affine, wish.output.affine
        inputs, outputs = wish.inputs[self._ran], self.outputs[self._ran]
        if given is not None and inputs.dtype.kind in "iu":
            inputs = given.real(inputs)
        if left is not None and not self._has_classes():
            outputs = left.real(outputs)
        return Compared(inputs, outputs, wish.labels[self._ran])

    def _quality(self, compared: Compared | None) -> Quality | None:
        return None if compared is None else quality_of(self._plan.metric, compared)

    def _results(self) -> tuple[EvaluatedInput, ...]:
        labels = self._plan.wish.labels
        predicted = predicted_classes(self.outputs) if self._has_classes() else None
        has_label = labels is not None and labels.size == len(self._rows)
        return tuple(
            EvaluatedInput(
                index=index,
                error=row.error,
                cycles=None if row.error else row.cycles,
                latency_s=None if row.error else row.latency_s,
                energy_j=self._energies[index],
                predicted_number=None if row.error or predicted is None else int(predicted[index]),
                label=labels.reshape(-1)[index].item() if labels is not None and has_label else None,
            )
            for index, row in enumerate(self._rows)
        )


def _outputs(plan: Plan, rows: list[Row]) -> NDArray[Any]:
    nothing = bytes(plan.output.size_bytes)
    data = b"".join(row.output or nothing for row in rows)
    return np.frombuffer(data, plan.output_dtype).reshape(len(rows), *plan.output_dims).copy()


def _warnings_of(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        yield from row.warnings


def _distribution(unit: str, values: Sequence[float]) -> Distribution | None:
    if not values:
        return None
    ordered = sorted(values)
    return Distribution(
        unit=unit,
        min=ordered[0],
        median=_percentile(ordered, 50),
        mean=math.fsum(ordered) / len(ordered),
        p95=_percentile(ordered, 95),
        p99=_percentile(ordered, 99),
        max=ordered[-1],
        histogram=_histogram(ordered),
    )


def _percentile(ordered: Sequence[float], percent: int) -> float:
    """The nearest rank: always a value that was measured."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _histogram(ordered: Sequence[float]) -> tuple[Bin, ...]:
    low, high = ordered[0], ordered[-1]
    if low == high:
        return (Bin(low, high, len(ordered)),)
    counts, edges = np.histogram(np.array(ordered, dtype=float), bins=_BINS_COUNT)
    return tuple(
        Bin(float(begin), float(end), int(count))
        for begin, end, count in zip(edges[:-1], edges[1:], counts, strict=True)
    )
