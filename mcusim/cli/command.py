"""What a subcommand is, and how it prints; nothing heavy is imported here."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from mcusim.report.request import Progress

_ASCII = str.maketrans(
    {"±": "+/-", "µ": "u", "…": "...", "█": "#", "→": "->", "é": "e"} | dict.fromkeys("▏▎▍▌▋▊▉", "")
)


class Command(Protocol):
    """One subcommand. Its module imports what it needs inside `run`, to keep `mcusim --help` fast."""

    name: ClassVar[str]
    summary: ClassVar[str]

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare its options."""
        ...

    def run(self, arguments: Namespace) -> int:
        """Do it and return the exit code."""
        ...


def print_text(text: str) -> None:
    """Write `text` to standard output; what its encoding lacks is replaced, never an error."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(_ASCII).encode(encoding, errors="backslashreplace").decode(encoding)
    sys.stdout.write(text)


def screen_options() -> tuple[int, bool]:
    """Width and colour of text on standard output: as wide as the terminal, in colour if it is one and nobody says
    NO_COLOR.
    """
    import os
    import shutil

    is_terminal = sys.stdout.isatty()
    width = min(shutil.get_terminal_size((80, 24)).columns, 120) if is_terminal else 80
    return width, is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def is_watched(*, is_quiet: bool) -> bool:
    """Somebody looks at standard error and wants to see how far the work is."""
    return not is_quiet and sys.stderr is not None and sys.stderr.isatty()


def progress_line(label: str, *, is_quiet: bool) -> AbstractContextManager[Callable[[Progress], None] | None]:
    """A line that shows how far a run is, for as long as the context lasts; None where nobody looks."""
    if not is_watched(is_quiet=is_quiet):
        return nullcontext()
    from mcusim.cli.progress import ProgressLine

    return ProgressLine(label)


def show_step(text: str) -> None:
    """Put `text` in the place of what was shown before on standard error's last line; "" clears it."""
    sys.stderr.write(f"\r{text}\x1b[K")
    sys.stderr.flush()


def columns(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows as left-aligned columns two spaces apart, the first row being the headings."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "".join(line.rstrip() + "\n" for line in lines)
