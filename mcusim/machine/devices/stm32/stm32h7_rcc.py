"""Reset and clock control of the STM32H74x/75x and H7A3/H7Bx (RM0433 rev 8, 8.7; RM0455 rev 10, 8.7).

Limits: see stm32_rcc.py. PLL2 and PLL3 only report ready; peripherals with a kernel clock of their own run from
their bus clock. Domain names are those of the H74x (the H7A3 says CDCFGR1, CDCFGR2, SRDCFGR).
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register
from mcusim.machine.devices.stm32.stm32_rcc import Stm32Rcc, ahb_divider, apb_divider

_HSI_HZ, _CSI_HZ = 64_000_000, 4_000_000  # RM0433 8.5.2
_HSION, _HSIRDY = 1 << 0, 1 << 2
_CSION, _CSIRDY = 1 << 7, 1 << 8
_HSEON, _HSERDY = 1 << 16, 1 << 17
_PLL1ON, _PLL1RDY = 1 << 24, 1 << 25
_HSIDIVF, _CLOCK_DOMAINS_READY = 1 << 5, 0b11 << 14
_PLL1FRACEN, _DIVP1EN = 1 << 0, 1 << 16
_FRACTION_STEPS = 1 << 13
_TIMPRE = 1 << 15
_KERNEL_CLOCKS = {"D1CCIPR": 0x4C, "D2CCIP1R": 0x50, "D2CCIP2R": 0x54, "D3CCIPR": 0x58}
_BUSES = ("AHB3", "AHB1", "AHB2", "AHB4", "APB3", "APB1L", "APB1H", "APB2", "APB4")


def _of_each_bus(suffix: str, start_offset: int) -> dict[str, Register]:
    """One register per bus; the core's own copies (C1_…) follow 0x60 later."""
    return {f"{bus}{suffix}": Register(start_offset + 4 * index) for index, bus in enumerate(_BUSES)}


class Stm32H7Rcc(Stm32Rcc):
    """HSI, CSI, HSE and PLL1, whose output P can be the system clock; the core may run faster than its buses."""

    FAMILY = "stm32h7"
    SWITCH_BITS = 3
    RESET_FLAGS_REGISTER = "RSR"
    RESET_CAUSES: ClassVar[dict[str, int]] = {
        "software": 1 << 24,
        "iwdg": 1 << 26,
        "wwdg": 1 << 28,
        "standby": 0,
    }
    PIN_RESET_MASK = 1 << 22
    WAKE_CLOCKS = ((0, _HSION), (1, _CSION))
    WAKE_SELECTION_SHIFT = 6
    STOPPED_MASK = 1 << 16 | 1 << 24 | 1 << 26 | 1 << 28
    OSCILLATOR_SWITCHES: ClassVar[dict[str, int]] = {"hsi": 0, "csi": 1, "hse": 2}
    REMOVE_RESET_FLAGS_MASK = 1 << 16
    RESET_FLAGS_MASK = 0x55FB_0000 & ~(1 << 16)
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR": Register(0x00, _HSION | _HSIDIVF | _CLOCK_DOMAINS_READY, writable_mask=0x151D_129B),
        "HSICFGR": Register(0x04, 0x4000_0000, writable_mask=0x7F00_0000),
        "CRRCR": Register(0x08, writable_mask=0),
        "CSICFGR": Register(0x0C, 0x2000_0000, writable_mask=0x3F00_0000),
        "CFGR": Register(0x10, writable_mask=0xFFFC_FFC7),
        "D1CFGR": Register(0x18, writable_mask=0x0000_0F7F),
        "D2CFGR": Register(0x1C, writable_mask=0x0000_0770),
        "D3CFGR": Register(0x20, writable_mask=0x0000_0070),
        "PLLCKSELR": Register(0x28, 0x0202_0200, writable_mask=0x03F3_F3F3),
        "PLLCFGR": Register(0x2C, 0x01FF_0000, writable_mask=0x01FF_0FFF),
        **{f"PLL{n}DIVR": Register(0x28 + 8 * n, 0x0101_0280, writable_mask=0x7F7F_FFFF) for n in (1, 2, 3)},
        **{f"PLL{n}FRACR": Register(0x2C + 8 * n, writable_mask=0x0000_FFF8) for n in (1, 2, 3)},
        **{name: Register(offset) for name, offset in _KERNEL_CLOCKS.items()},
        "CIER": Register(0x60),
        "CIFR": Register(0x64, writable_mask=0),
        "CICR": Register(0x68, writable_mask=0),
        "BDCR": Register(0x70, writable_mask=0x0001_837D),
        "CSR": Register(0x74, writable_mask=0x0000_0001),
        **_of_each_bus("RSTR", 0x7C),
        "GCR": Register(0xA0),
        "D3AMR": Register(0xA8),
        "CKGAENR": Register(0xB0),
        "RSR": Register(0xD0, 0x00FA_0000, writable_mask=1 << 16),
        **_of_each_bus("ENR", 0xD4),
        # Sleep-mode enables: ST's SVD files start them at 0, the manual at all implemented bits; firmware does
        # not read them before it writes.
        **_of_each_bus("LPENR", 0xFC),
        "C1_RSR": Register(0x130, 0x00FA_0000, writable_mask=1 << 16),
        **{f"C1_{name}": register for name, register in _of_each_bus("ENR", 0x134).items()},
        **{f"C1_{name}": register for name, register in _of_each_bus("LPENR", 0x15C).items()},
    }

    def ready_bits(self) -> tuple[tuple[str, int, int, bool], ...]:
        """RM0433 8.7.2, 8.7.35 and 8.7.36."""
        pll_input_exists = self._pll_input_hz() > 0
        return (
            ("CR", _HSION, _HSIRDY, True),
            ("CR", _CSION, _CSIRDY, True),
            ("CR", 1 << 12, 1 << 13, True),  # HSI48
            ("CR", _HSEON, _HSERDY, self.hse_hz > 0),
            ("CR", _PLL1ON, _PLL1RDY, pll_input_exists),
            ("CR", 1 << 26, 1 << 27, pll_input_exists),  # PLL2
            ("CR", 1 << 28, 1 << 29, pll_input_exists),  # PLL3
            ("BDCR", 1 << 0, 1 << 1, self.lse_hz > 0),
            ("CSR", 1 << 0, 1 << 1, True),  # LSI
        )

    def source_hz(self, switch: int) -> int:
        """SW: HSI, CSI, HSE, PLL1 output P (RM0433 8.7.6)."""
        control = self.values["CR"]
        if switch == 0:
            return self._hsi_hz() if control & _HSIRDY else 0
        if switch == 1:
            return _CSI_HZ if control & _CSIRDY else 0
        if switch == 2:
            return self.hse_hz if control & _HSERDY else 0
        return self._pll_hz(1, 0) if switch == 3 and control & _PLL1RDY else 0

    def bus_clocks_hz(self, sysclk_hz: int) -> tuple[int, int]:
        """D1CFGR divides for the core (D1CPRE), then for the buses (HPRE)."""
        domain = self.values["D1CFGR"]
        core_hz = sysclk_hz // ahb_divider(domain >> 8)
        return core_hz, core_hz // ahb_divider(domain)

    def apb_dividers(self) -> tuple[int, ...]:
        """APB1 and APB2 are in D2CFGR, APB3 in D1CFGR, APB4 in D3CFGR (RM0433 8.7.7 to 8.7.9)."""
        first, second, third = (self.values[f"D{number}CFGR"] for number in (1, 2, 3))
        return tuple(apb_divider(field) for field in (second >> 4, second >> 8, first >> 4, third >> 4))

    def apb_timer_hz(self, hclk_hz: int, divider: int) -> int:
        """TIMPRE makes the timers run at HCLK up to a divider of 4, else at 4 times the bus clock."""
        if not self.values["CFGR"] & _TIMPRE:
            return super().apb_timer_hz(hclk_hz, divider)
        return hclk_hz if divider <= 4 else 4 * hclk_hz // divider

    def _hsi_hz(self) -> int:
        return _HSI_HZ >> (self.values["CR"] >> 3 & 0b11)

    def _pll_input_hz(self) -> int:
        control = self.values["CR"]
        running_hz = (
            self._hsi_hz() if control & _HSION else 0,
            _CSI_HZ if control & _CSION else 0,
            self.hse_hz if control & _HSEON else 0,
            0,
        )
        return running_hz[self.values["PLLCKSELR"] & 0b11]

    def oscillator_hz(self, name: str) -> int:
        """PLL outputs ("pll1_q") that audio devices choose."""
        if not name.startswith("pll"):
            return super().oscillator_hz(name)
        number = int(name[3])
        ready_mask = _PLL1RDY << 2 * (number - 1)
        return self._pll_hz(number, "pqr".index(name[-1])) if self.values["CR"] & ready_mask else 0

    def _pll_hz(self, number: int, output: int) -> int:
        """Input / M * (N + fraction / 8192) / P, Q or R (RM0433 8.7.14, 8.7.15)."""
        dividers, place = self.values[f"PLL{number}DIVR"], number - 1
        m_divider = self.values["PLLCKSELR"] >> 4 + 8 * place & 0x3F
        if not m_divider or not self.values["PLLCFGR"] & _DIVP1EN << 3 * place + output:
            return 0
        has_fraction = self.values["PLLCFGR"] & _PLL1FRACEN << 4 * place
        fraction = self.values[f"PLL{number}FRACR"] >> 3 & 0x1FFF if has_fraction else 0
        multiplier = ((dividers & 0x1FF) + 1) * _FRACTION_STEPS + fraction
        divider = (dividers >> (9, 16, 24)[output] & 0x7F) + 1
        return self._pll_input_hz() * multiplier // (_FRACTION_STEPS * m_divider * divider)
