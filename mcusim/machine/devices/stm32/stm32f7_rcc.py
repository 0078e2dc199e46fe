"""Reset and clock control of the STM32F7 (RM0385 rev 8, section 5.3); limits: see stm32_rcc.py and stm32f4_rcc.py.

Reset values and fields as in ST's SVD files of the STM32F7x6 and F7x7, except DCKCFGR1 and DCKCFGR2, which ST's
files start at a PLL's value: they start at 0 as in the manual's register map.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register
from mcusim.machine.devices.stm32.stm32f4_rcc import Stm32F4Rcc

_CIRCUIT_OF_F4 = ("CR", "CFGR", "CIR", "AHB1RSTR", "AHB2RSTR", "AHB3RSTR", "APB1RSTR", "APB2RSTR", "SSCGR")


class Stm32F7Rcc(Stm32F4Rcc):
    """The clock tree of the F4; the main PLL has no system clock output R."""

    FAMILY = "stm32f7"
    TIMER_PRESCALER = ("DCKCFGR1", 1 << 24)
    REGISTERS: ClassVar[dict[str, Register]] = {
        **{name: Stm32F4Rcc.REGISTERS[name] for name in _CIRCUIT_OF_F4},
        "PLLCFGR": Register(0x04, 0x2400_3010, writable_mask=0x7F43_7FFF),
        "AHB1ENR": Register(0x30, 0x0010_0000),
        "AHB2ENR": Register(0x34),
        "AHB3ENR": Register(0x38),
        "APB1ENR": Register(0x40),
        "APB2ENR": Register(0x44),
        "AHB1LPENR": Register(0x50, 0x7E67_91FF),
        "AHB2LPENR": Register(0x54, 0x0000_00F1),
        "AHB3LPENR": Register(0x58, 0x0000_0001),
        "APB1LPENR": Register(0x60, 0x36FE_C9FF),
        "APB2LPENR": Register(0x64, 0x0007_5F33),
        "BDCR": Register(0x70, writable_mask=0x0001_831D),
        "CSR": Register(0x74, 0x0E00_0000, writable_mask=0x0100_0001),
        "PLLI2SCFGR": Register(0x84, 0x2000_3000),
        "PLLSAICFGR": Register(0x88, 0x2000_3000),
        "DCKCFGR1": Register(0x8C),
        "DCKCFGR2": Register(0x90),
    }

    def source_hz(self, switch: int) -> int:
        """SW: HSI, HSE, PLL output P (RM0385 5.3.3); 3 is not allowed."""
        return 0 if switch == 0b11 else super().source_hz(switch)
