"""`mcusim samples`: shows the firmware that comes with mcusim."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, ClassVar

from mcusim.cli.command import print_text
from mcusim.errors import ExitCode

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from mcusim.firmware.samples import Sample

_WIDTH = 80
_INDENT = " " * 11


class SamplesCommand:
    """List the bundled samples."""

    name: ClassVar[str] = "samples"
    summary: ClassVar[str] = "list the bundled firmware samples"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """There are none."""

    def run(self, arguments: Namespace) -> int:
        """Print each sample with its boards and the command that runs it."""
        from mcusim.firmware.samples import find_sample, sample_names

        parts = [_described(find_sample(name)) for name in sample_names()]
        print_text("\n".join(parts) if parts else "no samples are installed\n")
        return ExitCode.OK


def _described(sample: Sample) -> str:
    boards = ", ".join(dict.fromkeys(board for board, _ in sample.elfs))
    lines = [
        *_wrapped(f"{sample.name}: {sample.title}", "  "),
        *_wrapped(f"  boards   {boards}", _INDENT),
        *_wrapped(f"  licence  {sample.licence}", _INDENT),
        f"  run      mcusim run {sample.name} --board {sample.default_board}",
    ]
    return "\n".join(lines) + "\n"


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )
