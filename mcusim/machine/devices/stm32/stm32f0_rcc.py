"""Reset and clock control of the STM32F0 (RM0091, chapter 6) and F3; limits: see stm32_rcc.py.

Registers and fields as in ST's stm32f072xb.h; reset values from the manual as recalled. HSI14 only reports ready.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register
from mcusim.machine.devices.stm32.stm32_rcc import Stm32Rcc

_HSI_HZ, _HSI48_HZ = 8_000_000, 48_000_000
_HSION, _HSIRDY = 1 << 0, 1 << 1
_HSEON, _HSERDY = 1 << 16, 1 << 17
_PLLON, _PLLRDY = 1 << 24, 1 << 25
_HSI48ON, _HSI48RDY = 1 << 16, 1 << 17
_PLLMUL_MAX = 16


class Stm32F0Rcc(Stm32Rcc):
    """HSI, HSE, HSI48 and one PLL; one APB with one prescaler."""

    FAMILY = "stm32f0"
    LSI_HZ = 40_000
    APB_PRESCALER_SHIFTS = (8, 8)
    REMOVE_RESET_FLAGS_MASK = 1 << 24
    RESET_FLAGS_MASK = 0xFE80_0000
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR": Register(0x00, 0x0000_0083, writable_mask=0x010D_00F9),
        "CFGR": Register(0x04, writable_mask=0xFF7F_87F3),
        "CIR": Register(0x08, writable_mask=0x0000_7F00),
        "APB2RSTR": Register(0x0C),
        "APB1RSTR": Register(0x10),
        "AHBENR": Register(0x14, 0x0000_0014),
        "APB2ENR": Register(0x18),
        "APB1ENR": Register(0x1C),
        "BDCR": Register(0x20, 0x0000_0018, writable_mask=0x0001_831D),
        "CSR": Register(0x24, 0x0C00_0000, writable_mask=0x0100_0001),
        "AHBRSTR": Register(0x28),
        "CFGR2": Register(0x2C, writable_mask=0x0000_000F),
        "CFGR3": Register(0x30),
        "CR2": Register(0x34, 0x0000_0080, writable_mask=0x0001_00FD),
    }

    def ready_bits(self) -> tuple[tuple[str, int, int, bool], ...]:
        """RM0091 6.4.1, 6.4.9, 6.4.10 and 6.4.14."""
        return (
            ("CR", _HSION, _HSIRDY, True),
            ("CR", _HSEON, _HSERDY, self.hse_hz > 0),
            ("CR", _PLLON, _PLLRDY, self._pll_input_hz() > 0),
            ("CR2", 1 << 0, 1 << 1, True),  # HSI14
            ("CR2", _HSI48ON, _HSI48RDY, True),
            ("BDCR", 1 << 0, 1 << 1, self.lse_hz > 0),
            ("CSR", 1 << 0, 1 << 1, True),  # LSI
        )

    def source_hz(self, switch: int) -> int:
        """SW: HSI, HSE, PLL, HSI48 (RM0091 6.4.2)."""
        control = self.values["CR"]
        if switch == 0:
            return _HSI_HZ if control & _HSIRDY else 0
        if switch == 1:
            return self.hse_hz if control & _HSERDY else 0
        if switch == 2:
            factor = min((self.values["CFGR"] >> 18 & 0xF) + 2, _PLLMUL_MAX)
            return self._pll_input_hz() * factor if control & _PLLRDY else 0
        return self._hsi48_hz(_HSI48RDY)

    def _pll_input_hz(self) -> int:
        """PLLSRC: HSI divided by 2, or HSI, HSE or HSI48 divided by PREDIV."""
        divider = (self.values["CFGR2"] & 0xF) + 1
        control = self.values["CR"]
        hsi_hz = _HSI_HZ if control & _HSION else 0
        inputs_hz = (
            hsi_hz // 2,
            hsi_hz // divider,
            self.hse_hz // divider if control & _HSEON else 0,
            self._hsi48_hz(_HSI48ON) // divider,
        )
        return inputs_hz[self.values["CFGR"] >> 15 & 0b11]

    def _hsi48_hz(self, mask: int) -> int:
        return _HSI48_HZ if self.values["CR2"] & mask else 0


class Stm32F3Rcc(Stm32F0Rcc):
    """STM32F303xD/xE and F398 (RM0316, chapter 9; CMSIS stm32f303xe.h): no HSI48, two APBs."""

    FAMILY = "stm32f3"
    # Reset values: ST's SVD file of the STM32F303.
    APB_PRESCALER_SHIFTS = (8, 11)
    REGISTERS: ClassVar[dict[str, Register]] = {
        **{name: each for name, each in Stm32F0Rcc.REGISTERS.items() if name != "CR2"},
        "CFGR": Register(0x04, writable_mask=0xF7FF_BFF3),
        "CFGR2": Register(0x2C, writable_mask=0x0000_3FFF),
    }

    def ready_bits(self) -> tuple[tuple[str, int, int, bool], ...]:
        """RM0316, RCC_CR, RCC_BDCR and RCC_CSR."""
        return tuple(each for each in super().ready_bits() if each[0] != "CR2")

    def _hsi48_hz(self, mask: int) -> int:
        return 0
