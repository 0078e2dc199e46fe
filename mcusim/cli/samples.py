"""`mcusim samples`: the firmware that comes with mcusim, and which file of it belongs to which board."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mcusim.cli.command import print_text
from mcusim.errors import DataFileError, ExitCode, unknown_name
from mcusim.shipped import shipped_dir

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from pathlib import Path

_WIDTH = 80
_INDENT = " " * 11


@dataclass(frozen=True, slots=True)
class Sample:
    """One folder of firmware_samples, from its sample.toml."""

    name: str
    title: str
    licence: str
    elfs: tuple[tuple[str, Path], ...]
    """(board, ELF), the board that is meant when none is named first."""

    @property
    def default_board(self) -> str:
        """The board that is meant when the user names none."""
        return self.elfs[0][0]

    def elf_for(self, board: str) -> Path:
        """The ELF built for `board`.

        Raises:
            UnknownNameError: the sample was not built for it.
        """
        for name, path in self.elfs:
            if name == board:
                return path
        raise unknown_name(
            f"build of sample '{self.name}' for a board", board, [name for name, _ in self.elfs]
        )


class SamplesCommand:
    """List the bundled samples."""

    name: ClassVar[str] = "samples"
    summary: ClassVar[str] = "list the bundled firmware samples"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """There are none."""

    def run(self, arguments: Namespace) -> int:
        """Print each sample with its boards and the command that runs it."""
        parts = [_described(find_sample(name)) for name in sample_names()]
        print_text("\n".join(parts) if parts else "no samples are installed\n")
        return ExitCode.OK


def sample_names() -> tuple[str, ...]:
    """The bundled samples, sorted."""
    return tuple(sorted(path.parent.name for path in shipped_dir("firmware_samples").glob("*/sample.toml")))


def find_sample(name: str) -> Sample:
    """The bundled sample of that name.

    Raises:
        UnknownNameError: there is none.
        DataFileError: its sample.toml is damaged or an ELF is missing.
    """
    from mcusim.datafile import Table

    if name not in sample_names():
        raise unknown_name("sample", name, sample_names())
    folder = shipped_dir("firmware_samples") / name
    table = Table.load(folder / "sample.toml")
    elfs = tuple(
        (board, folder / row.text("file"))
        for row in table.tables("elf", minimum=1)
        for board in row.texts("boards")
    )
    missing = [path for _, path in elfs if not path.is_file()]
    if missing:
        raise DataFileError(
            f"sample '{name}' lacks {missing[0].name}",
            where=str(folder),
            fix="reinstall mcusim, or rebuild it with firmware_samples/build.py",
        )
    return Sample(name, table.text("title"), table.text("licence"), elfs)


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
