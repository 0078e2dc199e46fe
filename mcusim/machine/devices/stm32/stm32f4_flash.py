"""Flash interface of the STM32F446 (RM0390 rev 6, section 3.8); limits: see stm32_flash.py."""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, command
from mcusim.machine.devices.stm32.stm32_flash import Stm32Flash

_SER, _MER = 1 << 1, 1 << 2
_KIB = 1024


class Stm32F4Flash(Stm32Flash):
    """Erases by sectors of unequal size."""

    DEFAULT_FLASH_BYTES = 512 * _KIB
    SMALL_SECTORS_KIB: ClassVar[tuple[int, ...]] = (16, 16, 16, 16, 64)  # RM0390 table 4
    LARGE_SECTOR_KIB: ClassVar[int] = 128
    """All sectors after the small ones."""
    OPTION_LOCK = ("OPTCR", 1 << 0)
    REGISTERS: ClassVar[dict[str, Register]] = {
        "ACR": Register(0x00, writable_mask=0x0000_1F0F),
        "KEYR": command(0x04),
        "OPTKEYR": command(0x08),
        "SR": Register(0x0C, writable_mask=0, one_clears_mask=0x0000_01F3),
        "CR": Register(0x10, 0x8000_0000, writable_mask=0x8301_037F),
        "OPTCR": Register(0x14, 0x0FFF_AAED),
    }

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """Locked option bytes ignore writes."""
        if name == "OPTCR" and self.values["OPTCR"] & self.OPTION_LOCK[1]:
            return
        super().store(name, written, lanes_mask)

    def erase_range(self) -> tuple[int, int] | None:
        """One sector (SER, SNB) or all of the flash (MER)."""
        control = self.values["CR"]
        if control & _MER:
            return self.flash_addr, self.flash_bytes
        if not control & _SER:
            return None
        number = control >> 3 & 0xF
        start_bytes = sum(self._sector_bytes(index) for index in range(number))
        size_bytes = self._sector_bytes(number)
        if start_bytes + size_bytes > self.flash_bytes:
            self.host.warn(f"{self.spec.name}: erase of sector {number}, which this part does not have")
            return None
        return self.flash_addr + start_bytes, size_bytes

    def _sector_bytes(self, number: int) -> int:
        is_small = number < len(self.SMALL_SECTORS_KIB)
        return (self.SMALL_SECTORS_KIB[number] if is_small else self.LARGE_SECTOR_KIB) * _KIB
