"""Flash interface of the STM32H5 (RM0481, FLASH; CMSIS stm32h563xx.h); limits: see stm32_flash.py.

The ICACHE is a peripheral of its own. Secure registers, option bytes and key storage only remember writes.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, command
from mcusim.machine.devices.stm32.stm32_flash import Stm32Flash

_LOCK, _SER, _BER, _START, _MER, _BKSEL = 1 << 0, 1 << 2, 1 << 3, 1 << 5, 1 << 15, 1 << 31
_EOP = 1 << 16
_SECTOR_BYTES = 8 * 1024


class Stm32H5Flash(Stm32Flash):
    """Two banks of equal sectors behind one control register; 3 wait states after reset."""

    DEFAULT_FLASH_BYTES = 2048 * 1024
    LOCK_MASK = _LOCK
    PROGRAM_MASK = 1 << 1
    OPTION_LOCK = ("OPTCR", 1 << 0)
    # The non-secure registers have their short names (KEYR for NSKEYR). ACR: FLASH_LATENCY_DEFAULT of the header (3
    # wait states), WRHIGHFREQ beside it as recalled.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "ACR": Register(0x00, 0x0000_0013, writable_mask=0x0000_013F),
        "KEYR": command(0x04),
        "SECKEYR": command(0x08),
        "OPTKEYR": command(0x0C),
        "OPSR": Register(0x18, writable_mask=0),
        "OPTCR": Register(0x1C, 0x0000_0001, writable_mask=0x8000_0002),
        "SR": Register(0x20, writable_mask=0),
        "SECSR": Register(0x24, writable_mask=0),
        "CR": Register(0x28, _LOCK, writable_mask=0xA0FF_9FFF),
        "SECCR": Register(0x2C, _LOCK, writable_mask=0),
        "CCR": command(0x30),
        "SECCCR": command(0x34),
        "PRIVCFGR": Register(0x3C),
    }

    def caches_on(self, access: int) -> tuple[bool | None, bool | None]:
        """ACR has no cache bits."""
        return None, None

    def after_write(self, name: str, written: int) -> None:
        """Clearing flags, too."""
        if name == "CCR":
            self.set_bits("SR", written, False)
        else:
            super().after_write(name, written)

    def erase_range(self) -> tuple[int, int] | None:
        """Everything (MER), one bank (BER, BKSEL) or one of its sectors (SER, SNB)."""
        control, bank_bytes = self.values["CR"], self.flash_bytes // 2
        if control & _MER:
            return self.flash_addr, self.flash_bytes
        bank_addr = self.flash_addr + (bank_bytes if control & _BKSEL else 0)
        if control & _BER:
            return bank_addr, bank_bytes
        if not control & _SER:
            return None
        offset_bytes = (control >> 6 & 0x7F) * _SECTOR_BYTES
        if offset_bytes >= bank_bytes:
            self.host.warn(f"{self.spec.name}: erase of a sector that this part does not have")
            return None
        return bank_addr + offset_bytes, _SECTOR_BYTES

    def _control(self, written: int) -> None:
        if written & _START:
            self.set_bits("CR", _START, False)
            self._erase()
        control = self.values["CR"]
        self.host.allow_flash_writes(bool(control & self.PROGRAM_MASK) and not control & _LOCK)

    def _erase(self) -> None:
        erased = self.erase_range()
        if erased is None:
            return
        addr, size_bytes = erased
        self.host.write_memory(addr, b"\xff" * size_bytes)
        self.set_bits("SR", _EOP, True)
