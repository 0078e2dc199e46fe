"""Timing numbers of a flash interface that were fitted to measurements: the file, and putting them on a board."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mcusim.datafile import Table
from mcusim.errors import DataFileError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mcusim.board.schema import Board, FlashInterface
    from mcusim.provenance import Provenance

RATIOS = ("fetch_exposed_ratio", "fetch_exposed_prefetch_ratio")
"""Numbers that need not be whole; the others are cycles."""
LARGEST = {
    "fetch_exposed_ratio": 2.0,
    "fetch_exposed_prefetch_ratio": 2.0,
    "miss_overhead_cycles": 1000.0,
    "prefetch.latency_cycles": 1000.0,
    "prefetch.hit_cycles": 1000.0,
    "zero_wait.new_line_cycles": 10.0,
}
"""By name: the largest value that a chip file may have; the keys are those of [[flash_interface]]."""


MOST_ERROR_PERCENT = 100.0
"""Numbers that are further off say nothing; a file with more is refused."""


@dataclass(frozen=True, slots=True)
class TimingFile:
    """What such a file says."""

    path: str
    chip: str
    flash_interface: str
    parameters: tuple[tuple[str, float], ...]
    error_percent: float
    """Band of the flash interface's share of the cycles in runs with these numbers."""
    provenance: Provenance
    fitted_on: tuple[str, ...]
    """What was measured, for the report."""


def load_timing(path: Path) -> TimingFile:
    """The file at `path`.

    Raises:
        DataFileError: it cannot be read, or a key is missing, unknown or out of range.
    """
    table = Table.load(path)
    numbers = table.table("parameters")
    names = numbers.keys()
    for name in names:
        if name not in LARGEST:
            raise unknown_name("timing parameter", name, LARGEST, where=numbers.where(name))
    parameters = tuple(
        (
            name,
            numbers.number(name, maximum=LARGEST[name])
            if name in RATIOS
            else float(numbers.integer(name, maximum=int(LARGEST[name]))),
        )
        for name in names
    )
    file = TimingFile(
        path=str(path),
        chip=table.text("chip"),
        flash_interface=table.text("flash_interface"),
        parameters=parameters,
        error_percent=table.number("error_percent", maximum=MOST_ERROR_PERCENT),
        provenance=table.provenance(),
        fitted_on=tuple(_fit(each) for each in table.tables("fitted", minimum=1)),
    )
    table.finish()
    if not parameters:
        raise DataFileError(
            "[parameters] is empty",
            where=str(path),
            fix="write the file with mcusim calibrate --cycles, or drop --timing",
        )
    return file


def _fit(row: Table) -> str:
    """Every key is read, so that an unknown one is found."""
    row.text("firmware_sha256")
    row.integer("points_count", minimum=1)
    row.number("residual_before_percent", maximum=10_000.0)
    residual_percent = row.number("residual_percent", maximum=10_000.0)
    shown = f"{residual_percent:.2g}" if residual_percent < 99.5 else f"{residual_percent:.0f}"
    return f"{row.text('measurement')}, {shown} % off"


def timed_board(board: Board, timing: TimingFile) -> Board:
    """The board with the file's numbers on its flash interface.

    Raises:
        DataFileError: the file is for another chip or flash organisation, or the chip has no such number.
    """
    if board.chip.name != timing.chip:
        raise DataFileError(
            f"the timing file is for chip '{timing.chip}', board '{board.name}' has '{board.chip.name}'",
            where=f"{timing.path}: chip",
            why="numbers of one flash interface say nothing about another",
            fix=f"drop --timing, or calibrate with measurements of a {board.chip.name}",
        )
    interface = board.chip.flash_interface
    if interface is None or interface.name != timing.flash_interface:
        has = f"'{interface.name}'" if interface is not None else "none"
        raise DataFileError(
            f"the timing file is for flash organisation '{timing.flash_interface}', the board's is {has}",
            where=f"{timing.path}: flash_interface",
            fix="choose the board whose flash is organised like that of the measured one",
        )
    known = parameters_of(interface)
    for name, _ in timing.parameters:
        if name not in known:
            raise unknown_name(
                f"timing parameter of chip '{timing.chip}'", name, known, where=f"{timing.path}: [parameters]"
            )
    calibrated = replace(
        with_parameters(interface, dict(timing.parameters)),
        provenance=timing.provenance,
        error_percent=timing.error_percent,
        calibration=f"flash timing of {timing.path} (fitted to {'; '.join(timing.fitted_on)})",
    )
    return with_interface(board, calibrated)


def with_interface(board: Board, interface: FlashInterface) -> Board:
    """The board with another flash interface."""
    return replace(board, chip=replace(board.chip, flash_interface=interface))


def parameters_of(interface: FlashInterface) -> dict[str, float]:
    """The numbers of an interface that a measurement may change, by name."""
    values: dict[str, float] = {
        "fetch_exposed_ratio": interface.fetch_exposed_ratio,
        "fetch_exposed_prefetch_ratio": interface.fetch_exposed_prefetch_ratio,
        "miss_overhead_cycles": interface.miss_overhead_cycles,
    }
    if interface.prefetch is not None:
        values["prefetch.latency_cycles"] = interface.prefetch.latency_cycles
        values["prefetch.hit_cycles"] = interface.prefetch.hit_cycles
    if interface.zero_wait is not None:
        values["zero_wait.new_line_cycles"] = interface.zero_wait.new_line_cycles
    return values


def with_parameters(interface: FlashInterface, values: Mapping[str, float]) -> FlashInterface:
    """The interface with these numbers instead of its own; cycles are rounded to whole ones."""
    own = {**parameters_of(interface), **values}
    prefetch, zero_wait = interface.prefetch, interface.zero_wait
    if prefetch is not None:
        prefetch = replace(
            prefetch,
            latency_cycles=round(own["prefetch.latency_cycles"]),
            hit_cycles=round(own["prefetch.hit_cycles"]),
        )
    if zero_wait is not None:
        zero_wait = replace(zero_wait, new_line_cycles=round(own["zero_wait.new_line_cycles"]))
    return replace(
        interface,
        fetch_exposed_ratio=own["fetch_exposed_ratio"],
        fetch_exposed_prefetch_ratio=own["fetch_exposed_prefetch_ratio"],
        miss_overhead_cycles=round(own["miss_overhead_cycles"]),
        prefetch=prefetch,
        zero_wait=zero_wait,
    )
