"""How far modelled cycles may be from silicon: the core's band plus that of the memory system, where used."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from mcusim.datafile import Table
from mcusim.errors import DataFileError
from mcusim.provenance import Basis, Provenance, weakest
from mcusim.shipped import error_bands_file

if TYPE_CHECKING:
    from pathlib import Path

    from mcusim.board.schema import FlashInterface

UNKNOWN_MEMORY_SYSTEM = "unknown"
"""The row of a chip file that names no memory system."""


@dataclass(frozen=True, slots=True)
class ErrorBand:
    """One row of the data file: how well one core's pipeline or one memory system is known."""

    name: str
    title: str
    programs_count: int
    """Programs compared with published measurements of silicon; 0: nobody has compared any."""
    mean_error_percent: float | None
    """Mean of their absolute errors; None when nothing was compared, as the next."""
    worst_error_percent: float | None
    error_percent: float
    """The band: what a report adds either way."""
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class ErrorBands:
    """The whole data file."""

    cores: tuple[ErrorBand, ...]
    memory_systems: tuple[ErrorBand, ...]

    def core(self, name: str) -> ErrorBand:
        """The row of a core.

        Raises:
            DataFileError: there is none.
        """
        return _row(self.cores, "core", name)

    def memory_system(self, name: str) -> ErrorBand:
        """The row of a memory system; of "unknown" for an empty name.

        Raises:
            DataFileError: there is none.
        """
        return _row(self.memory_systems, "memory_system", name or UNKNOWN_MEMORY_SYSTEM)


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


def error_bands(path: Path | None = None) -> ErrorBands:
    """All rows of the data file, in its order; `path` names another one.

    Raises:
        DataFileError: the file is damaged.
    """
    return _loaded(path or error_bands_file())


@cache
def _loaded(path: Path) -> ErrorBands:
    table = Table.load(path)
    bands = ErrorBands(
        cores=tuple(_band(row) for row in table.tables("core", minimum=1)),
        memory_systems=tuple(_band(row) for row in table.tables("memory_system", minimum=1)),
    )
    table.finish()
    return bands


def _band(row: Table) -> ErrorBand:
    count = row.integer("programs_count")
    provenance = row.provenance()
    band = ErrorBand(
        name=row.text("name"),
        title=row.text("title"),
        programs_count=count,
        mean_error_percent=row.number("mean_error_percent", maximum=100.0) if count else None,
        worst_error_percent=row.number("worst_error_percent", maximum=100.0) if count else None,
        error_percent=row.number("error_percent", maximum=100.0),
        provenance=provenance,
    )
    if not count and provenance.basis is Basis.MEASURED:
        raise row.error(
            "basis",
            "a band of no programs is not measured",
            why="programs_count is 0",
            fix='say basis = "assumed", or how many programs were compared',
        )
    mean, worst = band.mean_error_percent or 0.0, band.worst_error_percent or 0.0
    if not mean <= min(worst, band.error_percent):
        raise row.error(
            "error_percent",
            "the band is narrower than the mean error, or the worst error below it",
            why=f"mean {mean:g} %, worst {worst:g} %, band {band.error_percent:g} %",
            fix="correct the figures; a band covers at least the mean error",
        )
    return band


def timing_error(core: str, interface: FlashInterface | None, *, uses_flash: bool) -> TimingError:
    """The band of cycles on `core`, with the memory system's share when code ran from flash.

    The parts are added, not root-sum-squared: on a given program both err in one direction.

    Raises:
        DataFileError: nothing is known about the core.
    """
    bands = error_bands()
    of_core = bands.core(core)
    parts = [f"{core} pipeline ±{of_core.error_percent:g} %"]
    bases = [of_core.provenance.basis]
    total = of_core.error_percent
    if interface is not None and uses_flash:
        of_memory = bands.memory_system(interface.memory_system)
        is_calibrated = interface.error_percent is not None
        flash_percent = (
            of_memory.error_percent if interface.error_percent is None else interface.error_percent
        )
        total += flash_percent
        bases += [interface.provenance.basis, *([] if is_calibrated else [of_memory.provenance.basis])]
        parts.append(f"flash interface ±{flash_percent:g} %" + (" (calibrated)" if is_calibrated else ""))
    return TimingError(total, weakest(bases), " + ".join(parts))


def _row(rows: tuple[ErrorBand, ...], kind: str, name: str) -> ErrorBand:
    for row in rows:
        if row.name == name:
            return row
    raise DataFileError(
        f"no error band is known for {kind.replace('_', ' ')} '{name}'",
        where=error_bands_file().name,
        why="a cycle count without its error would look more certain than it is",
        fix=f'add a [[{kind}]] table with name = "{name}"',
    )
