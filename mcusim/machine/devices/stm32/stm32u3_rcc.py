"""Reset and clock control of the STM32U375 and U385 (RM0487, RCC); limits: see stm32_rcc.py.

CFGR1 is called CFGR here. There is no PLL: MSIRC0 makes 96 MHz. Locking an MSI to LSE or HSE reports ready and changes
no frequency (the chip's is 0.01 % off then).
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register
from mcusim.machine.devices.stm32.stm32_rcc import HSI16_HZ
from mcusim.machine.devices.stm32.stm32u5_rcc import PRESCALERS, Stm32U5Rcc

_MSISON, _MSISRDY, _HSIRDY, _HSERDY = 1 << 0, 1 << 2, 1 << 13, 1 << 17
_MSISSEL, _MSIRGSEL = 1 << 31, 1 << 23
_MSIRC0_HZ, _MSIRC1_HZ = 96_000_000, 24_000_000
_ENABLES = {
    "AHB1ENR1": Register(0x88, 0x8000_0100),
    "AHB2ENR1": Register(0x8C, 0x4000_0000),
    "AHB2ENR2": Register(0x90),
    "AHB1ENR2": Register(0x94),
    "APB1ENR1": Register(0x9C),
    "APB1ENR2": Register(0xA0),
    "APB2ENR": Register(0xA4),
    "APB3ENR": Register(0xA8),
}


class Stm32U3Rcc(Stm32U5Rcc):
    """MSIS, HSI16 and HSE can be the system clock; the prescalers are the U5's."""

    FAMILY = "stm32u3"
    WAKE_CLOCKS = ((0, _MSISON), (1, 1 << 11))
    STOPPED_MASK = 1 << 16 | 1 << 14
    LSI_READY = ("CSR", 1 << 1)
    # Offsets and bits as ST's SVD file of the series has them. Reset values: MSIS and MSIK on, MSIRC1 / 2 (12 MHz);
    # those of the enable registers (memories on) are assumed.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR": Register(0x00, 0x0000_001D, writable_mask=0x001D_59EB),
        "ICSCR1": Register(0x08, 0xB400_0000),
        "CFGR": Register(0x1C, writable_mask=0x7F7F_0033),
        **PRESCALERS,
        "CFGR4": Register(0x28),
        "CIER": Register(0x50),
        "CIFR": Register(0x54, writable_mask=0),
        "CICR": Register(0x58, writable_mask=0),
        **{f"RSTR_{offset:02X}": Register(offset) for offset in (0x60, 0x64, 0x68, 0x74, 0x78, 0x7C, 0x80)},
        **_ENABLES,
        "CCIPR1": Register(0x100),
        "CCIPR2": Register(0x104),
        "CCIPR3": Register(0x108),
        "BDCR": Register(0x110, writable_mask=0x0301_93BD),
        "CSR": Register(0x114, 0x0C00_1100, writable_mask=0x0080_3305),
        "SECCFGR": Register(0x130),
        "PRIVCFGR": Register(0x134),
    }

    def ready_bits(self) -> tuple[tuple[str, int, int, bool], ...]:
        """RM0487, RCC_CR, RCC_BDCR and RCC_CSR."""
        selection = self.values["ICSCR1"]
        return (
            ("CR", _MSISON, _MSISRDY, True),
            ("CR", 1 << 3, 1 << 4, True),  # MSIK
            ("CR", 1 << 5, 1 << 9, self._reference_hz(selection >> 20) > 0),  # MSIPLL1
            ("CR", 1 << 6, 1 << 10, self._reference_hz(selection >> 21) > 0),  # MSIPLL0
            ("CR", 1 << 11, _HSIRDY, True),
            ("CR", 1 << 14, 1 << 15, True),  # HSI48
            ("CR", 1 << 16, _HSERDY, self.hse_hz > 0),
            ("BDCR", 1 << 0, 1 << 1, self.lse_hz > 0),
            ("BDCR", 1 << 7, 1 << 11, self.lse_hz > 0),  # LSESYS
            ("CSR", 1 << 0, 1 << 1, True),  # LSI
        )

    def source_hz(self, switch: int) -> int:
        """SW: MSIS, HSI16, HSE (RM0487, RCC_CFGR1)."""
        control = self.values["CR"]
        if switch == 0:
            return self._msis_hz() if control & _MSISRDY else 0
        if switch == 1:
            return HSI16_HZ if control & _HSIRDY else 0
        return self.hse_hz if switch == 2 and control & _HSERDY else 0

    def _msis_hz(self) -> int:
        # MSIRGSEL says whether ICSCR1 (MSISSEL, MSISDIV) or, as after reset, CSR.MSISDIVS counts.
        selection = self.values["ICSCR1"]
        if not selection & _MSIRGSEL:
            return _MSIRC1_HZ >> (self.values["CSR"] >> 12 & 0b11)
        return (_MSIRC1_HZ if selection & _MSISSEL else _MSIRC0_HZ) >> (selection >> 29 & 0b11)

    def _reference_hz(self, selection: int) -> int:
        return self.hse_hz if selection & 1 else self.lse_hz
