"""Flash interface of the STM32F0 (RM0091, chapter 3; fields as in ST's stm32f072xb.h); limits: see stm32_flash.py."""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, command, read_only
from mcusim.machine.devices.stm32.stm32_flash import Stm32Flash

_LATENCY_MASK, _PRFTBE, _PRFTBS = 0x7, 1 << 4, 1 << 5
_PER, _MER, _STRT, _LOCK = 1 << 1, 1 << 2, 1 << 6, 1 << 7
_BSY, _EOP = 1 << 0, 1 << 5


class Stm32F0Flash(Stm32Flash):
    """Prefetch buffer without cache; erases by pages. Option `page_bytes`: 1024, on F07x and F09x 2048."""

    DEFAULT_FLASH_BYTES = 128 * 1024
    LOCK_MASK = _LOCK
    OPTION_LOCK = ("CR", 0)  # OPTKEYR sets OPTWRE instead, which is not modelled
    REGISTERS: ClassVar[dict[str, Register]] = {
        "ACR": Register(0x00, 0x0000_0030, writable_mask=0x0000_0017),
        "KEYR": command(0x04),
        "OPTKEYR": command(0x08),
        "SR": Register(0x0C, writable_mask=0, one_clears_mask=0x0000_0034),
        "CR": Register(0x10, 0x0000_0080, writable_mask=0x0000_34F7),
        "AR": Register(0x14),
        "OBR": read_only(0x1C, 0x03FF_FFFA),
        "WRPR": read_only(0x20, 0xFFFF_FFFF),
    }

    def load(self, name: str) -> int:
        """PRFTBS follows PRFTBE."""
        value = super().load(name)
        if name == "ACR":
            return value | _PRFTBS if value & _PRFTBE else value & ~_PRFTBS
        return value

    def erase_range(self) -> tuple[int, int] | None:
        """The page that holds the address in AR (PER) or all of the flash (MER)."""
        control = self.values["CR"]
        if control & _MER:
            return self.flash_addr, self.flash_bytes
        if not control & _PER:
            return None
        page_bytes = self.int_option("page_bytes", 2048)
        return self.values["AR"] // page_bytes * page_bytes, page_bytes

    def _apply_access_control(self) -> None:
        access = self.values["ACR"]
        self.host.set_flash(
            wait_cycles=access & _LATENCY_MASK,
            prefetch_on=bool(access & _PRFTBE),
            instruction_cache_on=False,
            data_cache_on=False,
        )

    def _control(self, written: int) -> None:
        if written & _STRT:
            self.set_bits("CR", _STRT, False)
            self._erase()
        control = self.values["CR"]
        self.host.allow_flash_writes(bool(control & self.PROGRAM_MASK) and not control & _LOCK)

    def _erase(self) -> None:
        super()._erase()
        self.set_bits("SR", _BSY, False)  # where the other families have EOP
        self.set_bits("SR", _EOP, True)


class Stm32F1Flash(Stm32F0Flash):
    """The same on the STM32F1 (RM0008, chapter 3; ST's stm32f103xb.h); half-cycle access (HLFCYA) is not modelled."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        **Stm32F0Flash.REGISTERS,
        "ACR": Register(0x00, 0x0000_0030, writable_mask=0x0000_001F),
        "CR": Register(0x10, 0x0000_0080, writable_mask=0x0000_16F7),
        "OBR": read_only(0x1C, 0x03FF_FFFC),
    }
