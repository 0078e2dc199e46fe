"""Tables of a page: columns, rows and bars as data, so that one template draws them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mcusim.render import words

TITLE_LENGTH_MAX = 300


@dataclass(frozen=True, slots=True)
class BarPart:
    """A piece of a bar."""

    css_class: str
    begin_percent: float
    share_percent: float


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell shows, and what it is sorted by."""

    text: str
    sort_number: float | None = None
    """None: sorted by its text."""
    title: str = ""
    """More, when the mouse rests on it."""
    bar: tuple[BarPart, ...] = ()
    note: str = ""
    """Small, under the text."""
    css_class: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `help` explains its heading."""

    title: str
    is_number: bool = True
    help: str = ""
    is_bar: bool = False
    """Its cells hold a bar beside their text, and take the room that is left."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row; `details_index` is the place of what its button opens in the page's data, -1: there is none."""

    cells: tuple[Cell, ...]
    css_class: str = ""
    details_index: int = -1


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption."""

    name: str
    """Its id in the page."""
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    is_searchable: bool = False
    is_sortable: bool = True
    notes: tuple[str, ...] = field(default=())


def text_cell(text: str, *, title: str = "", note: str = "") -> Cell:
    """Text of a firmware or a file, without characters that steer."""
    shown = words.printable(title)
    return Cell(words.printable(text), None, shown[:TITLE_LENGTH_MAX], note=words.printable(note))


def number_cell(text: str, value: float | None) -> Cell:
    """A number that the units module has formatted; None: not known, and last when sorted."""
    return Cell(text, value if value is not None else -1.0)


def share_cell(ratio: float, css_class: str = "bar-share") -> Cell:
    """A share with a bar as long as it."""
    return Cell(f"{ratio:.1%}", ratio, bar=(BarPart(css_class, 0.0, percent(ratio)),))


def percent(ratio: float) -> float:
    """A ratio as per cent of a bar's length, within it."""
    return round(100 * min(max(ratio, 0.0), 1.0), 2)


def stacked(parts: Sequence[tuple[str, float]], whole: float) -> tuple[BarPart, ...]:
    """Pieces side by side, each of a class and a size; negative ones have no length.

    Rounded up many times the pieces can be longer than the bar: what has no room left is not drawn.
    """
    bar: list[BarPart] = []
    begin = 0.0
    for css_class, value in parts:
        share = min(percent(value / whole) if whole > 0 else 0.0, round(100 - begin, 2))
        if share > 0:
            bar.append(BarPart(css_class, begin, share))
            begin = round(begin + share, 2)
    return tuple(bar)


def without_empty_columns(table: Table) -> Table:
    """The table without columns that say nothing in any row."""
    kept = [
        index
        for index in range(len(table.columns))
        if any(row.cells[index].text or row.cells[index].bar for row in table.rows)
    ]
    return Table(
        table.name,
        table.caption,
        tuple(table.columns[index] for index in kept),
        tuple(
            TableRow(tuple(row.cells[index] for index in kept), row.css_class, row.details_index)
            for row in table.rows
        ),
        table.is_searchable,
        table.is_sortable,
        table.notes,
    )
