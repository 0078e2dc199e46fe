"""The lines of the report about tasks and interrupts: how often, how long, how much of the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render import words
from mcusim.units import engineering, grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.report.report import ContextCost, Report

_HEADINGS = ("Task / interrupt", "runs", "cycles", "share", "longest", "energy", "stack")
_SHOWN = 16
_GAP = "  "
_NAME_WIDTH_MIN = 12


def context_lines(report: Report, width: int) -> list[str]:
    """An empty line and a table, the dearest first; nothing where only one context ran."""
    if sum(each.kind != "sleep" for each in report.contexts) < 2:
        return []
    rows = [_HEADINGS, *(_row(each) for each in report.contexts[:_SHOWN])]
    rest = report.contexts[_SHOWN:]
    if rest:
        cycles, share = sum(each.self_cycles for each in rest), sum(each.share_ratio for each in rest)
        rows.append((f"{len(rest)} more", "", grouped(cycles), f"{share:.1%}", "", "", ""))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    room = width - sum(widths[1:]) - len(_GAP) * (len(widths) - 1)
    widths[0] = min(widths[0], max(room, _NAME_WIDTH_MIN))
    return ["", *(_line(row, widths) for row in rows)]


def _row(context: ContextCost) -> tuple[str, ...]:
    energy = engineering(context.energy_j.value, "J") if context.energy_j else ""
    if context.kind in ("sleep", "other"):
        share = "" if context.kind == "sleep" else f"{context.share_ratio:.1%}"
        return words.row_kind(context.kind), "", grouped(context.self_cycles), share, "", energy, ""
    return (
        words.printable(context.name),
        grouped(context.activations_count),
        grouped(context.self_cycles),
        f"{context.share_ratio:.1%}",
        grouped(context.max_cycles),
        energy,
        _stack(context),
    )


def _stack(context: ContextCost) -> str:
    if context.stack_used_bytes is None:
        return ""
    return f"{context.stack_used_bytes}/{'?' if context.stack_bytes is None else context.stack_bytes} B"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    name = cells[0] if len(cells[0]) <= widths[0] else cells[0][: widths[0] - 1] + "…"
    rest = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
    return _GAP.join([name.ljust(widths[0]), *rest]).rstrip()
