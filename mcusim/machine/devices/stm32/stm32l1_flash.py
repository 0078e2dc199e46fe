"""Flash and EEPROM interface of the STM32L1 (RM0038, chapter 3; fields as in ST's stm32l100xc.h).

Limits: as of the STM32L0 (stm32l0_flash.py). With ACC64 off the array is read by words, but the chip file's
granule is 64 bits, which a wait state needs anyway.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, read_only
from mcusim.machine.devices.stm32.stm32l0_flash import Stm32L0Flash

_LATENCY, _PRFTEN, _ACC64 = 1 << 0, 1 << 1, 1 << 2


class Stm32L1Flash(Stm32L0Flash):
    """Prefetch, which works on 64-bit reads only; no buffers to switch off."""

    DEFAULT_FLASH_BYTES = 256 * 1024
    REGISTERS: ClassVar[dict[str, Register]] = {
        **Stm32L0Flash.REGISTERS,
        "ACR": Register(0x00, writable_mask=0x0000_001F),
        "SR": Register(0x18, 0x0000_000C, writable_mask=0, one_clears_mask=0x0000_0F02),
        "OPTR": read_only(0x1C, 0x00F8_00AA),
    }

    def _apply_access_control(self) -> None:
        access = self.values["ACR"]
        self.host.set_flash(
            wait_cycles=int(bool(access & _LATENCY)),
            prefetch_on=bool(access & _PRFTEN) and bool(access & _ACC64),
            instruction_cache_on=False,
            data_cache_on=False,
        )
