"""Reset and clock control of the STM32L4+ (RM0432 rev 9, section 6.4), L4 and G4; limits: see stm32_rcc.py.

Option `plls_have_m` (L4+): the audio PLLs divide their input themselves. The PLL-mode calibration of MSI by LSE
changes no frequency here.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register
from mcusim.machine.devices.stm32.stm32_rcc import HSI16_HZ, Stm32Rcc

_MSION, _MSIRDY, _MSIRGSEL = 1 << 0, 1 << 1, 1 << 3
_HSION, _HSIRDY = 1 << 8, 1 << 10
_HSEON, _HSERDY = 1 << 16, 1 << 17
_PLLON, _PLLRDY = 1 << 24, 1 << 25
_PLLREN, _PLLPEN = 1 << 24, 1 << 16
_AUDIO_PLLS = {  # their configuration, and their ready bits in CR
    "pll_p": ("PLLCFGR", _PLLRDY),
    "pllsai1_p": ("PLLSAI1CFGR", 1 << 27),
    "pllsai2_p": ("PLLSAI2CFGR", 1 << 29),
}
_MSI_KHZ = (100, 200, 400, 800, 1000, 2000, 4000, 8000, 16000, 24000, 32000, 48000)  # RM0432 6.4.1, MSIRANGE
_NOT_ON_G4 = ("PLLSAI1CFGR", "PLLSAI2CFGR", "DLYCFGR")
_G4_ENABLES = (_HSION, _HSEON, _PLLON)


class Stm32L4Rcc(Stm32Rcc):
    """MSI, HSI16, HSE and one main PLL whose output R can be the system clock."""

    FAMILY = "stm32l4"
    APB_PRESCALER_SHIFTS = (8, 11)
    REMOVE_RESET_FLAGS_MASK = 1 << 23
    WAKE_CLOCKS: ClassVar[tuple[tuple[int, int], ...]] = ((0, _MSION), (1, _HSION))
    WAKE_SELECTION_SHIFT = 15
    STOPPED_MASK = 1 << 16 | 1 << 24 | 1 << 26 | 1 << 28
    OSCILLATOR_SWITCHES: ClassVar[dict[str, int]] = {"msi": 0, "hsi16": 1, "hse": 2}
    RESET_FLAGS_MASK = 0xFF00_0000
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR": Register(0x00, 0x0000_0063, writable_mask=0x150D_0BFD),
        "ICSCR": Register(0x04, 0x4000_0000, writable_mask=0x7F00_FF00),
        "CFGR": Register(0x08, writable_mask=0x7F00_BFF3),
        "PLLCFGR": Register(0x0C, 0x0000_1000, writable_mask=0xFF73_7FF3),
        "PLLSAI1CFGR": Register(0x10, 0x0000_1000),
        "PLLSAI2CFGR": Register(0x14, 0x0000_1000),
        "CIER": Register(0x18),
        "CIFR": Register(0x1C, writable_mask=0),
        "CICR": Register(0x20, writable_mask=0),
        "AHB1RSTR": Register(0x28),
        "AHB2RSTR": Register(0x2C),
        "AHB3RSTR": Register(0x30),
        "APB1RSTR1": Register(0x38),
        "APB1RSTR2": Register(0x3C),
        "APB2RSTR": Register(0x40),
        "AHB1ENR": Register(0x48, 0x0000_0100),
        "AHB2ENR": Register(0x4C),
        "AHB3ENR": Register(0x50),
        "APB1ENR1": Register(0x58, 0x0000_0400),
        "APB1ENR2": Register(0x5C),
        "APB2ENR": Register(0x60),
        # Sleep-mode enables reset to every bit that the vendor's stm32l4r5xx.h defines.
        "AHB1SMENR": Register(0x68, 0x0003_1307),
        "AHB2SMENR": Register(0x6C, 0x0054_77FF),
        "AHB3SMENR": Register(0x70, 0x0000_0301),
        "APB1SMENR1": Register(0x78, 0xF3FE_CC3F),
        "APB1SMENR2": Register(0x7C, 0x0000_0023),
        "APB2SMENR": Register(0x80, 0x0167_7801),
        "CCIPR": Register(0x88),
        "BDCR": Register(0x90, writable_mask=0x0301_837D),
        "CSR": Register(0x94, 0x0C00_0600, writable_mask=0x0080_0F11),
        "CRRCR": Register(0x98, writable_mask=0x0000_0001),
        "CCIPR2": Register(0x9C),
        "DLYCFGR": Register(0xA4),
    }

    def ready_bits(self) -> tuple[tuple[str, int, int, bool], ...]:
        """RM0432 6.4.1, 6.4.28 to 6.4.30."""
        pll_input_exists = self._pll_input_hz() > 0
        return (
            ("CR", _MSION, _MSIRDY, True),
            ("CR", _HSION, _HSIRDY, True),
            ("CR", _HSEON, _HSERDY, self.hse_hz > 0),
            ("CR", _PLLON, _PLLRDY, pll_input_exists),
            ("CR", 1 << 26, 1 << 27, pll_input_exists),  # PLLSAI1
            ("CR", 1 << 28, 1 << 29, pll_input_exists),  # PLLSAI2
            ("BDCR", 1 << 0, 1 << 1, self.lse_hz > 0),
            ("CSR", 1 << 0, 1 << 1, True),  # LSI
            ("CRRCR", 1 << 0, 1 << 1, True),  # HSI48
        )

    def source_hz(self, switch: int) -> int:
        """SW: MSI, HSI16, HSE, PLL output R (RM0432 6.4.3)."""
        control = self.values["CR"]
        if switch == 0:
            return self._msi_hz() if control & _MSIRDY else 0
        if switch == 1:
            return HSI16_HZ if control & _HSIRDY else 0
        if switch == 2:
            return self.hse_hz if control & _HSERDY else 0
        plan = self.values["PLLCFGR"]
        if not control & _PLLRDY or not plan & _PLLREN:
            return 0
        divider = ((plan >> 4 & 0xF) + 1) * 2 * ((plan >> 25 & 0b11) + 1)
        return self._pll_input_hz() * (plan >> 8 & 0x7F) // divider

    def oscillator_hz(self, name: str) -> int:
        """Output P of the PLLs, the clock of SAI (RM0351 6.4.4 to 6.4.6; CMSIS stm32l476xx.h, stm32l4r5xx.h)."""
        if name not in _AUDIO_PLLS:
            return super().oscillator_hz(name)
        register, ready_mask = _AUDIO_PLLS[name]
        plan = self.values.get(register, 0)
        if not self.values["CR"] & ready_mask or not plan & _PLLPEN:
            return 0
        m_plan = plan if self.bool_option("plls_have_m") else self.values["PLLCFGR"]
        p_divider = plan >> 27 or (17 if plan & 1 << 17 else 7)
        return self._pll_input_hz() * (plan >> 8 & 0x7F) // (((m_plan >> 4 & 0xF) + 1) * p_divider)

    def _msi_hz(self) -> int:
        control = self.values["CR"]
        # MSIRGSEL says whether CR.MSIRANGE or, as after reset, CSR.MSISRANGE counts (RM0432 6.4.1).
        index = control >> 4 & 0xF if control & _MSIRGSEL else self.values["CSR"] >> 8 & 0xF
        return _MSI_KHZ[min(index, len(_MSI_KHZ) - 1)] * 1000

    def _pll_input_hz(self) -> int:
        control = self.values["CR"]
        running_hz = (
            0,
            self._msi_hz() if control & _MSION else 0,
            HSI16_HZ if control & _HSION else 0,
            self.hse_hz if control & _HSEON else 0,
        )
        return running_hz[self.values["PLLCFGR"] & 0b11]


class Stm32G4Rcc(Stm32L4Rcc):
    """The STM32G4 has no MSI and starts from HSI16 (RM0440, RCC_CR and RCC_CFGR; CMSIS stm32g474xx.h)."""

    FAMILY = "stm32g4"
    WAKE_CLOCKS = ((1, _HSION),)
    WAKE_SELECTION_SHIFT = -1
    # Reset values: ST's SVD file of the STM32G474, but for CR, where that file repeats the STM32L4's MSI bits.
    REGISTERS: ClassVar[dict[str, Register]] = {
        **{name: each for name, each in Stm32L4Rcc.REGISTERS.items() if name not in _NOT_ON_G4},
        "CR": Register(0x00, _HSION | _HSIRDY, writable_mask=0x010D_0300),
        "CFGR": Register(0x08, 0x0000_0005, writable_mask=0x7F00_3FF3),
        "PLLCFGR": Register(0x0C, 0x0000_1000, writable_mask=0xFF73_7FF3),
        "CSR": Register(0x94, 0x0C00_0000, writable_mask=0x0080_0001),
    }

    def ready_bits(self) -> tuple[tuple[str, int, int, bool], ...]:
        """RM0440, RCC_CR: neither MSI nor PLLs for audio."""
        return tuple(each for each in super().ready_bits() if each[0] != "CR" or each[1] in _G4_ENABLES)

    def source_hz(self, switch: int) -> int:
        """SW: nothing, HSI16, HSE, PLL output R (RM0440, RCC_CFGR)."""
        return super().source_hz(switch) if switch else 0
