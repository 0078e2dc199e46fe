"""A comparison as Markdown for a pull request: a headline, the worst rows, and the rest folded away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mcusim.render import words
from mcusim.render.comparison import tables
from mcusim.render.comparison import words as say
from mcusim.report.comparison import NOT_COMPARABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.render.comparison.tables import ChangeTable
    from mcusim.report.change_limit import Exceeded
    from mcusim.report.comparison import Comparison

MARKER = "<!-- mcusim -->"
"""The comment's first line: a bot finds by it the comment that it wrote before."""
_WORST_SHOWN = 5
_FOLDED_SHOWN = 50
_NUMBERS_END = 5
"""The column behind the last one of numbers."""
_SPECIAL = re.compile(r"[\\`*{}\[\]<>#|~]|(?<!\w)_|_(?!\w)")


def comparison_markdown(
    comparison: Comparison, passed: Sequence[Exceeded] = (), *, by: str = "", worst_count: int = _WORST_SHOWN
) -> str:
    """GitHub's Markdown, ending in a newline; names of the firmware's are escaped. `by` chooses the open table."""
    parts = [MARKER, f"### mcusim: {escaped(say.headline(comparison))}", "", _sides(comparison), ""]
    if passed:
        parts += [
            "**Past the limits:**",
            "",
            *(f"- {escaped(say.passed_words(each, comparison))}" for each in passed),
            "",
        ]
    serious = [each for each in comparison.differences if each.severity == NOT_COMPARABLE]
    if serious:
        parts += [
            "**Not fully comparable:**",
            "",
            *(f"- {escaped(say.difference_line(each))}" for each in serious),
            "",
        ]
    if not comparison.is_unchanged:
        parts += [*_pipe_table(tables.totals_table(comparison)), ""]
        parts += _worst(comparison, by or tables.KERNEL, worst_count)
        parts += _folded(comparison, by or tables.KERNEL, worst_count)
    notes = [each for each in comparison.differences if each not in serious]
    lines = [f"- {escaped(say.difference_line(each))}" for each in notes]
    if energy := say.energy_note(comparison):
        lines.append(f"- {escaped(energy)}")
    parts += [_details(f"Notes ({len(lines)})", lines), ""] if lines else []
    return "\n".join(parts).rstrip() + "\n"


def escaped(text: str) -> str:
    """As it is, on one line and without being markup: firmware chooses its symbol names."""
    return _SPECIAL.sub(r"\\\g<0>", words.printable(" ".join(text.split())))


def _sides(comparison: Comparison) -> str:
    old, new = comparison.old, comparison.new
    boards = new.board if old.board == new.board else f"{old.board} → {new.board}"
    versions = dict.fromkeys((old.mcusim_version, new.mcusim_version))
    return escaped(f"{old.title} → {new.title} on {boards}, mcusim {' → '.join(versions)}")


def _worst(comparison: Comparison, by: str, count: int) -> list[str]:
    """What grew most."""
    if by == tables.REASON:
        table = tables.first_rows(tables.reasons_table(comparison), count, "more")
    else:
        table = tables.rows_table(say.worst_rows(tables.rows_of(comparison, by), count), tables.TITLES[by])
    return [*_pipe_table(table), ""] if table.rows else []


def _folded(comparison: Comparison, by: str, shown_count: int) -> list[str]:
    """Everything that changed, behind one line each, but for a table that is open and whole."""
    wanted = (
        ("layers", tables.LAYER, tables.table_of(comparison, tables.LAYER)),
        ("kernels", tables.KERNEL, tables.table_of(comparison, tables.KERNEL)),
        ("functions", tables.FUNCTION, tables.table_of(comparison, tables.FUNCTION)),
        ("tasks and interrupts", "", tables.rows_table(comparison.contexts, "Task / interrupt")),
        ("reasons", tables.REASON, tables.reasons_table(comparison)),
        ("sections and stacks", "", tables.sections_table(comparison)),
    )
    parts = []
    for title, what, table in wanted:
        if table.rows and not (what == by and len(table.rows) <= shown_count):
            shown = tables.first_rows(table, _FOLDED_SHOWN, "more")
            parts += [_details(f"Changed {title} ({len(table.rows)})", _pipe_table(shown)), ""]
    return parts


def _details(title: str, lines: Sequence[str]) -> str:
    body = "\n".join(lines)
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def _pipe_table(table: ChangeTable) -> list[str]:
    """Numbers to the right, with the energies where there are some."""
    headings, rows = table.headings, [[escaped(cell.strip()) for cell in row] for row in table.rows]
    numbers_count = _NUMBERS_END
    if any(table.energies):
        headings = (*headings[:_NUMBERS_END], "energy", *headings[_NUMBERS_END:])
        for row, energy in zip(rows, table.energies, strict=True):
            row.insert(_NUMBERS_END, energy)
        numbers_count += 1
    rules = ["---:" if 0 < place < numbers_count else "---" for place in range(len(headings))]
    return [f"| {' | '.join(cells)} |" for cells in (headings, rules, *rows)]
