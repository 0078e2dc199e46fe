"""Reset and clock control of the STM32H5 (RM0481, RCC; CMSIS stm32h563xx.h); limits: see stm32_rcc.py.

CFGR1 is called CFGR here. PLL2 and PLL3 only report ready. Reset values are those of the manual as recalled; ST's HAL
(stm32h5xx_hal_rcc.c) confirms HSI and no prescaler.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register
from mcusim.machine.devices.stm32.stm32_rcc import Stm32Rcc, ahb_divider, apb_divider

_HSI_HZ, _CSI_HZ = 64_000_000, 4_000_000
_HSION, _HSIRDY = 1 << 0, 1 << 1
_HSIDIV_2, _HSIDIVF = 1 << 3, 1 << 5
_CSION, _CSIRDY = 1 << 8, 1 << 9
_HSEON, _HSERDY = 1 << 16, 1 << 17
_PLL1RDY = 1 << 25
_FRACEN, _PLL1PEN = 1 << 4, 1 << 16
_FRACTIONS = 8192  # PLL1FRACN counts 2^-13
_TIMPRE = 1 << 15
_RESET_OFFSETS = (0x60, 0x64, 0x6C, 0x74, 0x78, 0x7C, 0x80)
_ENABLES = {
    "AHB1ENR": Register(0x88, 0xD000_0100),
    "AHB2ENR": Register(0x8C, 0xC000_0000),
    "AHB4ENR": Register(0x94),
    "APB1LENR": Register(0x9C),
    "APB1HENR": Register(0xA0),
    "APB2ENR": Register(0xA4),
    "APB3ENR": Register(0xA8),
}
_SLEEP_OFFSETS = (0xB0, 0xB4, 0xBC, 0xC4, 0xC8, 0xCC, 0xD0)


class Stm32H5Rcc(Stm32Rcc):
    """HSI divided by 1 to 8, CSI, HSE and output P of PLL1 can be the system clock; three APBs."""

    FAMILY = "stm32h5"
    SWITCH_BITS = 3
    RESET_FLAGS_REGISTER = "RSR"
    WAKE_CLOCKS = ((0, _HSION), (1, _CSION))
    WAKE_SELECTION_SHIFT = 6
    STOPPED_MASK = 1 << 16 | 1 << 24 | 1 << 26 | 1 << 28
    LSI_READY = ("BDCR", 1 << 27)
    OSCILLATOR_SWITCHES: ClassVar[dict[str, int]] = {"hsi": 0, "csi": 1, "hse": 2}
    REMOVE_RESET_FLAGS_MASK = 1 << 23
    RESET_FLAGS_MASK = 0xFC00_0000
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR": Register(0x00, _HSION | _HSIRDY | _HSIDIV_2 | _HSIDIVF, writable_mask=0x151D_151D),
        "HSICFGR": Register(0x10, 0x0040_0000, writable_mask=0x007F_0000),
        "CRRCR": Register(0x14, writable_mask=0),
        "CSICFGR": Register(0x18, 0x0020_0000, writable_mask=0x003F_0000),
        "CFGR": Register(0x1C, writable_mask=0xFFFC_BFC3),
        "CFGR2": Register(0x20, writable_mask=0x007B_777F),
        **{f"PLL{n}CFGR": Register(0x24 + 4 * n) for n in (1, 2, 3)},
        **{f"PLL{n}DIVR": Register(0x2C + 8 * n, 0x0101_0280) for n in (1, 2, 3)},
        **{f"PLL{n}FRACR": Register(0x30 + 8 * n, writable_mask=0xFFF8) for n in (1, 2, 3)},
        "CIER": Register(0x50),
        "CIFR": Register(0x54, writable_mask=0),
        "CICR": Register(0x58, writable_mask=0),
        **{f"RSTR_{offset:02X}": Register(offset) for offset in _RESET_OFFSETS},
        **_ENABLES,
        **{f"LPENR_{offset:02X}": Register(offset, 0xFFFF_FFFF) for offset in _SLEEP_OFFSETS},
        **{f"CCIPR{n}": Register(0xD4 + 4 * n) for n in (1, 2, 3, 4, 5)},
        "BDCR": Register(0xF0, writable_mask=0x0701_83BD),
        "RSR": Register(0xF4, 0x0C00_0000, writable_mask=1 << 23),
        "SECCFGR": Register(0x110),
        "PRIVCFGR": Register(0x114),
    }

    def ready_bits(self) -> tuple[tuple[str, int, int, bool], ...]:
        """RM0481, RCC_CR and RCC_BDCR."""
        return (
            ("CR", _HSION, _HSIRDY, True),
            ("CR", _CSION, _CSIRDY, True),
            ("CR", 1 << 12, 1 << 13, True),  # HSI48
            ("CR", _HSEON, _HSERDY, self.hse_hz > 0),
            *(("CR", 1 << 22 + 2 * n, 1 << 23 + 2 * n, self._pll_input_hz(n) > 0) for n in (1, 2, 3)),
            ("BDCR", 1 << 0, 1 << 1, self.lse_hz > 0),
            ("BDCR", 1 << 26, 1 << 27, True),  # LSI
        )

    def source_hz(self, switch: int) -> int:
        """SW: HSI, CSI, HSE, PLL1 output P (RM0481, RCC_CFGR1)."""
        control = self.values["CR"]
        if switch == 0:
            return self._hsi_hz() if control & _HSIRDY else 0
        if switch == 1:
            return _CSI_HZ if control & _CSIRDY else 0
        if switch == 2:
            return self.hse_hz if control & _HSERDY else 0
        return self._pll1_p_hz() if switch == 3 and control & _PLL1RDY else 0

    def bus_clocks_hz(self, sysclk_hz: int) -> tuple[int, int]:
        """CFGR2.HPRE."""
        hclk_hz = sysclk_hz // ahb_divider(self.values["CFGR2"])
        return hclk_hz, hclk_hz

    def apb_dividers(self) -> tuple[int, ...]:
        """CFGR2.PPRE1 to PPRE3."""
        return tuple(apb_divider(self.values["CFGR2"] >> shift) for shift in (4, 8, 12))

    def apb_timer_hz(self, hclk_hz: int, divider: int) -> int:
        """TIMPRE makes the timers run at HCLK up to a divider of 4, else at 4 times the bus clock."""
        if not self.values["CFGR"] & _TIMPRE:
            return super().apb_timer_hz(hclk_hz, divider)
        return hclk_hz if divider <= 4 else 4 * hclk_hz // divider

    def _hsi_hz(self) -> int:
        return _HSI_HZ >> (self.values["CR"] >> 3 & 0b11)

    def _pll_input_hz(self, number: int) -> int:
        control = self.values["CR"]
        running_hz = (
            0,
            self._hsi_hz() if control & _HSION else 0,
            _CSI_HZ if control & _CSION else 0,
            self.hse_hz if control & _HSEON else 0,
        )
        return running_hz[self.values[f"PLL{number}CFGR"] & 0b11]

    def _pll1_p_hz(self) -> int:
        """Input / M * (N + fraction / 8192) / P; M = 0 switches the input off."""
        plan, dividers = self.values["PLL1CFGR"], self.values["PLL1DIVR"]
        m_divider = plan >> 8 & 0x3F
        if not m_divider or not plan & _PLL1PEN:
            return 0
        fraction = self.values["PLL1FRACR"] >> 3 if plan & _FRACEN else 0
        steps = ((dividers & 0x1FF) + 1) * _FRACTIONS + fraction
        return self._pll_input_hz(1) * steps // (_FRACTIONS * m_divider * ((dividers >> 9 & 0x7F) + 1))
