"""The tables of a comparison as cells, for text and Markdown alike: totals, rows, reasons, sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.render import words
from mcusim.render.comparison import words as say
from mcusim.report.comparison import SAME
from mcusim.units import grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.report.comparison import Change, Comparison, RowChange
    from mcusim.report.quantity import Number

LAYER, KERNEL, FUNCTION, REASON = "layer", "kernel", "function", "reason"
TABLES = (LAYER, KERNEL, FUNCTION, REASON)
_ONLY_CHANGED = ("stack_bytes", "heap_bytes", "static_bytes", "run_cycles", "run_instructions")

TITLES = {LAYER: "Layer, per inference", KERNEL: "Kernel, per call", FUNCTION: "Function, whole run"}


@dataclass(frozen=True, slots=True)
class ChangeTable:
    """A table: a name, four columns of numbers, and perhaps one of text."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    deltas: tuple[Number, ...]
    """Per row: what it is coloured by."""
    energies: tuple[str, ...] = ()
    """Per row: the change of its energy, where it is known; no column of narrow tables."""


def totals_table(comparison: Comparison) -> ChangeTable:
    """Cycles, latency, energy, RAM, flash; the parts of RAM and the whole run only where they changed."""
    shown = [
        each
        for each in comparison.totals
        if not (each.old is None and each.new is None) and (each.name not in _ONLY_CHANGED or each.delta)
    ]
    rows = tuple((say.TITLES[each.name], *_cells(each)) for each in shown)
    return ChangeTable(("", "old", "new", "change", ""), rows, tuple(each.delta or 0 for each in shown))


def rows_table(rows: Sequence[RowChange], title: str) -> ChangeTable:
    """Cycles of the rows that changed in any way, in their order, and why."""
    shown = [row for row in rows if row.status != SAME]
    cells = tuple(
        (
            name,
            grouped(round(row.old_cycles)) if row.old_name else "",
            grouped(round(row.new_cycles)) if row.old_name != row.name or row.new_cycles else "",
            say.delta(row.delta_cycles),
            say.percent(row.ratio) if row.old_cycles and row.new_cycles else "",
            why(row),
        )
        for name, row in zip(say.row_names(shown), shown, strict=True)
    )
    headings = (title, "old", "new", "change", "", "why")
    deltas = tuple(row.delta_cycles for row in shown)
    return ChangeTable(headings, cells, deltas, tuple(_energy_delta(row) for row in shown))


def reasons_table(comparison: Comparison) -> ChangeTable:
    """Active cycles of the whole run by reason."""
    shown = [each for each in comparison.reasons if each.delta]
    rows = tuple((say.reason_name(each.name), *_cells(each)) for each in shown)
    headings = ("Reason, whole run", "old", "new", "change", "")
    return ChangeTable(headings, rows, tuple(each.delta or 0 for each in shown))


def sections_table(comparison: Comparison) -> ChangeTable:
    """Sections and stacks whose size changed."""
    shown = [each for each in comparison.sections if each.status != SAME]
    rows = tuple(
        (
            words.printable(f"{each.memory} {each.name}"),
            grouped(each.old_bytes),
            grouped(each.new_bytes),
            say.delta(each.delta_bytes, "bytes"),
            say.percent(each.delta_bytes / each.old_bytes) if each.old_bytes else "",
            "" if each.status == "changed" else each.status,
        )
        for each in shown
    )
    headings = ("Bytes in", "old", "new", "change", "", "")
    return ChangeTable(headings, rows, tuple(each.delta_bytes for each in shown))


def first_rows(table: ChangeTable, count: int, more: str) -> ChangeTable:
    """The first `count` rows, and in words what is left out."""
    left = len(table.rows) - count
    if left <= 0:
        return table
    rest = sum(table.deltas[count:])
    last = (f"{left} {more}", "", "", say.delta(rest), *("" for _ in table.headings[4:]))
    energies = (*table.energies[:count], "") if table.energies else ()
    return ChangeTable(table.headings, (*table.rows[:count], last), (*table.deltas[:count], rest), energies)


def worst_layers(layers: Sequence[RowChange], count: int) -> ChangeTable:
    """The layers that changed most, in the order of the network, and what is left out."""
    changed = [row for row in layers if row.status != SAME]
    worst = sorted(changed, key=lambda row: -abs(row.delta_cycles))[:count]
    table = rows_table([row for row in changed if row in worst], TITLES[LAYER])
    rest = rows_table([row for row in changed if row not in worst], TITLES[LAYER])
    both = ChangeTable(table.headings, (*table.rows, *rest.rows), (*table.deltas, *rest.deltas))
    return first_rows(both, len(table.rows), "more")


def table_of(comparison: Comparison, what: str) -> ChangeTable:
    """The table that `--by` names."""
    if what == REASON:
        return reasons_table(comparison)
    return rows_table(rows_of(comparison, what), TITLES[what])


def rows_of(comparison: Comparison, what: str) -> tuple[RowChange, ...]:
    """Layers, kernels or functions."""
    return {LAYER: comparison.layers, KERNEL: comparison.kernels, FUNCTION: comparison.functions}[what]


def why(row: RowChange) -> str:
    """Status, note and reasons of a row, as far as there is something to say."""
    parts = []
    if row.status in {"added", "removed", "outlined", "inlined"}:
        parts.append(say.GONE_OR_NEW[row.status])
    elif reasons := say.reason_words(row):
        parts.append(reasons.replace("all of it ", "all "))  # a cell has little room
    elif not row.delta_cycles and any(each.delta for each in row.reasons):
        parts.append("for other reasons")
    elif row.kind == "layer" and row.kernel and last(row.kernel) != last(row.name):
        parts.append(f"in {last(row.kernel)}")
    if row.kind == "function" and row.old_calls_count != row.new_calls_count and row.old_name:
        parts.append(f"calls {row.old_calls_count:.6g} → {row.new_calls_count:.6g}" if row.new_cycles else "")
    parts.append(say.shown_note(row))
    return ", ".join(filter(None, parts))


def last(name: str) -> str:
    """A kernel's name for a narrow column."""
    return words.printable(words.short_name(name))


def _energy_delta(row: RowChange) -> str:
    """Nothing where a run has no energies; a row that is new or gone had none of its own in the other run."""
    old, new = row.old_energy_j, row.new_energy_j
    if (old is None and row.old_cycles) or (new is None and row.new_cycles) or old is new is None:
        return ""
    return say.delta((new.value if new else 0.0) - (old.value if old else 0.0), "J")


def _cells(change: Change) -> tuple[str, str, str, str]:
    unit = change.unit
    return (
        say.amount(change.old, unit),
        say.amount(change.new, unit),
        say.delta(change.delta, unit),
        say.percent(change.ratio),
    )
