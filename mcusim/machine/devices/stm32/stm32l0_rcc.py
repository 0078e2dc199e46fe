"""Reset and clock control of the STM32L0 (RM0367, chapter 7); limits: see stm32_rcc.py.

Registers and fields as in ST's stm32l053xx.h; reset values from the manual as recalled. HSI48 only reports ready.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register
from mcusim.machine.devices.stm32.stm32_rcc import HSI16_HZ, Stm32Rcc

_HSION, _HSIRDY, _HSIDIVEN, _HSIDIVF = 1 << 0, 1 << 2, 1 << 3, 1 << 4
_MSION, _MSIRDY = 1 << 8, 1 << 9
_HSEON, _HSERDY = 1 << 16, 1 << 17
_PLLON, _PLLRDY = 1 << 24, 1 << 25
_MSI_HZ = (65_536, 131_072, 262_144, 524_288, 1_048_000, 2_097_000, 4_194_000)  # MSIRANGE
_PLL_FACTORS = (3, 4, 6, 8, 12, 16, 24, 32, 48)  # PLLMUL


class Stm32L0Rcc(Stm32Rcc):
    """MSI, HSI16, HSE and one PLL."""

    FAMILY = "stm32l0"
    WAKE_CLOCKS: ClassVar[tuple[tuple[int, int], ...]] = ((0, _MSION), (1, _HSION))
    WAKE_SELECTION_SHIFT = 15
    LSE_READY = ("CSR", 1 << 9)
    LSI_HZ = 37_000
    OSCILLATOR_SWITCHES: ClassVar[dict[str, int]] = {"msi": 0, "hsi16": 1, "hse": 2}
    APB_PRESCALER_SHIFTS = (8, 11)
    REMOVE_RESET_FLAGS_MASK = 1 << 23
    RESET_FLAGS_MASK = 0xFF00_0000
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR": Register(0x00, 0x0000_0300, writable_mask=0x013D_010B),
        "ICSCR": Register(0x04, 0x0000_B000),
        "CRRCR": Register(0x08, writable_mask=0x0000_0001),
        "CFGR": Register(0x0C, writable_mask=0x7FFD_BFF3),
        "CIER": Register(0x10),
        "CIFR": Register(0x14, writable_mask=0),
        "CICR": Register(0x18, writable_mask=0),
        "IOPRSTR": Register(0x1C),
        "AHBRSTR": Register(0x20),
        "APB2RSTR": Register(0x24),
        "APB1RSTR": Register(0x28),
        "IOPENR": Register(0x2C),
        "AHBENR": Register(0x30, 0x0000_0100),
        "APB2ENR": Register(0x34),
        "APB1ENR": Register(0x38),
        "IOPSMENR": Register(0x3C, 0x0000_008F),
        "AHBSMENR": Register(0x40, 0x0111_1301),
        "APB2SMENR": Register(0x44, 0x0040_5225),
        "APB1SMENR": Register(0x48, 0xB8E6_4A11),
        "CCIPR": Register(0x4C),
        "CSR": Register(0x50, 0x0C00_0000, writable_mask=0x00AF_3D01),
    }

    def ready_bits(self) -> tuple[tuple[str, int, int, bool], ...]:
        """RM0367 7.3.1, 7.3.3 and 7.3.21."""
        return (
            ("CR", _HSION, _HSIRDY, True),
            ("CR", _HSIDIVEN, _HSIDIVF, True),
            ("CR", _MSION, _MSIRDY, True),
            ("CR", _HSEON, _HSERDY, self.hse_hz > 0),
            ("CR", _PLLON, _PLLRDY, self._pll_input_hz() > 0),
            ("CRRCR", 1 << 0, 1 << 1, True),
            ("CSR", 1 << 0, 1 << 1, True),  # LSI
            ("CSR", 1 << 8, 1 << 9, self.lse_hz > 0),
        )

    def source_hz(self, switch: int) -> int:
        """SW: MSI, HSI16, HSE, PLL (RM0367 7.3.4)."""
        control = self.values["CR"]
        if switch == 0:
            index = self.values["ICSCR"] >> 13 & 0b111
            return _MSI_HZ[min(index, len(_MSI_HZ) - 1)] if control & _MSIRDY else 0
        if switch == 1:
            return self._hsi_hz() if control & _HSIRDY else 0
        if switch == 2:
            return self.hse_hz if control & _HSERDY else 0
        plan = self.values["CFGR"]
        factor_index, divider = plan >> 18 & 0xF, (plan >> 22 & 0b11) + 1
        if not control & _PLLRDY or divider == 1 or factor_index >= len(_PLL_FACTORS):
            return 0
        return self._pll_input_hz() * _PLL_FACTORS[factor_index] // divider

    def _hsi_hz(self) -> int:
        return HSI16_HZ // 4 if self.values["CR"] & _HSIDIVEN else HSI16_HZ

    def _pll_input_hz(self) -> int:
        control = self.values["CR"]
        if self.values["CFGR"] & 1 << 16:
            return self.hse_hz if control & _HSEON else 0
        return self._hsi_hz() if control & _HSION else 0
