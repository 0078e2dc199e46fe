"""How far modelled cycles may be from silicon: the core's band plus that of the flash interface, where used."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mcusim.datafile import Table
from mcusim.errors import DataFileError
from mcusim.provenance import Basis, Provenance, weakest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcusim.board.schema import FlashInterface

_FILE = Path(__file__).with_name("error_bands.toml")


@dataclass(frozen=True, slots=True)
class CoreError:
    """The error band of one core's pipeline model at zero wait states."""

    core: str
    error_percent: float
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class TimingError:
    """The error band of a run's cycles."""

    error_percent: float
    basis: Basis
    text: str
    """Of which parts it is made, for people."""

    def low(self, value: float) -> float:
        """The lower end of the band around `value`."""
        return value * (1 - self.error_percent / 100)

    def high(self, value: float) -> float:
        """The upper end of the band around `value`."""
        return value * (1 + self.error_percent / 100)


@cache
def core_errors(path: Path = _FILE) -> tuple[CoreError, ...]:
    """The bands in the data file.

    Raises:
        DataFileError: the file is damaged.
    """
    table = Table.load(path)
    rows = tuple(
        CoreError(row.text("name"), row.number("error_percent", maximum=100.0), row.provenance())
        for row in table.tables("core", minimum=1)
    )
    table.finish()
    return rows


def timing_error(core: str, interface: FlashInterface | None, *, uses_flash: bool) -> TimingError:
    """The band of cycles on `core`, with the flash interface's share when code ran from flash.

    The parts are added, not root-sum-squared: on a given program both err in one direction.

    Raises:
        DataFileError: nothing is known about the core.
    """
    of_core = _core_error(core, core_errors())
    parts = [f"{core} pipeline ±{of_core.error_percent:g} %"]
    bases = [of_core.provenance.basis]
    total = of_core.error_percent
    if interface is not None and uses_flash:
        total += interface.error_percent
        bases.append(interface.provenance.basis)
        parts.append(f"flash interface ±{interface.error_percent:g} %")
    return TimingError(total, weakest(bases), " + ".join(parts))


def _core_error(core: str, known: Iterable[CoreError]) -> CoreError:
    for row in known:
        if row.core == core:
            return row
    raise DataFileError(
        f"no error band is known for core '{core}'",
        where=_FILE.name,
        why="a cycle count without its error would look more certain than it is",
        fix=f'add a [[core]] table with name = "{core}"',
    )
