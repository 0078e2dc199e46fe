"""Reset and clock control of the STM32U5 (RM0456, RCC; CMSIS stm32u575xx.h); limits: see stm32_rcc.py.

CFGR1 is called CFGR here. PLL2 and PLL3 only report ready. The PLL mode of MSI by LSE changes no frequency.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register
from mcusim.machine.devices.stm32.stm32_rcc import HSI16_HZ, Stm32Rcc, ahb_divider, apb_divider

_MSISRDY, _HSIRDY, _HSERDY, _PLL1RDY = 1 << 2, 1 << 10, 1 << 17, 1 << 25
_MSISON, _HSION, _HSEON = 1 << 0, 1 << 8, 1 << 16
_MSIRGSEL = 1 << 23
_PLL1REN, _FRACEN = 1 << 18, 1 << 4
_FRACTIONS = 8192  # PLL1FRACN counts 2^-13
# MSIRC0 to MSIRC3; each drives four ranges, divided by 1, 2, 3, 4 (RM0456, ICSCR1.MSISRANGE).
_MSI_RC_HZ = (48_000_000, 4_000_000, 3_072_000, 400_000)
_SLEEP_ENABLES = (0xB0, 0xB4, 0xB8, 0xBC, 0xC4, 0xC8, 0xCC, 0xD0)
PRESCALERS = {"CFGR2": Register(0x20), "CFGR3": Register(0x24)}


class Stm32U5Rcc(Stm32Rcc):
    """MSIS, HSI16, HSE and output R of PLL1 can be the system clock; three APBs."""

    FAMILY = "stm32u5"
    WAKE_CLOCKS: ClassVar[tuple[tuple[int, int], ...]] = ((0, _MSISON), (1, _HSION))
    WAKE_SELECTION_SHIFT = 4
    STOPPED_MASK = 1 << 16 | 1 << 24 | 1 << 26 | 1 << 28
    LSI_READY = ("BDCR", 1 << 27)
    OSCILLATOR_SWITCHES: ClassVar[dict[str, int]] = {"msis": 0, "hsi16": 1, "hse": 2}
    REMOVE_RESET_FLAGS_MASK = 1 << 23
    RESET_FLAGS_MASK = 0xFE00_0000
    # Reset values: ST's SVD file of the STM32U575, without factory calibration.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR": Register(0x00, 0x0000_0035, writable_mask=0x151D_53DB),
        "ICSCR1": Register(0x08, 0x4400_0000, writable_mask=0xFFC0_0000),
        "ICSCR2": Register(0x0C, 0x0008_4210),
        "ICSCR3": Register(0x10, 0x0010_0000),
        "CRRCR": Register(0x14, writable_mask=0),
        "CFGR": Register(0x1C, writable_mask=0x7F00_0033),
        **PRESCALERS,
        **{f"PLL{n}CFGR": Register(0x24 + 4 * n) for n in (1, 2, 3)},
        **{f"PLL{n}DIVR": Register(0x2C + 8 * n, 0x0101_0280) for n in (1, 2, 3)},
        **{f"PLL{n}FRACR": Register(0x30 + 8 * n, writable_mask=0xFFF8) for n in (1, 2, 3)},
        "CIER": Register(0x50),
        "CIFR": Register(0x54, writable_mask=0),
        "CICR": Register(0x58, writable_mask=0),
        **{
            f"RSTR_{offset:02X}": Register(offset)
            for offset in (0x60, 0x64, 0x68, 0x6C, 0x74, 0x78, 0x7C, 0x80)
        },
        "AHB1ENR": Register(0x88, 0xD020_0100),
        "AHB2ENR1": Register(0x8C, 0xC000_0000),
        "AHB2ENR2": Register(0x90, 0x8000_0000),
        "AHB3ENR": Register(0x94, 0x8000_0000),
        "APB1ENR1": Register(0x9C),
        "APB1ENR2": Register(0xA0),
        "APB2ENR": Register(0xA4),
        "APB3ENR": Register(0xA8),
        **{f"SMENR_{offset:02X}": Register(offset, 0xFFFF_FFFF) for offset in _SLEEP_ENABLES},
        "SRDAMR": Register(0xD8),
        "CCIPR1": Register(0xE0),
        "CCIPR2": Register(0xE4),
        "CCIPR3": Register(0xE8),
        "BDCR": Register(0xF0, writable_mask=0x1701_93BD),
        "CSR": Register(0xF4, 0x0C00_4400, writable_mask=0x0080_FF00),
        "SECCFGR": Register(0x110),
        "PRIVCFGR": Register(0x114),
    }

    def ready_bits(self) -> tuple[tuple[str, int, int, bool], ...]:
        """RM0456, RCC_CR and RCC_BDCR."""
        plls = ((f"PLL{n}CFGR", 1 << 22 + 2 * n) for n in (1, 2, 3))
        return (
            ("CR", _MSISON, _MSISRDY, True),
            ("CR", 1 << 4, 1 << 5, True),  # MSIK
            ("CR", _HSION, _HSIRDY, True),
            ("CR", 1 << 12, 1 << 13, True),  # HSI48
            ("CR", 1 << 14, 1 << 15, True),  # SHSI
            ("CR", _HSEON, _HSERDY, self.hse_hz > 0),
            *(("CR", on, on << 1, self._pll_input_hz(name) > 0) for name, on in plls),
            ("BDCR", 1 << 0, 1 << 1, self.lse_hz > 0),
            ("BDCR", 1 << 7, 1 << 11, self.lse_hz > 0),  # LSESYS
            ("BDCR", 1 << 26, 1 << 27, True),  # LSI
        )

    def source_hz(self, switch: int) -> int:
        """SW: MSIS, HSI16, HSE, PLL1 output R (RM0456, RCC_CFGR1)."""
        control = self.values["CR"]
        if switch == 0:
            return self._msis_hz() if control & _MSISRDY else 0
        if switch == 1:
            return HSI16_HZ if control & _HSIRDY else 0
        if switch == 2:
            return self.hse_hz if control & _HSERDY else 0
        return self._pll_hz(1, 2) if control & _PLL1RDY and self.values["PLL1CFGR"] & _PLL1REN else 0

    def bus_clocks_hz(self, sysclk_hz: int) -> tuple[int, int]:
        """CFGR2.HPRE."""
        hclk_hz = sysclk_hz // ahb_divider(self.values["CFGR2"])
        return hclk_hz, hclk_hz

    def apb_dividers(self) -> tuple[int, ...]:
        """CFGR2.PPRE1, CFGR2.PPRE2, CFGR3.PPRE3."""
        second = self.values["CFGR2"]
        return apb_divider(second >> 4), apb_divider(second >> 8), apb_divider(self.values["CFGR3"] >> 4)

    def _msis_hz(self) -> int:
        # MSIRGSEL says whether ICSCR1.MSISRANGE or, as after reset, CSR.MSISSRANGE counts.
        selection = self.values["ICSCR1"]
        index = selection >> 28 if selection & _MSIRGSEL else self.values["CSR"] >> 12 & 0xF
        return _MSI_RC_HZ[index // 4] // (index % 4 + 1)

    def oscillator_hz(self, name: str) -> int:
        """MSIK has a range of its own (RM0456, RCC_ICSCR1 and RCC_CSR); PLLs have outputs P, Q and R ("pll2_p")."""
        if name.startswith("pll"):
            number, output = int(name[3]), "pqr".index(name[-1])
            is_enabled = self.values[f"PLL{number}CFGR"] >> 16 + output & 1
            is_ready = self.values["CR"] >> 25 + 2 * (number - 1) & 1
            return self._pll_hz(number, output) if is_enabled and is_ready else 0
        if name != "msik":
            return super().oscillator_hz(name)
        selection = self.values["ICSCR1"]
        index = selection >> 24 & 0xF if selection & _MSIRGSEL else self.values["CSR"] >> 8 & 0xF
        return _MSI_RC_HZ[index // 4] // (index % 4 + 1) if self.values["CR"] & 1 << 4 else 0

    def _pll_input_hz(self, name: str) -> int:
        control = self.values["CR"]
        running_hz = (
            0,
            self._msis_hz() if control & _MSISON else 0,
            HSI16_HZ if control & _HSION else 0,
            self.hse_hz if control & _HSEON else 0,
        )
        return running_hz[self.values[name] & 0b11]

    def _pll_hz(self, number: int, output: int) -> int:
        plan, dividers = self.values[f"PLL{number}CFGR"], self.values[f"PLL{number}DIVR"]
        fraction = self.values[f"PLL{number}FRACR"] >> 3 if plan & _FRACEN else 0
        steps = (dividers & 0x1FF) * _FRACTIONS + _FRACTIONS + fraction
        divider = (dividers >> (9, 16, 24)[output] & 0x7F) + 1
        return (
            self._pll_input_hz(f"PLL{number}CFGR") * steps // (((plan >> 8 & 0xF) + 1) * divider * _FRACTIONS)
        )
