"""Which rows of a sweep stand out: the Pareto front, the slowest clocks that meet a deadline, the cheapest row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcusim.report.sweep import SweepRow

Costs = tuple[float, float]
"""Latency and energy of a row."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Numbers of the rows that stand out; see the fields of `Sweep`."""

    slowest_numbers: tuple[int, ...]
    cheapest_number: int | None
    nearest_number: int | None


def pareto(costs: Iterable[Costs]) -> tuple[bool, ...]:
    """Of each: is nothing as good in both and better in one? Equal ones are all on the front, or none is."""
    costs = tuple(costs)
    return tuple(not any(_dominates(other, each) for other in costs) for each in costs)


def _dominates(left: Costs, right: Costs) -> bool:
    return left[0] <= right[0] and left[1] <= right[1] and left != right


def with_marks(rows: Iterable[SweepRow], deadline_s: float | None) -> tuple[SweepRow, ...]:
    """The rows with the Pareto front and those that meet the deadline marked; rows without energy are on no front."""
    rows = tuple(rows)
    numbers = [each.row_number for each in rows if costs_of(each) is not None]
    front = dict(zip(numbers, pareto(each for each in map(costs_of, rows) if each is not None), strict=True))
    return tuple(
        replace(
            row,
            is_pareto=front.get(row.row_number, False),
            meets_deadline=None
            if deadline_s is None or row.result is None
            else row.result.high_s <= deadline_s,
        )
        for row in rows
    )


def costs_of(row: SweepRow) -> Costs | None:
    """Latency and energy; None where one is not known."""
    if row.result is None or row.result.energy_j is None:
        return None
    return row.result.latency_s, row.result.energy_j.value


def choice_of(rows: tuple[SweepRow, ...], deadline_s: float | None) -> Choice:
    """What stands out among rows that `with_marks` has marked."""
    measured = [each for each in rows if each.result is not None]
    meeting = measured if deadline_s is None else [each for each in measured if each.meets_deadline]
    cheapest = min((each for each in meeting if costs_of(each) is not None), key=_energy_first, default=None)
    missed = measured if deadline_s is not None and not meeting else []
    nearest = min(missed, key=lambda each: (_high_s(each), each.row_number), default=None)
    return Choice(
        slowest_numbers=() if deadline_s is None else _slowest(meeting),
        cheapest_number=cheapest.row_number if cheapest else None,
        nearest_number=nearest.row_number if nearest else None,
    )


def _slowest(rows: list[SweepRow]) -> tuple[int, ...]:
    """Per board the slowest clock; of several rows with it the one with the least energy."""
    best: dict[str, SweepRow] = {}
    for row in rows:
        known = best.get(row.point.board)
        if known is None or _clock_first(row) < _clock_first(known):
            best[row.point.board] = row
    return tuple(each.row_number for each in best.values())


def _clock_first(row: SweepRow) -> tuple[int, float, int]:
    assert row.result is not None
    energy_j, _, number = _energy_first(row)
    return row.result.clock_hz, energy_j, number


def _energy_first(row: SweepRow) -> tuple[float, float, int]:
    """Energy, then latency, then the order of the table; what has no energy comes last."""
    assert row.result is not None
    energy = row.result.energy_j
    return (float("inf") if energy is None else energy.value), row.result.latency_s, row.row_number


def _high_s(row: SweepRow) -> float:
    assert row.result is not None
    return row.result.high_s
