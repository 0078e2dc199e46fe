"""Reset and clock control of the STM32F101 to F103 (RM0008, chapter 7); limits: see stm32_rcc.py.

Registers and fields as in ST's stm32f103xb.h, reset values as in ST's SVD file of the STM32F103.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register
from mcusim.machine.devices.stm32.stm32_rcc import Stm32Rcc

_HSI_HZ = 8_000_000
_HSION, _HSIRDY = 1 << 0, 1 << 1
_HSEON, _HSERDY = 1 << 16, 1 << 17
_PLLON, _PLLRDY = 1 << 24, 1 << 25
_PLLSRC, _PLLXTPRE = 1 << 16, 1 << 17
_PLLMUL_MAX = 16


class Stm32F1Rcc(Stm32Rcc):
    """HSI, HSE and one PLL."""

    FAMILY = "stm32f1"
    LSI_HZ = 40_000
    APB_PRESCALER_SHIFTS = (8, 11)
    REMOVE_RESET_FLAGS_MASK = 1 << 24
    RESET_FLAGS_MASK = 0xFC00_0000
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR": Register(0x00, 0x0000_0083, writable_mask=0x010D_00F9),
        "CFGR": Register(0x04, writable_mask=0x077F_FFF3),
        "CIR": Register(0x08, writable_mask=0x0000_1F00),
        "APB2RSTR": Register(0x0C),
        "APB1RSTR": Register(0x10),
        "AHBENR": Register(0x14, 0x0000_0014),
        "APB2ENR": Register(0x18),
        "APB1ENR": Register(0x1C),
        "BDCR": Register(0x20, writable_mask=0x0001_8305),
        "CSR": Register(0x24, 0x0C00_0000, writable_mask=0x0100_0001),
    }

    def ready_bits(self) -> tuple[tuple[str, int, int, bool], ...]:
        """RM0008 7.3.1, 7.3.9 and 7.3.10."""
        return (
            ("CR", _HSION, _HSIRDY, True),
            ("CR", _HSEON, _HSERDY, self.hse_hz > 0),
            ("CR", _PLLON, _PLLRDY, self._pll_input_hz() > 0),
            ("BDCR", 1 << 0, 1 << 1, self.lse_hz > 0),
            ("CSR", 1 << 0, 1 << 1, True),  # LSI
        )

    def source_hz(self, switch: int) -> int:
        """SW: HSI, HSE, PLL (RM0008 7.3.2)."""
        control = self.values["CR"]
        if switch == 0:
            return _HSI_HZ if control & _HSIRDY else 0
        if switch == 1:
            return self.hse_hz if control & _HSERDY else 0
        if switch != 2 or not control & _PLLRDY:
            return 0
        factor = min((self.values["CFGR"] >> 18 & 0xF) + 2, _PLLMUL_MAX)
        return self._pll_input_hz() * factor

    def _pll_input_hz(self) -> int:
        """HSI divided by 2, or HSE, which PLLXTPRE halves."""
        control, plan = self.values["CR"], self.values["CFGR"]
        if not plan & _PLLSRC:
            return _HSI_HZ // 2 if control & _HSION else 0
        if not control & _HSEON:
            return 0
        return self.hse_hz // 2 if plan & _PLLXTPRE else self.hse_hz
