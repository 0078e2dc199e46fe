"""Which limits on change a comparison is past, and whether the two runs may be compared in that number at all."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from mcusim.analysis.compare_conditions import KINDS
from mcusim.analysis.compare_names import base_name
from mcusim.errors import UsageError, unknown_name
from mcusim.report.change_limit import Exceeded
from mcusim.report.comparison import NOT_COMPARABLE, Change

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from mcusim.report.change_limit import ChangeLimit
    from mcusim.report.comparison import Comparison, RowChange

_GROUPS = {"cycles": "cycles", "latency_ms": "latency", "energy_uj": "energy", "flash_bytes": "flash"}
_RAM = "ram"
ALL = "all"
"""Accepts any difference."""


def exceeded(comparison: Comparison, limits: Sequence[ChangeLimit]) -> tuple[Exceeded, ...]:
    """The limits that were passed, in their order, the worst row of each first.

    Raises:
        UsageError: a run does not have the number.
        UnknownNameError: neither run has the kernel, layer or function.
    """
    found: list[Exceeded] = []
    for limit in limits:
        if not limit.rows:
            change = comparison.total(limit.metric)
            if change.delta is None:
                raise _not_known(limit, change)
            found += [Exceeded(limit, change, None)] if _is_past(limit, change) else []
            continue
        rows = sorted(_rows(comparison, limit), key=lambda row: -abs(row.delta_cycles))
        changes = [(row, Change(row.name, "cycles", row.old_cycles, row.new_cycles)) for row in rows]
        found += [Exceeded(limit, change, row) for row, change in changes if _is_past(limit, change)]
    return tuple(found)


def check_allowed(allowed: Collection[str]) -> None:
    """Complain about a kind of difference that there is not.

    Raises:
        UnknownNameError: there is no such kind.
    """
    for each in allowed:
        if each not in {*KINDS, ALL}:
            raise unknown_name("difference", each, [*KINDS, ALL], where="--allow")


def check_comparable(
    comparison: Comparison,
    limits: Sequence[ChangeLimit],
    allowed: Collection[str] = (),
    option: str = "--fail-on",
) -> None:
    """Complain when a limit is about a number that the two runs' conditions make incomparable.

    `allowed` are kinds of difference that the user accepts; ALL accepts any.

    Raises:
        UsageError: it is so.
    """
    groups = {_GROUPS.get(limit.metric, _RAM) for limit in limits}
    blocking = [
        each
        for each in comparison.differences
        if each.severity == NOT_COMPARABLE and groups & {*each.affects} and not {each.kind, ALL} & {*allowed}
    ]
    if blocking:
        kinds = ",".join(dict.fromkeys(each.kind for each in blocking))
        raise UsageError(
            f"{option}: the two runs are not comparable",
            where=f"{comparison.old.title} and {comparison.new.title}",
            why="; ".join(f"{each.kind} {each.old} → {each.new}: {each.text}" for each in blocking),
            fix=f"measure both under the same conditions, or accept the difference: --allow {kinds}",
        )


def _is_past(limit: ChangeLimit, change: Change) -> bool:
    """A number that was 0 and is not any more has grown by more than any per cent."""
    delta = change.delta or 0
    if not limit.is_relative:
        return limit.is_past(delta)
    if change.ratio is None:
        return limit.is_past(float("inf") if delta > 0 else float("-inf"))
    return limit.is_past(change.ratio)


def _rows(comparison: Comparison, limit: ChangeLimit) -> list[RowChange]:
    if limit.rows == "layer":
        layers = [row for row in comparison.layers if row.kind == "layer"]
        if limit.name == "*":
            return layers
        found = [row for row in layers if str(row.new_index) == limit.name]
        if not found:
            raise unknown_name(
                "layer", limit.name, [str(row.new_index) for row in layers if row.new_index >= 0]
            )
        return found
    table = comparison.kernels if limit.rows == "kernel" else comparison.functions
    functions = [row for row in table if row.kind == "function"]
    found = [row for row in functions if _is_named(row, limit.name)]
    if not found and limit.name != "*":
        raise unknown_name(limit.rows, limit.name, [row.name for row in functions])
    return found


def _is_named(row: RowChange, pattern: str) -> bool:
    """By its name in either run, with or without what the compiler appended and C++ arguments."""
    names = {name for full in (row.name, row.old_name) if full for name in (full, base_name(full))}
    return any(fnmatchcase(name, pattern) for name in names)


def _not_known(limit: ChangeLimit, change: Change) -> UsageError:
    one = "OLD has" if change.old is None else "NEW has"
    missing = "both runs have" if change.old is change.new is None else one
    why = {
        "energy_uj": "there is no power model, or no complete call",
        "heap_bytes": "the heap was not recognised",
    }.get(limit.metric, "there was no complete call of the measured function")
    return UsageError(
        f"--fail-on '{limit.text}': {missing} no {limit.metric}", why=why, fix="leave this limit out"
    )
