"""Which peripherals an STM32's clock controller feeds: one data file of enable bits per family, and its reader."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mcusim.datafile import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOLDER = Path(__file__).parent
_OWN_COPY = "C1_"
"""The STM32H7 has each register once more for its first core; a bit in either feeds the peripheral."""
Enables = tuple[tuple[str, tuple[tuple[int, tuple[str, ...]], ...]], ...]
"""(register, ((mask, devices), …)), …"""


@cache
def enables_of(family: str) -> Enables:
    """The enable bits of `family`, the name of a data file here ("stm32f4")."""
    table = Table.load(_FOLDER / f"{family}.toml")
    table.provenance()
    keys = table.keys()
    names = [name for name in keys if name not in ("basis", "source")]
    found = tuple((name, _bits(table.table(name))) for name in names)
    table.finish()
    return found


def fed_names(family: str) -> frozenset[str]:
    """Devices with an enable bit in `family`; none where no data file of it is here."""
    if not (_FOLDER / f"{family}.toml").is_file():
        return frozenset()
    return frozenset(name for _, bits in enables_of(family) for _, names in bits for name in names)


def _bits(table: Table) -> tuple[tuple[int, tuple[str, ...]], ...]:
    bits = table.keys()
    return tuple((1 << int(bit), tuple(table.text(bit).split())) for bit in bits)


class ClockEnables:
    """Follows the enable registers of one clock controller."""

    def __init__(self, family: str) -> None:
        self._enables = enables_of(family) if family else ()
        self._words: tuple[int, ...] = ()
        self._names: frozenset[str] = frozenset()

    def clocked(self, values: Mapping[str, int]) -> frozenset[str]:
        """The devices of the chip file that get a clock, by the values of the controller's registers."""
        words = tuple(values.get(name, 0) | values.get(f"{_OWN_COPY}{name}", 0) for name, _ in self._enables)
        if words != self._words:
            self._words = words
            self._names = frozenset(
                device
                for word, (_, bits) in zip(words, self._enables, strict=True)
                for mask, devices in bits
                if word & mask
                for device in devices
            )
        return self._names
