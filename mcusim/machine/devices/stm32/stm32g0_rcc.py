"""Reset and clock control of the STM32G0 (RM0444, RCC; CMSIS stm32g0b1xx.h); limits: see stm32_rcc.py."""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register
from mcusim.machine.devices.stm32.stm32_rcc import HSI16_HZ, Stm32Rcc, ahb_divider, apb_divider

_HSION, _HSIRDY, _HSEON, _HSERDY, _PLLON, _PLLRDY = 1 << 8, 1 << 10, 1 << 16, 1 << 17, 1 << 24, 1 << 25
_PLLREN = 1 << 28
_LSI_HZ = 32_000
_LSIRDY = _LSERDY = 1 << 1
_PLL_FROM_HSI, _PLL_FROM_HSE = 0b10, 0b11


class Stm32G0Rcc(Stm32Rcc):
    """HSI16 divided by 1 to 128, HSE, LSI, LSE and output R of the PLL; one APB, published under both names."""

    FAMILY = "stm32g0"
    SWITCH_BITS = 3
    WAKE_CLOCKS = ((0, _HSION),)
    OSCILLATOR_SWITCHES: ClassVar[dict[str, int]] = {"hsi16": 0, "hse": 1}
    REMOVE_RESET_FLAGS_MASK = 1 << 23
    RESET_FLAGS_MASK = 0xFE00_0000
    # Reset values: ST's SVD file of the STM32G0B1, without factory calibration.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR": Register(0x00, 0x0000_0500, writable_mask=0x014D_3B00),
        "ICSCR": Register(0x04, 0x0000_4000, writable_mask=0x0000_7F00),
        "CFGR": Register(0x08, writable_mask=0xFFFF_7F07),
        "PLLCFGR": Register(0x0C, 0x0000_1000, writable_mask=0xFF3F_7F73),
        "CRRCR": Register(0x14, writable_mask=0),
        "CIER": Register(0x18),
        "CIFR": Register(0x1C, writable_mask=0),
        "CICR": Register(0x20, writable_mask=0),
        "IOPRSTR": Register(0x24),
        "AHBRSTR": Register(0x28),
        "APBRSTR1": Register(0x2C),
        "APBRSTR2": Register(0x30),
        "IOPENR": Register(0x34),
        "AHBENR": Register(0x38, 0x0000_0100),
        "APBENR1": Register(0x3C),
        "APBENR2": Register(0x40),
        "IOPSMENR": Register(0x44, 0x0000_003F),
        "AHBSMENR": Register(0x48, 0x0005_1303),
        "APBSMENR1": Register(0x4C, 0xFFFF_FFB7),
        "APBSMENR2": Register(0x50, 0x0017_D801),
        "CCIPR": Register(0x54),
        "CCIPR2": Register(0x58),
        "BDCR": Register(0x5C, writable_mask=0x0301_833D),
        "CSR": Register(0x60, writable_mask=0x0080_0001),
    }

    def ready_bits(self) -> tuple[tuple[str, int, int, bool], ...]:
        """RM0444, RCC_CR, RCC_BDCR and RCC_CSR."""
        return (
            ("CR", _HSION, _HSIRDY, True),
            ("CR", _HSEON, _HSERDY, self.hse_hz > 0),
            ("CR", 1 << 22, 1 << 23, True),  # HSI48
            ("CR", _PLLON, _PLLRDY, self._pll_input_hz() > 0),
            ("BDCR", 1 << 0, _LSERDY, self.lse_hz > 0),
            ("CSR", 1 << 0, _LSIRDY, True),
        )

    def source_hz(self, switch: int) -> int:
        """SW: HSISYS, HSE, PLL output R, LSI, LSE (RM0444, RCC_CFGR)."""
        control = self.values["CR"]
        sources_hz = (
            HSI16_HZ >> (control >> 11 & 0b111) if control & _HSIRDY else 0,
            self.hse_hz if control & _HSERDY else 0,
            self._pll_hz() if control & _PLLRDY else 0,
            _LSI_HZ if self.values["CSR"] & _LSIRDY else 0,
            self.lse_hz if self.values["BDCR"] & _LSERDY else 0,
        )
        return sources_hz[switch] if switch < len(sources_hz) else 0

    def bus_clocks_hz(self, sysclk_hz: int) -> tuple[int, int]:
        """CFGR.HPRE."""
        hclk_hz = sysclk_hz // ahb_divider(self.values["CFGR"] >> 8)
        return hclk_hz, hclk_hz

    def apb_dividers(self) -> tuple[int, ...]:
        """CFGR.PPRE, for the peripherals below and above the address that parts APB1 and APB2 elsewhere."""
        divider = apb_divider(self.values["CFGR"] >> 12)
        return divider, divider

    def _pll_input_hz(self) -> int:
        control, source = self.values["CR"], self.values["PLLCFGR"] & 0b11
        if source == _PLL_FROM_HSI:
            return HSI16_HZ if control & _HSION else 0
        return self.hse_hz if source == _PLL_FROM_HSE and control & _HSEON else 0

    def _pll_hz(self) -> int:
        plan = self.values["PLLCFGR"]
        if not plan & _PLLREN:
            return 0
        divider = ((plan >> 4 & 0b111) + 1) * ((plan >> 29) + 1)
        return self._pll_input_hz() * (plan >> 8 & 0x7F) // divider
