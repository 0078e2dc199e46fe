"""The lines of the report about sleep: how long the chip was in which state, and the energy of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render.columns import Column, fitting, line_of
from mcusim.units import engineering, grouped

if TYPE_CHECKING:
    from mcusim.report.report import CurrentUse, Report

_DEEP = ("stop", "standby")
_NAMES = {"run": "awake", "wake_up": "waking up"}


def state_lines(report: Report, width: int) -> list[str]:
    """An empty line and a table, the dearest first; nothing where the chip never slept deeply."""
    states = report.energy.states if report.energy else ()
    if not any(each.activity in _DEEP for each in states):
        return []
    by_name: dict[str, list[CurrentUse]] = {}
    for each in states:
        by_name.setdefault(_name(each), []).append(each)
    groups = sorted(by_name.items(), key=lambda item: -_joules(item[1]))
    total_s = sum(each.time_s for each in states)
    total_j = sum(each.energy_j.value for each in states)
    columns = [
        Column(_title(report), tuple(name for name, _ in groups), is_number=False),
        Column("time", tuple(engineering(_seconds(uses), "s") for _, uses in groups)),
        Column("of it", tuple(_share(_seconds(uses), total_s) for _, uses in groups)),
        Column("energy", tuple(engineering(_joules(uses), "J") for _, uses in groups)),
        Column("of it", tuple(_share(_joules(uses), total_j) for _, uses in groups)),
        Column("mean current", tuple(_current(uses) for _, uses in groups), rank_number=1),
    ]
    columns = fitting(columns, width)
    rows = [[each.title for each in columns], *map(list, zip(*(each.cells for each in columns), strict=True))]
    return ["", *(line_of(row, columns) for row in rows)]


def _title(report: Report) -> str:
    wakes_count = sum(each.wakes_count for each in report.phases)
    return f"State, woken {grouped(wakes_count)} time{'' if wakes_count == 1 else 's'}"


def _name(use: CurrentUse) -> str:
    """The chip's name of a mode; all clocks and memories of the same kind are one state."""
    if use.activity == "sleep":
        return "asleep (WFI/WFE)"
    return _NAMES.get(use.activity) or f"asleep ({use.mode or use.activity})"


def _seconds(uses: list[CurrentUse]) -> float:
    return sum(each.time_s for each in uses)


def _joules(uses: list[CurrentUse]) -> float:
    return sum(each.energy_j.value for each in uses)


def _share(part: float, total: float) -> str:
    return f"{part / total:.1%}" if total else ""


def _current(uses: list[CurrentUse]) -> str:
    charge_c = sum(each.current_a.value * each.time_s for each in uses)
    seconds = _seconds(uses)
    return engineering(charge_c / seconds, "A") if seconds else ""
