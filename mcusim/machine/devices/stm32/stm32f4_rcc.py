"""Reset and clock control of the STM32F446 (RM0390 rev 6, section 6.3); limits: see stm32_rcc.py.

PLLI2S and PLLSAI only report ready: no audio or USB clock is derived from them.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register
from mcusim.machine.devices.stm32.stm32_rcc import HSI16_HZ, Stm32Rcc

_HSION, _HSIRDY = 1 << 0, 1 << 1
_HSEON, _HSERDY = 1 << 16, 1 << 17
_PLLON, _PLLRDY = 1 << 24, 1 << 25
_PLLI2SON, _PLLI2SRDY = 1 << 26, 1 << 27
_PLLSAION, _PLLSAIRDY = 1 << 28, 1 << 29
_PLLSRC_HSE = 1 << 22
_TIMPRE = 1 << 24
_AUDIO_PLLS = {  # configuration, ready bit, where its divider is, where DCKCFGR divides once more
    "plli2s_r": ("PLLI2SCFGR", 1 << 27, 28, -1),
    "plli2s_q": ("PLLI2SCFGR", 1 << 27, 24, 0),
    "pllsai_q": ("PLLSAICFGR", 1 << 29, 24, 8),
}


class Stm32F4Rcc(Stm32Rcc):
    """HSI, HSE and one main PLL with two system clock outputs (P and R)."""

    FAMILY = "stm32f4"
    STOPPED_MASK = 1 << 16 | 1 << 24 | 1 << 26 | 1 << 28
    APB_PRESCALER_SHIFTS = (10, 13)
    TIMER_PRESCALER: ClassVar[tuple[str, int]] = ("DCKCFGR", _TIMPRE)
    REMOVE_RESET_FLAGS_MASK = 1 << 24
    RESET_FLAGS_MASK = 0xFE00_0000
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR": Register(0x00, 0x0000_0083, writable_mask=0x150D_00F9),
        "PLLCFGR": Register(0x04, 0x2400_3010, writable_mask=0x7F43_7FFF),
        "CFGR": Register(0x08, writable_mask=0xFFFF_FCF3),
        "CIR": Register(0x0C, writable_mask=0x0000_7F00),
        "AHB1RSTR": Register(0x10),
        "AHB2RSTR": Register(0x14),
        "AHB3RSTR": Register(0x18),
        "APB1RSTR": Register(0x20),
        "APB2RSTR": Register(0x24),
        "AHB1ENR": Register(0x30),
        "AHB2ENR": Register(0x34),
        "AHB3ENR": Register(0x38),
        "APB1ENR": Register(0x40),
        "APB2ENR": Register(0x44),
        # Sleep-mode enables reset to every bit that the vendor's stm32f446xx.h defines.
        "AHB1LPENR": Register(0x50, 0x6067_90FF),
        "AHB2LPENR": Register(0x54, 0x0000_0081),
        "AHB3LPENR": Register(0x58, 0x0000_0003),
        "APB1LPENR": Register(0x60, 0x3FFF_C9FF),
        "APB2LPENR": Register(0x64, 0x00C7_7F33),
        "BDCR": Register(0x70, writable_mask=0x0001_830D),
        "CSR": Register(0x74, 0x0E00_0000, writable_mask=0x0100_0001),
        "SSCGR": Register(0x80),
        "PLLI2SCFGR": Register(0x84, 0x2400_3010),
        "PLLSAICFGR": Register(0x88, 0x0400_3010),
        "DCKCFGR": Register(0x8C),
        "CKGATENR": Register(0x90),
        "DCKCFGR2": Register(0x94),
    }

    def ready_bits(self) -> tuple[tuple[str, int, int, bool], ...]:
        """RM0390 6.3.1, 6.3.20 and 6.3.21."""
        pll_input_exists = self._pll_input_hz() > 0
        return (
            ("CR", _HSION, _HSIRDY, True),
            ("CR", _HSEON, _HSERDY, self.hse_hz > 0),
            ("CR", _PLLON, _PLLRDY, pll_input_exists),
            ("CR", _PLLI2SON, _PLLI2SRDY, pll_input_exists),
            ("CR", _PLLSAION, _PLLSAIRDY, pll_input_exists),
            ("BDCR", 1 << 0, 1 << 1, self.lse_hz > 0),
            ("CSR", 1 << 0, 1 << 1, True),
        )

    def publish_clocks(self) -> None:
        """The power controller wants to know whether the PLL runs."""
        super().publish_clocks()
        self.host.clock_net.publish("pll", self.source_hz(0b10))

    def source_hz(self, switch: int) -> int:
        """SW: HSI, HSE, PLL output P, PLL output R (RM0390 6.3.3)."""
        control = self.values["CR"]
        if switch == 0:
            return HSI16_HZ if control & _HSIRDY else 0
        if switch == 1:
            return self.hse_hz if control & _HSERDY else 0
        if not control & _PLLRDY:
            return 0
        plan = self.values["PLLCFGR"]
        divider = 2 * ((plan >> 16 & 0b11) + 1) if switch == 2 else plan >> 28 & 0b111
        m_divider, n_multiplier = plan & 0x3F, plan >> 6 & 0x1FF
        if not m_divider or not divider:
            return 0
        return self._pll_input_hz() * n_multiplier // (m_divider * divider)

    def apb_timer_hz(self, hclk_hz: int, divider: int) -> int:
        """TIMPRE makes the timers run at HCLK up to a divider of 4, else at 4 times the bus clock."""
        name, mask = self.TIMER_PRESCALER
        if not self.values[name] & mask:
            return super().apb_timer_hz(hclk_hz, divider)
        return hclk_hz if divider <= 4 else 4 * hclk_hz // divider

    def oscillator_hz(self, name: str) -> int:
        """The audio clocks: PLLI2S output R for I2S, outputs Q for SAI with a divider of their own (RM0390 6.3.23)."""
        if name not in _AUDIO_PLLS:
            return super().oscillator_hz(name)
        register, ready_mask, shift, divider_shift = _AUDIO_PLLS[name]
        plan = self.values[register]
        m_divider = (plan if self.bool_option("plls_have_m") else self.values["PLLCFGR"]) & 0x3F
        divider = m_divider * (plan >> shift & (0b111 if divider_shift < 0 else 0xF))
        if not self.values["CR"] & ready_mask or not divider:
            return 0
        if divider_shift >= 0:
            divider *= (self.values[self.TIMER_PRESCALER[0]] >> divider_shift & 0x1F) + 1
        return self._pll_input_hz() * (plan >> 6 & 0x1FF) // divider

    def _pll_input_hz(self) -> int:
        control = self.values["CR"]
        if self.values["PLLCFGR"] & _PLLSRC_HSE:
            return self.hse_hz if control & _HSEON else 0
        return HSI16_HZ if control & _HSION else 0
