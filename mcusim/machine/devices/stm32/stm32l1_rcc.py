"""Reset and clock control of the STM32L1 (RM0038, chapter 6); limits: see stm32_rcc.py.

Registers and fields as in ST's stm32l100xc.h, reset values as in ST's SVD file of the STM32L100.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register
from mcusim.machine.devices.stm32.stm32_rcc import HSI16_HZ
from mcusim.machine.devices.stm32.stm32l0_rcc import Stm32L0Rcc

_HSION, _HSIRDY = 1 << 0, 1 << 1


class Stm32L1Rcc(Stm32L0Rcc):
    """The clocks of the STM32L0 without a divider of HSI; other places of the registers."""

    FAMILY = "stm32l1"
    WAKE_CLOCKS = ((0, 1 << 8),)  # MSI
    WAKE_SELECTION_SHIFT = -1
    REMOVE_RESET_FLAGS_MASK = 1 << 24
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR": Register(0x00, 0x0000_0300, writable_mask=0x7105_0101),
        "ICSCR": Register(0x04, 0x0000_B000),
        "CFGR": Register(0x08, writable_mask=0x77FD_3FF3),
        "CIR": Register(0x0C, writable_mask=0x0000_3F00),
        "AHBRSTR": Register(0x10),
        "APB2RSTR": Register(0x14),
        "APB1RSTR": Register(0x18),
        "AHBENR": Register(0x1C, 0x0000_8000),
        "APB2ENR": Register(0x20),
        "APB1ENR": Register(0x24),
        "AHBLPENR": Register(0x28, 0x0101_903F),
        "APB2LPENR": Register(0x2C),
        "APB1LPENR": Register(0x30),
        "CSR": Register(0x34, 0x0C00_0000, writable_mask=0x01C3_1501),
    }

    def ready_bits(self) -> tuple[tuple[str, int, int, bool], ...]:
        """RM0038 6.3.1 and 6.3.14: HSI is ready in another bit than on the STM32L0."""
        others = [
            each for each in super().ready_bits() if each[0] != "CRRCR" and each[1:3] not in _L0_HSI_BITS
        ]
        return ("CR", _HSION, _HSIRDY, True), *others

    def source_hz(self, switch: int) -> int:
        """SW: MSI, HSI, HSE, PLL (RM0038 6.3.3)."""
        if switch == 1:
            return HSI16_HZ if self.values["CR"] & _HSIRDY else 0
        return super().source_hz(switch)


_L0_HSI_BITS = (
    (1 << 0, 1 << 2),
    (1 << 3, 1 << 4),
)  # HSI16, and its divider, where CR of the STM32L0 has them
