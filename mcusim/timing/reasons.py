"""Adds up why cycles passed, so that every split of a cost sums to it exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.timing.cost import BlockCost, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

Reasons = tuple[tuple[Reason, int], ...]


def occupied(cycles: int) -> list[tuple[Reason, int]]:
    """An instruction that keeps the execute stage busy for `cycles`."""
    if cycles <= 1:
        return [(Reason.ISSUE, cycles)]
    return [(Reason.ISSUE, 1), (Reason.MULTI_CYCLE, cycles - 1)]


def merged(reasons: Iterable[tuple[Reason, int]]) -> Reasons:
    """One entry per reason, none of zero, in the order of `Reason`."""
    totals: dict[Reason, int] = {}
    for reason, cycles in reasons:
        totals[reason] = totals.get(reason, 0) + cycles
    return tuple((reason, totals[reason]) for reason in sorted(totals) if totals[reason])


def cost_of(tail: Iterable[tuple[Reason, int]], body: Iterable[Iterable[tuple[Reason, int]]]) -> BlockCost:
    """The cost whose cycles are the sums of these reasons."""
    tail_reasons = merged(tail)
    reasons = tuple(merged(each) for each in body)
    return BlockCost(
        tail_cycles=sum(cycles for _, cycles in tail_reasons),
        instruction_cycles=tuple(sum(cycles for _, cycles in each) for each in reasons),
        reasons=reasons,
        tail_reasons=tail_reasons,
    )
