"""Tables of what changed between two runs, each row with its old and new number, its change and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mcusim.render import words
from mcusim.render.comparison import words as say
from mcusim.render.comparison.tables import totals_table, why
from mcusim.render.html.table import (
    BarPart,
    Cell,
    Column,
    Table,
    TableRow,
    number_cell,
    text_cell,
    without_empty_columns,
)
from mcusim.report.comparison import SAME
from mcusim.units import engineering, grouped

if TYPE_CHECKING:
    from mcusim.report.comparison import Change, Comparison, RowChange
    from mcusim.report.quantity import Number

ROWS_SHOWN = 500
_NOT_THERE = Cell("", -1.0)
_NUMBERS = (
    Column("old"),
    Column("new"),
    Column("change"),
    Column("%", help="the change over the old number"),
    Column("less or more", is_number=False, is_bar=True, help="to the left less, to the right more"),
)


def totals(comparison: Comparison) -> Table:
    """Cycles, latency, energy, memory."""
    shown = totals_table(comparison)
    rows = [
        TableRow((text_cell(name.strip()), *(Cell(cell) for cell in cells), _arrow(cells[2], delta)))
        for (name, *cells), delta in zip(shown.rows, shown.deltas, strict=True)
    ]
    columns = (Column("Total", is_number=False), *_NUMBERS[:4], Column("", is_number=False))
    return Table("totals-table", "Totals", columns, tuple(rows), is_sortable=False)


def rows_table(name: str, caption: str, rows: Sequence[RowChange], *, has_all: bool = False) -> Table:
    """Layers, kernels, functions or contexts; those that did not change only where the order of all matters."""
    wanted = [row for row in rows if has_all or row.status != SAME]
    shown = wanted[:ROWS_SHOWN]
    largest = max((abs(row.delta_cycles) for row in shown if row.kind != "sleep"), default=0)
    table_rows = tuple(
        _row(title, row, largest) for title, row in zip(say.row_names(shown), shown, strict=True)
    )
    notes = []
    if len(wanted) > len(shown):
        notes.append(f"{grouped(len(wanted) - len(shown))} more that changed less are left out of this page.")
    if len(rows) > len(wanted):
        notes.append(f"{grouped(len(rows) - len(wanted))} more did not change.")
    columns = (
        Column("Name", is_number=False),
        *_NUMBERS,
        Column("why", is_number=False),
        Column("energy", help="change"),
    )
    table = Table(name, caption, columns, table_rows, is_searchable=True, notes=tuple(notes))
    return without_empty_columns(table)


def _row(title: str, row: RowChange, largest: Number) -> TableRow:
    old, new = row.old_energy_j, row.new_energy_j
    delta_j = new.value - old.value if old and new else None
    energy = "" if delta_j is None else say.delta(delta_j, "J")
    source = words.printable(row.source_file.rpartition("/")[2])
    is_there = bool(row.new_cycles) or row.old_name != row.name
    return TableRow(
        (
            text_cell(title, title=row.name, note=source if source not in title else ""),
            _cycles_cell(row.old_cycles) if row.old_name else _NOT_THERE,
            _cycles_cell(row.new_cycles) if is_there else _NOT_THERE,
            _delta_cell(row.delta_cycles, "cycles"),
            Cell(say.percent(row.ratio) if row.old_cycles and row.new_cycles else "", row.ratio or 0.0),
            _bar_cell(row.delta_cycles, largest),
            Cell(words.printable(why(row))),
            number_cell(energy, delta_j),
        )
    )


def reasons_table(comparison: Comparison) -> Table:
    """Active cycles of the whole runs by reason."""
    shown = [each for each in comparison.reasons if each.old or each.new]
    largest = max((abs(each.delta or 0) for each in shown), default=0)
    rows = tuple(_change_row(say.reason_name(each.name), each, largest) for each in shown)
    columns = (Column("Reason", is_number=False), *_NUMBERS)
    return Table("reasons-table", "Active cycles of the whole runs by reason", columns, rows)


def _change_row(title: str, change: Change, largest: Number) -> TableRow:
    return TableRow(
        (
            text_cell(title),
            number_cell(say.amount(change.old, change.unit), change.old),
            number_cell(say.amount(change.new, change.unit), change.new),
            _delta_cell(change.delta or 0, change.unit),
            Cell(say.percent(change.ratio), change.ratio or 0.0),
            _bar_cell(change.delta or 0, largest),
        )
    )


def sections_table(comparison: Comparison) -> Table:
    """Sections and stacks."""
    largest = max((abs(each.delta_bytes) for each in comparison.sections), default=0)
    rows = tuple(
        TableRow(
            (
                text_cell(each.name),
                text_cell(each.memory),
                number_cell(grouped(each.old_bytes), each.old_bytes),
                number_cell(grouped(each.new_bytes), each.new_bytes),
                _delta_cell(each.delta_bytes, "bytes"),
                Cell(say.percent(each.delta_bytes / each.old_bytes) if each.old_bytes else "", 0.0),
                _bar_cell(each.delta_bytes, largest),
            )
        )
        for each in comparison.sections
    )
    columns = (Column("Section", is_number=False), Column("in", is_number=False), *_NUMBERS)
    return Table("sections-table", "Bytes by section, and stacks at their deepest", columns, rows)


def headline_delta(comparison: Comparison, name: str) -> tuple[str, str] | None:
    """Class and words of a total's change for its card; None where one run does not know it."""
    change = comparison.total(name)
    if change.old is None or change.new is None or change.delta is None:
        return None
    if not change.delta:
        return "same", "unchanged"
    amount = change.delta
    if change.unit in ("s", "J"):
        text = f"{'+' if amount > 0 else ''}{engineering(amount, change.unit)}"
    else:
        text = say.delta(amount, change.unit)
    share = say.percent(change.ratio)
    return ("more" if amount > 0 else "less"), f"{text}{f' ({share})' if share else ''}"


def _cycles_cell(cycles: Number) -> Cell:
    return number_cell(grouped(round(cycles)), cycles)


def _delta_cell(delta: Number, unit: str) -> Cell:
    return Cell(say.delta(delta, unit), delta)


def _arrow(shown: str, delta: Number) -> Cell:
    """Nothing where one of the numbers is not known."""
    return Cell("▲ more" if delta > 0 else "▼ less" if delta < 0 else "= same" if shown else "")


def _bar_cell(delta: Number, largest: Number) -> Cell:
    """Half a bar to the right for more, to the left for less."""
    if not delta or not largest:
        return Cell("", 0.0)
    half = round(min(50.0, 50 * abs(delta) / largest), 2)
    part = BarPart("bar-more", 50.0, half) if delta > 0 else BarPart("bar-less", round(50 - half, 2), half)
    return Cell("", delta, bar=(part,))
