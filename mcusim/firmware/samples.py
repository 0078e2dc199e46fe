"""The firmware that comes with mcusim, and which file of it belongs to which board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.datafile import Table
from mcusim.errors import DataFileError, unknown_name
from mcusim.shipped import shipped_dir

if TYPE_CHECKING:
    from pathlib import Path


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


def sample_names() -> tuple[str, ...]:
    """The bundled samples, sorted."""
    return tuple(sorted(path.parent.name for path in shipped_dir("firmware_samples").glob("*/sample.toml")))


def find_sample(name: str) -> Sample:
    """The bundled sample of that name.

    Raises:
        UnknownNameError: there is none.
        DataFileError: its sample.toml is damaged or an ELF is missing.
    """
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
