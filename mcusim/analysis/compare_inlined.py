"""Says of a function that vanished which other one probably holds it now, and the reverse; never when it is unclear."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mcusim.report.comparison import ADDED, INLINED, OUTLINED, REMOVED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mcusim.analysis.compare_names import Match
    from mcusim.report.comparison import Row, RowChange
    from mcusim.report.quantity import Number

_FUNCTION = "function"
_LEAST_RATIO, _MOST_RATIO = 0.4, 1.2
"""Growth of the holder over the cycles of what went into it: calls, saved registers and whatever the compiler then
folds are gone; an instruction cache may like the larger body less."""
_LEAST_CYCLES = 16  # a function of fewer is a call and a return: any change nearby would look like it


@dataclass(frozen=True, slots=True)
class _Side:
    """The run that has the functions which the other lacks."""

    lone_status: str
    status: str
    note: str
    rows: dict[int, Row]
    """By index of the match: what the run that has them says of the functions."""


def with_inlined(
    changes: Sequence[RowChange], matches: Sequence[Match], old_rows: Sequence[Row], new_rows: Sequence[Row]
) -> list[RowChange]:
    """The changes with what is probable noted; `changes[i]` is of `matches[i]`."""
    old = {i: old_rows[each.old_indexes[0]] for i, each in enumerate(matches) if each.old_indexes}
    new = {i: new_rows[each.new_indexes[0]] for i, each in enumerate(matches) if each.new_indexes}
    sides = (
        _Side(REMOVED, INLINED, "probably inlined into", old),
        _Side(ADDED, OUTLINED, "probably was inlined in", new),
    )
    found = list(changes)
    for side in sides:
        for holder, members in _holders(changes, side).items():
            growth = abs(changes[holder].delta_cycles)
            moved = sum(abs(changes[each].delta_cycles) for each in members)
            if not _LEAST_RATIO * moved <= growth <= _MOST_RATIO * moved:
                continue
            name = side.rows[holder].name
            for each in members:
                found[each] = replace(found[each], status=side.status, note=f"{side.note} {name}")
    return found


def _holders(changes: Sequence[RowChange], side: _Side) -> dict[int, list[int]]:
    """Which functions the lone ones may be in: their only caller that both runs have, else the only one of the file."""
    lone = [
        index
        for index, row in enumerate(changes)
        if row.status == side.lone_status and row.kind == _FUNCTION and abs(row.delta_cycles) >= _LEAST_CYCLES
    ]
    sign = 1 if side.lone_status == REMOVED else -1
    index_of: dict[str, int] = {}
    twice: set[str] = set()
    for index, row in side.rows.items():
        if row.name in index_of:
            twice.add(row.name)
        index_of[row.name] = index
    members: dict[int, list[int]] = {}
    for index in lone:
        callers = _surviving(index, changes, side, {k: v for k, v in index_of.items() if k not in twice})
        holders = callers if callers is not None else _of_file(index, changes, side)
        grown = [each for each in holders if sign * changes[each].delta_cycles > 0]
        if len(grown) == 1:
            members.setdefault(grown[0], []).append(index)
    return members


def _surviving(
    index: int, changes: Sequence[RowChange], side: _Side, index_of: dict[str, int]
) -> list[int] | None:
    """Callers that both runs have, through callers that are gone as well; None: nobody knows the callers."""
    if not side.rows[index].callers:
        return None
    seen, open_names, found = {index}, list(side.rows[index].callers), []
    while open_names:
        caller = index_of.get(open_names.pop())
        if caller is None or caller in seen:
            continue
        seen.add(caller)
        if changes[caller].status == side.lone_status:
            open_names += side.rows[caller].callers
        else:
            found.append(caller)
    return found


def _of_file(index: int, changes: Sequence[RowChange], side: _Side) -> Iterable[int]:
    file, size = side.rows[index].source_file, abs(changes[index].delta_cycles)
    return [
        each
        for each, row in side.rows.items()
        if file and row.source_file == file and each != index and _is_like(changes[each].delta_cycles, size)
    ]


def _is_like(growth: Number, size: Number) -> bool:
    return _LEAST_RATIO * size <= abs(growth) <= _MOST_RATIO * size
