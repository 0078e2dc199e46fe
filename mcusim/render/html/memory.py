"""Tables of what takes RAM and flash: sections, stacks, working memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render import words
from mcusim.render.html.table import Cell, Column, Table, TableRow, number_cell, share_cell, text_cell
from mcusim.units import grouped, size

if TYPE_CHECKING:
    from mcusim.report.network import Arena
    from mcusim.report.report import SectionUse, Stack


def sections_table(name: str, caption: str, sections: tuple[SectionUse, ...], available_bytes: int) -> Table:
    """Sections by address, each with its share of what there is."""
    columns = [Column("Section", is_number=False), Column("address"), Column("size")]
    if available_bytes:
        columns.append(Column("of it", is_bar=True, help=f"of {size(available_bytes)}"))
    rows = []
    for each in sections:
        share = [share_cell(each.size_bytes / available_bytes)] if available_bytes else []
        rows.append(
            TableRow(
                (
                    text_cell(each.name),
                    address_cell(each.addr),
                    size_cell(each.size_bytes),
                    *share,
                )
            )
        )
    return Table(name, caption, tuple(columns), tuple(rows))


def stacks_table(stacks: tuple[Stack, ...]) -> Table:
    """Stacks that were used, and how deep."""
    columns = (
        Column("Stack", is_number=False),
        Column("top"),
        Column("lowest"),
        Column("used"),
        Column("where", is_number=False),
    )
    rows = tuple(
        TableRow(
            (
                text_cell(each.name),
                address_cell(each.top_addr),
                address_cell(each.low_addr),
                size_cell(each.used_bytes),
                Cell("inside a static section, counted there" if each.is_in_static else "of its own"),
            )
        )
        for each in stacks
    )
    return Table("stacks-table", "Stacks, at their deepest", columns, rows)


def arenas_table(arenas: tuple[Arena, ...]) -> Table:
    """The runtime's working memory, and what would do."""
    columns = (
        Column("Arena", is_number=False),
        Column("address"),
        Column("size"),
        Column("touched", help="read or written within inferences; --touched-ram counts it"),
        Column("would do", help="without what nothing touched from main on, about, for this input"),
    )
    rows = tuple(
        TableRow(
            (
                text_cell(words.short_name(each.name), title=each.name),
                address_cell(each.addr),
                size_cell(each.size_bytes),
                _touched_cell(each.touched_bytes),
                _needed_cell(each.needed_bytes),
            )
        )
        for each in arenas
    )
    return Table("arenas-table", "Working memory of the network's runtime", columns, rows)


def _touched_cell(size_bytes: int | None) -> Cell:
    return size_cell(size_bytes) if size_bytes is not None else number_cell("not counted", None)


def _needed_cell(size_bytes: int | None) -> Cell:
    return number_cell("" if size_bytes is None else f"about {size(size_bytes)}", size_bytes)


def address_cell(addr: int) -> Cell:
    """As a debugger shows it."""
    return Cell(f"0x{addr:08X}", addr, css_class="mono")


def size_cell(size_bytes: int) -> Cell:
    """For people; to the byte when the mouse rests on it."""
    return Cell(size(size_bytes), size_bytes, f"{grouped(size_bytes)} bytes")
