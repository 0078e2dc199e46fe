"""A report as a small piece of HTML for notebooks; its style touches nothing around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render import words
from mcusim.render.html.costs import kernels_table, layers_table
from mcusim.render.html.document import fragment
from mcusim.render.html.headline import cards
from mcusim.render.html.page import notices
from mcusim.render.html.reasons import palette_of
from mcusim.render.html.table import Table
from mcusim.render.layers import has_layers
from mcusim.report.stops import BAD_ENDS
from mcusim.units import grouped

if TYPE_CHECKING:
    from mcusim.report.report import Report

ROWS_SHOWN = 8
COLUMNS_SHOWN = frozenset({"#", "Layer", "Kernel", "cycles", "share", "energy"})


def summary_html(report: Report) -> str:
    """What `_repr_html_` returns: the headline numbers, warnings, and where the time goes."""
    if report.network and has_layers(report):
        table, rows_count = layers_table(report.network), len(report.network.layers)
    else:
        table, rows_count = kernels_table(report), len(report.kernels)
    shown = cut_table(table, rows_count) if table.rows else None
    return fragment(
        "fragment.html",
        title=words.printable(words.title(report)),
        cards=cards(report, palette_of(report.reasons)),
        notices=notices(report),
        stop=words.printable(words.stop(report)) if report.stop.reason in BAD_ENDS else "",
        table=shown,
    )


def cut_table(table: Table, rows_count: int) -> Table:
    """The columns and rows that a glance needs; of all `rows_count`, how many are left out."""
    kept = [index for index, column in enumerate(table.columns) if column.title in COLUMNS_SHOWN]
    share = next(index for index, column in enumerate(table.columns) if column.title == "share")
    dearest = sorted(table.rows, key=lambda row: -(row.cells[share].sort_number or 0.0))[:ROWS_SHOWN]
    rows = tuple(
        type(row)(tuple(row.cells[index] for index in kept), row.css_class)
        for row in table.rows
        if any(row is each for each in dearest)
    )
    rest = rows_count - len(rows)
    notes = (f"{grouped(rest)} more with less.",) if rest else ()
    return Table(table.name, table.caption, tuple(table.columns[index] for index in kept), rows, notes=notes)
