"""Compares networks on one board with the same test inputs: accuracy, latency, energy, RAM and flash of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from mcusim import __version__
from mcusim.board.load import load_board
from mcusim.codegen.tensorflow_lite import read_model
from mcusim.codegen.toolchain import find_toolchain
from mcusim.errors import McusimError, UsageError
from mcusim.report.networks import NetworkRow, Networks
from mcusim.scenarios.networks_inputs import (
    Examples,
    given_to,
    load_inputs,
    load_labels,
    meaning_of,
    shown,
)
from mcusim.scenarios.networks_run import NetworkJob, after, run_network
from mcusim.scenarios.sweep_choose import pareto
from mcusim.scenarios.sweep_plan import one_line
from mcusim.scenarios.workers import workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mcusim.codegen.graph import Graph
    from mcusim.report.networks import NetworkResult
    from mcusim.report.request import RunRequest
    from mcusim.scenarios.networks_run import Tell
    from mcusim.scenarios.workers import Workers

    Pair = tuple["_Read", NetworkJob]


@dataclass(frozen=True, slots=True)
class NetworksWish:
    """What the user wants to compare."""

    models: tuple[Path, ...]
    inputs: Path
    labels: Path | None
    count: int | None
    """So many of the inputs, from the first one; None: all."""
    request: RunRequest
    """What is the same for all; its firmware does not count."""
    compiler: str = ""

    def __post_init__(self) -> None:
        """Raise a UsageError when a model is named twice."""
        if len(set(self.models)) < len(self.models):
            raise UsageError("a model is named twice", fix="name each once")


@dataclass(frozen=True, slots=True)
class _Read:
    """One model, if it can be read."""

    row: NetworkRow
    path: Path
    graph: Graph | None


def compare_networks(
    wish: NetworksWish,
    jobs_count: int = 1,
    tell: Tell = lambda _: None,
    scheduler: str | None = None,
) -> Networks:
    """Build and run all networks, in `jobs_count` processes, or on the workers of a Dask scheduler; `tell` is told in
    words how far it is.

    Raises:
        McusimError: inputs, labels or board are wrong, there is no compiler, or none of the networks can be run.
    """
    board = load_board(wish.request.board)
    inputs = load_inputs(wish.inputs, wish.count)
    labels = None if wish.labels is None else load_labels(wish.labels, wish.inputs, wish.count)
    read = [_read(wish, number) for number in range(1, len(wish.models) + 1)]
    meaning = meaning_of(inputs, [(each.row.name, each.graph) for each in read if each.graph is not None])
    toolchain = find_toolchain(wish.compiler)
    examples = Examples(inputs, labels, meaning)
    jobs = [NetworkJob(each.path, examples, wish.request, wish.compiler, toolchain.version) for each in read]
    read = [replace(each, row=_with_given(each, examples)) for each in read]
    pairs = list(zip(read, jobs, strict=True))
    if jobs_count <= 1 and scheduler is None:
        rows = _with_marks(tuple(_run_here(pairs, tell)))
    else:
        with workers(jobs_count, scheduler) as crew:
            rows = _with_marks(tuple(_run_by(crew, pairs, tell)))
    _check_any(rows)
    return Networks(
        mcusim_version=__version__,
        board=board.name,
        board_title=board.title,
        core=board.chip.core,
        inputs=wish.inputs.as_posix(),
        inputs_sha256=_sha256(wish.inputs),
        labels="" if wish.labels is None else wish.labels.as_posix(),
        labels_sha256="" if wish.labels is None else _sha256(wish.labels),
        inferences_count=len(inputs),
        rows=rows,
        notes=tuple(_notes(read, rows)),
    )


def _read(wish: NetworksWish, number: int) -> _Read:
    path = wish.models[number - 1]
    row = NetworkRow(number, _name(wish.models, path), path.as_posix(), _sha256(path), "")
    try:
        graph = read_model(path)
    except McusimError as error:
        return _Read(replace(row, why_not=one_line(error)), path, None)
    takes = ", ".join(shown(graph.tensors[index]) for index in graph.inputs)
    return _Read(replace(row, takes=takes), path, graph)


def _name(models: tuple[Path, ...], path: Path) -> str:
    is_alone = [each.stem for each in models].count(path.stem) == 1
    return path.stem if is_alone else path.with_suffix("").as_posix()


def _sha256(path: Path) -> str:
    """Empty: it is not there, which whoever reads it says."""
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _with_given(read: _Read, examples: Examples) -> NetworkRow:
    if read.graph is None:
        return read.row
    try:
        return replace(read.row, given=given_to(examples, read.graph).how)
    except McusimError as error:
        return replace(read.row, why_not=one_line(error))


def _run_here(pairs: list[Pair], tell: Tell) -> Iterator[NetworkRow]:
    for each, job in pairs:
        yield _row(each, job, after(f"{each.row.row_number} of {len(pairs)}, ", tell))


def _run_by(crew: Workers, pairs: list[Pair], tell: Tell) -> Iterator[NetworkRow]:
    """The same rows in the same order."""
    for (each, _), row in zip(pairs, crew.map(_row_of, pairs), strict=True):
        tell(f"{each.row.row_number} of {len(pairs)} networks done")
        yield replace(each.row, why_not=one_line(row)) if isinstance(row, McusimError) else row


def _row_of(pair: Pair) -> NetworkRow:
    return _row(*pair)


def _row(read: _Read, job: NetworkJob, tell: Callable[[str], None] = lambda _: None) -> NetworkRow:
    """Errors come back as the row's reason: the other networks go on."""
    if read.graph is None or read.row.why_not:
        return read.row
    try:
        return replace(read.row, result=run_network(job, read.graph, tell))
    except McusimError as error:
        return replace(read.row, why_not=one_line(error))


def _with_marks(rows: tuple[NetworkRow, ...]) -> tuple[NetworkRow, ...]:
    """The Pareto fronts of accuracy; without labels there are none."""
    in_energy = _front(
        rows, lambda result: result.latency_s if result.energy_j is None else result.energy_j.value
    )
    in_flash = _front(rows, lambda result: result.flash_bytes)
    return tuple(
        replace(row, is_pareto=row.row_number in in_energy, is_pareto_in_flash=row.row_number in in_flash)
        for row in rows
    )


def _front(rows: tuple[NetworkRow, ...], cost: Callable[[NetworkResult], float]) -> set[int]:
    """Numbers of the rows that nothing beats in accuracy and cost."""
    points = [
        (row.row_number, (cost(row.result), -row.result.accuracy.value_ratio))
        for row in rows
        if row.result is not None and row.result.accuracy is not None
    ]
    marks = pareto(costs for _, costs in points)
    return {number for (number, _), is_best in zip(points, marks, strict=True) if is_best}


def _check_any(rows: tuple[NetworkRow, ...]) -> None:
    """Raise a UsageError when no network has a result."""
    if any(row.result is not None for row in rows):
        return
    raise UsageError(
        "none of the networks can be run",
        why="; ".join(f"{row.name}: {row.why_not}" for row in rows[:4]),
        fix="run one of them with 'mcusim run' to see more",
    )


def _notes(read: list[_Read], rows: tuple[NetworkRow, ...]) -> Iterator[str]:
    remembering = [
        each.row.name
        for each in read
        if each.graph is not None and any(tensor.is_variable for tensor in each.graph.tensors)
    ]
    if remembering:
        yield (
            f"{', '.join(remembering)}: keeps values from one inference to the next, so the order of the inputs "
            "matters; each firmware begins anew"
        )
    split = [row for row in rows if row.result is not None and row.result.firmwares_count > 1]
    if split:
        counts = ", ".join(f"{row.name} {row.result.firmwares_count}" for row in split if row.result)
        yield f"all inputs at once do not fit the flash; firmwares that they were split among: {counts}"
