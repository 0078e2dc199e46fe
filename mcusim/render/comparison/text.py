"""A comparison on one screen: conditions, totals, what changed most and why, and the limits that were passed."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from mcusim.render import words
from mcusim.render.columns import GAP, Column, fitting, line_of
from mcusim.render.comparison import tables
from mcusim.render.comparison import words as say
from mcusim.report.comparison import NOT_COMPARABLE, NOTE
from mcusim.units import engineering

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mcusim.render.comparison.tables import ChangeTable
    from mcusim.report.change_limit import Exceeded
    from mcusim.report.comparison import Comparison
    from mcusim.report.quantity import Number

_ROWS_SHOWN = 8
_NARROWEST = 60
_RED, _GREEN, _YELLOW, _CYAN, _BOLD, _END = (
    "\x1b[31m",
    "\x1b[32m",
    "\x1b[33m",
    "\x1b[36m",
    "\x1b[1m",
    "\x1b[0m",
)
_IN_NUMBER = re.compile(r"(?<=\d) (?=\d|%|[munpkMGµ]?(?:s|J|B|Hz)\b)")
_PART_OF_NUMBER = re.compile(r"\s(?:about )?[+-]?(?:\d[\d .]*)?$")
_TEXT_PLACE = 5
"""The column of a table that says why."""
_RANKS = {1: 1, _TEXT_PLACE: 2}
"""What is left out when there is no room: the reason, then the old number."""
_NARROWEST_NAME, _KEPT_NAME = 16, 26
_NARROWEST_REASON, _KEPT_REASON = 10, 14


class ComparisonText:
    """Options of the text format."""

    def __init__(
        self, *, width: int = 80, has_colour: bool = False, by: str = "", rows_count: int = _ROWS_SHOWN
    ) -> None:
        self._width = max(width, _NARROWEST)
        self._has_colour = has_colour
        self._by = by
        self._rows_count = rows_count

    def text(self, comparison: Comparison, passed: Sequence[Exceeded] = ()) -> str:
        """The screen, ending in a newline. `passed` are the limits of `--fail-on` that were passed."""
        lines = [*self._title(comparison), ""]
        conditions = self._conditions(comparison)
        lines += [*conditions, ""] if conditions else []
        if comparison.is_unchanged:
            lines += [f"No change: {_size_words(comparison)}", ""]
        else:
            for table in self._tables(comparison):
                lines += [*self._lines(table), ""] if table.rows else []
            lines += [*self._sentence(comparison)]
        if passed:
            lines += [self._coloured("Past --fail-on:", _RED), *self._passed(comparison, passed), ""]
        return "\n".join(lines).rstrip() + "\n"

    def _title(self, comparison: Comparison) -> list[str]:
        old, new = comparison.old, comparison.new
        names = words.printable(f"{old.title} → {new.title}")
        clock = engineering(new.clock_hz, "Hz")
        where = words.printable(f"{new.board}, {clock}") if old.board == new.board else ""
        line = f"{names}  ({where})" if where and old.clock_hz == new.clock_hz else names
        same = old.firmware.sha256 == new.firmware.sha256 and not comparison.is_unchanged
        return [self._coloured(line, _BOLD), *(["Both runs are of the same firmware."] if same else [])]

    def _conditions(self, comparison: Comparison) -> list[str]:
        lines = []
        for each in comparison.differences:
            mark = "-" if each.severity == NOTE else "!"
            colour = _RED if each.severity == NOT_COMPARABLE else _YELLOW if mark == "!" else ""
            wrapped = _wrapped(f"{mark} {say.difference_line(each)}", self._width)
            lines += [self._coloured(line, colour) for line in wrapped]
        return lines

    def _tables(self, comparison: Comparison) -> list[ChangeTable]:
        """The totals, then what --by names; without it kernels, then layers, then sections, each cut short."""
        count = self._rows_count
        totals = tables.totals_table(comparison)
        if self._by:
            return [totals, tables.first_rows(tables.table_of(comparison, self._by), count, "more")]
        few = max(count // 2, 1)
        layers = tables.worst_layers(comparison.layers, few)
        kernels = tables.table_of(comparison, tables.KERNEL)
        sections = tables.sections_table(comparison)
        shown = few if layers.rows else count
        return [
            totals,
            tables.first_rows(kernels, shown, "more"),
            layers,
            tables.first_rows(sections, few, "more"),
        ]

    def _sentence(self, comparison: Comparison) -> list[str]:
        """The largest change with all that is known of it, and what the bands say of the energy's."""
        most = say.cause_words(comparison.total("cycles"), comparison)
        texts = [f"Most: {most}." if most else "", say.energy_note(comparison)]
        lines = [line for text in texts if text for line in _wrapped(text, self._width)]
        return [*lines, ""] if lines else []

    def _lines(self, table: ChangeTable) -> list[str]:
        columns = [
            Column(
                heading,
                tuple(row[place] for row in table.rows),
                _RANKS.get(place, 0),
                0 < place < _TEXT_PLACE,
            )
            for place, heading in enumerate(table.headings)
        ]
        shown = fitting(self._cut_to_fit(columns), self._width)
        lines = [self._coloured(line_of([each.title for each in shown], shown), _CYAN)]
        for place, change in enumerate(table.deltas):
            line = line_of([each.cells[place] for each in shown], shown)
            lines.append(self._coloured(line, _colour(change)))
        return lines

    def _cut_to_fit(self, columns: list[Column]) -> list[Column]:
        """Names as long as the numbers let them be, then as much of the reasons as there is room for."""
        numbers = sum(each.width_count + len(GAP) for each in columns[1:_TEXT_PLACE])
        name, reasons = columns[0], columns[_TEXT_PLACE:]
        kept = sum(min(each.width_count, _KEPT_REASON) + len(GAP) for each in reasons)
        most = self._width - numbers - len(GAP)
        name = _narrowed(name, max(_NARROWEST_NAME, min(most, max(_KEPT_NAME, most - kept))), _cut_name)
        room = self._width - numbers - name.width_count - len(GAP)
        reasons = [
            _narrowed(each, room, _cut_reason)
            for each in reasons
            if room >= min(each.width_count, _NARROWEST_REASON)
        ]
        return [name, *columns[1:_TEXT_PLACE], *reasons]

    def _passed(self, comparison: Comparison, passed: Sequence[Exceeded]) -> list[str]:
        lines = [
            line
            for each in passed
            for line in _wrapped(f"  {say.passed_words(each, comparison)}", self._width, indent="    ")
        ]
        return [self._coloured(line, _RED) for line in lines]

    def _coloured(self, text: str, colour: str) -> str:
        return f"{colour}{text}{_END}" if colour and text and self._has_colour else text


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(width - 1, 0)].rstrip() + "…"


def _cut_name(text: str, width: int) -> str:
    """Without its middle: names of one library begin alike and differ at their end."""
    tail = 2 * width // 3
    return text if len(text) <= width else f"{text[: width - tail - 1]}…{text[-tail:]}"


def _cut_reason(text: str, width: int) -> str:
    """Never within a number: -79 021 cut to "-7…" would be read as one."""
    if len(text) <= width:
        return text
    return _PART_OF_NUMBER.sub("", text[: max(width - 1, 0)]).rstrip(" ,") + "…"


def _narrowed(column: Column, width: int, cut: Callable[[str, int], str] = _cut) -> Column:
    cells = tuple(cut(cell, width) for cell in column.cells)
    return Column(cut(column.title, width), cells, column.rank_number, column.is_number)


def _colour(change: Number) -> str:
    return _RED if change > 0 else _GREEN if change < 0 else ""


def _size_words(comparison: Comparison) -> str:
    parts = [(comparison.total(name), name) for name in ("cycles", "peak_ram_bytes", "flash_bytes")]
    titles = {"cycles": "cycles", "peak_ram_bytes": "of RAM", "flash_bytes": "of flash"}
    return ", ".join(f"{say.amount(each.new, each.unit)} {titles[name]}" for each, name in parts)


def _wrapped(text: str, width: int, indent: str = "  ") -> list[str]:
    """Lines of at most `width`; a number stays together with its groups of digits and its unit."""
    bound = _IN_NUMBER.sub("\N{NO-BREAK SPACE}", text)
    lines = textwrap.wrap(
        bound, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]
