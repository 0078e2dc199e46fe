"""The runs of all tests as Markdown for a pull request's comment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mcusim.errors import UsageError
from mcusim.pytest_plugin.summary import baseline_words
from mcusim.report.files import write_whole
from mcusim.units import engineering, grouped, size

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mcusim.pytest_plugin.state import Row

MARK = "<!-- mcusim pytest summary -->"
"""The first line: by it the comment is found again, and the file is known to be ours."""
_FAILED = "failed"
_LONGEST_CHARS = 60_000  # GitHub takes 65 536 characters in a comment; its table is cut above


def check_markdown_target(path: Path) -> None:
    """Complain about a file that is not ours to replace.

    Raises:
        UsageError: it exists and does not begin with MARK, or cannot be written.
    """
    option = "--mcusim-markdown"
    if path.is_dir() or not path.parent.is_dir():
        why = "it is a folder" if path.is_dir() else f"there is no folder '{path.parent}'"
        raise UsageError(
            f"{option}: cannot write '{path}'", why=why, fix="name a file in a folder that exists"
        )
    if not os.access(path.parent, os.W_OK):
        raise UsageError(
            f"{option}: cannot write '{path}'",
            why="its folder may not be written",
            fix="name a file in another folder",
        )
    if path.is_file() and not path.read_bytes().startswith(MARK.encode()):
        raise UsageError(
            f"{option}: '{path}' exists and is not an earlier summary",
            why="it would be written over",
            fix="name another file",
        )


def write_markdown(path: Path, rows: Iterable[Row]) -> None:
    """Write or replace the summary.

    Raises:
        UsageError: the file cannot be written.
    """
    write_whole(path, markdown(list(rows)).encode(), option="--mcusim-markdown")


def markdown(rows: list[Row]) -> str:
    """The summary; no host time and nothing else that another computer would write otherwise."""
    rows = sorted(rows, key=lambda each: (each.test, each.board, each.firmware))
    failed = [each for each in rows if each.outcome == _FAILED]
    lines = [MARK, f"### mcusim: {_verdict(rows, failed)}", ""]
    said = [f"- **{_code(each.test)}**: {_escaped(each.headline)}" for each in failed if each.headline]
    if said:
        lines += [*dict.fromkeys(said), ""]
    if rows:
        lines += [
            "| test | board | cycles | baseline | latency | energy | peak RAM | flash |",
            "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        ]
    return _cut(lines, [_line(each) for each in rows])


def _verdict(rows: list[Row], failed: list[Row]) -> str:
    if not rows:
        return "no firmware was run"
    tests = len({each.test for each in rows})
    failures = len({each.test for each in failed})
    what = f"{tests} test{'s' if tests > 1 else ''}"
    return f"{failures} of {what} failed" if failures else f"{what} passed"


def _line(row: Row) -> str:
    cells = (
        ("❌ " if row.outcome == _FAILED else "") + _code(row.test),
        _code(row.board),
        "" if row.cycles is None else grouped(round(row.cycles)),
        baseline_words(row),
        "" if row.latency_s is None else engineering(row.latency_s, "s", 4),
        "" if row.energy_j is None else engineering(row.energy_j, "J"),
        size(row.peak_ram_bytes),
        size(row.flash_bytes),
    )
    return f"| {' | '.join(cells)} |"


def _cut(head: list[str], lines: list[str]) -> str:
    text = "\n".join(head)
    for index, line in enumerate(lines):
        if len(text) + len(line) > _LONGEST_CHARS:
            return f"{text}\n\n{len(lines) - index} more rows\n"
        text += f"\n{line}"
    return f"{text}\n"


def _code(text: str) -> str:
    """As code; a name with backticks or bars of its own is made harmless: firmware and tests choose names."""
    return f"`{_line_of(text).replace('`', chr(0x27)).replace('|', chr(0xA6))}`"


def _escaped(text: str) -> str:
    plain = "".join(f"\\{char}" if char in "\\`*_[]<>|#" else char for char in _line_of(text))
    return plain.replace("@", "@\u200b")  # a zero-width space: nobody is mentioned by the name of a function


def _line_of(text: str) -> str:
    return " ".join(text.split())
