"""What a reader of a sweep over several boards must know: whether they were compared under equal conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.units import engineering

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mcusim.board.schema import Chip
    from mcusim.report.sweep import SweepResult, SweepRow


def notes_of(rows: Iterable[SweepRow], chips: Mapping[str, Chip]) -> tuple[str, ...]:
    """What makes the boards' rows less comparable than they look; `chips` are those of the boards that ran."""
    done = [(row, row.result) for row in rows if row.result is not None]
    notes = (
        _clocks([(row.point.board, result) for row, result in done if row.point.clock_hz is None], chips),
        _covers([(row.point.board, result) for row, result in done if result.energy_j is not None]),
    )
    return tuple(each for each in notes if each)


def _clocks(done: list[tuple[str, SweepResult]], chips: Mapping[str, Chip]) -> str:
    """The boards run at whatever clocks their builds of the firmware leave."""
    clocks_hz = {board: result.clock_hz for board, result in done}
    if len(set(clocks_hz.values())) < 2:
        return ""
    slow, fast = (engineering(pick(clocks_hz.values()), "Hz") for pick in (min, max))
    at_reset = [board for board, hz in clocks_hz.items() if hz == chips[board].reset_clock_hz]
    reset = f"; still at the clock after reset: {', '.join(at_reset)}" if at_reset else ""
    common = _option(min(chips[board].max_clock_hz for board in clocks_hz))
    return (
        f"each board at the clock that its firmware programs ({slow} to {fast}{reset}); "
        f"--clock {common} compares them at the same"
    )


def _option(clock_hz: int) -> str:
    return f"{clock_hz / 1_000_000:g}MHz"


def _covers(done: list[tuple[str, SweepResult]]) -> str:
    """The energies of the boards are not of the same parts."""
    boards: dict[str, list[str]] = {}
    for board, covers in {board: result.covers for board, result in done}.items():
        boards.setdefault(_part(covers), []).append(board)
    if len(boards) < 2:
        return ""
    usual = max(boards, key=lambda part: len(boards[part]))
    others = [f"{', '.join(names)}: {part}" for part, names in boards.items() if part != usual]
    return f"the energies do not cover the same parts: {'; '.join(others)}; the rest: {usual}"


def _part(covers: str) -> str:
    """What is covered without where it was measured and what is left out: boards differ in that without harm."""
    return covers.partition(";")[0].partition(" (")[0] or "unknown"
