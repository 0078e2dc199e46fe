"""Flash and EEPROM interface of the STM32L0 (RM0367, chapter 3; fields as in ST's stm32l053xx.h).

Limits: see stm32_flash.py; not modelled besides: erasing a page (a write with ERASE and PROG set),
half-page programming, PRE_READ.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, command, read_only
from mcusim.machine.devices.stm32.stm32_flash import Stm32Flash

_LATENCY, _PRFTEN, _DISAB_BUF = 1 << 0, 1 << 1, 1 << 5
_PELOCK, _PRGLOCK, _OPTLOCK = 1 << 0, 1 << 1, 1 << 2
_LOCKS_MASK = _PELOCK | _PRGLOCK | _OPTLOCK
_CONTROL_KEYS = (0x89AB_CDEF, 0x0203_0405)
_PROGRAM_KEYS = (0x8C9D_AEBF, 0x1314_1516)
_OPTION_KEYS = (0xFBEA_D9C8, 0x2425_2627)


class Stm32L0Flash(Stm32Flash):
    """Six word buffers, prefetch; three locks."""

    DEFAULT_FLASH_BYTES = 64 * 1024
    REGISTERS: ClassVar[dict[str, Register]] = {
        "ACR": Register(0x00, writable_mask=0x0000_007B),
        "PECR": Register(0x04, 0x0000_0007, writable_mask=0x007F_871F),
        "PDKEYR": command(0x08),
        "PEKEYR": command(0x0C),
        "PRGKEYR": command(0x10),
        "OPTKEYR": command(0x14),
        "SR": Register(0x18, 0x0000_000C, writable_mask=0, one_clears_mask=0x0003_2F02),
        "OPTR": read_only(0x1C, 0x8070_00AA),
        "WRPROT1": read_only(0x20),
    }

    def locks(self) -> dict[str, tuple[tuple[int, int], tuple[str, int]]]:
        """PECR has a lock for itself, one for programming and one for option bytes."""
        return {
            "PEKEYR": (_CONTROL_KEYS, ("PECR", _PELOCK)),
            "PRGKEYR": (_PROGRAM_KEYS, ("PECR", _PRGLOCK)),
            "OPTKEYR": (_OPTION_KEYS, ("PECR", _OPTLOCK)),
        }

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """A locked PECR ignores writes; a lock is set by writing 1 and opened only by its keys."""
        if name == "PECR":
            locks = self.values["PECR"] & _LOCKS_MASK
            if locks & _PELOCK:
                return
            written |= locks
            if written & _PELOCK:
                written |= _LOCKS_MASK
        super().store(name, written, lanes_mask)

    def after_write(self, name: str, written: int) -> None:
        """An open program memory takes words."""
        super().after_write(name, written)
        self.host.allow_flash_writes(not self.values["PECR"] & (_PELOCK | _PRGLOCK))

    def erase_range(self) -> tuple[int, int] | None:
        """Nothing: erasing is not asked for by a register."""
        return None

    def _apply_access_control(self) -> None:
        access = self.values["ACR"]
        has_buffers = not access & _DISAB_BUF
        self.host.set_flash(
            wait_cycles=int(bool(access & _LATENCY)),
            prefetch_on=has_buffers and bool(access & _PRFTEN),
            instruction_cache_on=has_buffers,
            data_cache_on=has_buffers,
        )
