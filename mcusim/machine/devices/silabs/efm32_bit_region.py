"""Where the EFM32 of series 1 sets and clears single bits of its peripherals: a second and a third address for each.

gecko_sdk 4.4, em_bus.h: the mask is written to the region's base plus the register's offset from 0x4000_0000.
"""

from __future__ import annotations

from mcusim.machine.devices.register_device import WORD_MASK
from mcusim.machine.devices.register_file import RegisterFile

_PERIPHERALS_ADDR = 0x4000_0000  # PER_MEM_BASE


class Efm32BitRegion(RegisterFile):
    """Option: `clears` (bits; else it sets them)."""

    @property
    def unmodelled(self) -> bool:
        """False: the peripheral behind it counts."""
        return False

    def read(self, offset: int, size_bytes: int) -> int:
        """The register itself."""
        return self.host.read_bus(_PERIPHERALS_ADDR + offset, size_bytes)

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Read, combine, write."""
        addr = _PERIPHERALS_ADDR + offset
        present = self.host.read_bus(addr, size_bytes)
        combined = present & ~value if self.bool_option("clears") else present | value
        self.host.write_bus(addr, size_bytes, combined & WORD_MASK)
