"""Flash interface of the STM32F7 in single-bank mode (RM0385 rev 8, section 3.7; RM0410 rev 4, section 3.7).

Limits: see stm32_flash.py. ACR.ARTEN and PRFTEN act on the ITCM port (0x00200000) only; code at 0x08000000 comes
over AXI and the core's L1 caches.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, command
from mcusim.machine.devices.stm32.stm32f4_flash import Stm32F4Flash


class Stm32F7Flash(Stm32F4Flash):
    """The F4's registers with larger sectors; option `flash_bytes` where it is not 1 MiB."""

    DEFAULT_FLASH_BYTES = 1024 * 1024
    SMALL_SECTORS_KIB = (32, 32, 32, 32, 128)  # RM0385 table 3; the rest are 256 KiB
    LARGE_SECTOR_KIB = 256
    REGISTERS: ClassVar[dict[str, Register]] = {
        "ACR": Register(0x00, writable_mask=0x0000_0B0F),
        "KEYR": command(0x04),
        "OPTKEYR": command(0x08),
        "SR": Register(0x0C, writable_mask=0, one_clears_mask=0x0000_00F3),
        "CR": Register(0x10, 0x8000_0000, writable_mask=0x8301_037F),
        "OPTCR": Register(0x14, 0x0FFF_AAED),
        "OPTCR1": Register(0x18, 0x0FFF_0000),
    }
