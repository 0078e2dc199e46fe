"""Power controller of the STM32F7 (RM0385 rev 8, section 4.4); limits: see stm32f4_pwr.py."""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register
from mcusim.machine.devices.stm32.stm32f4_pwr import Stm32F4Pwr


class Stm32F7Pwr(Stm32F4Pwr):
    """CR1 and CSR1 are the F4's CR and CSR; CR2 and CSR2 hold wake-up pins."""

    MODE_FIELD = ("CR1", 1, 1)  # PDDS
    FLAGS_REGISTER = "CSR1"
    CLEAR = ("CR1", 1 << 3)  # CSBF
    CONTROL = "CR1"
    STATUS = "CSR1"
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR1": Register(0x00, 0x0000_C000, writable_mask=0x000F_EFFB),
        "CSR1": Register(0x04, writable_mask=0x0000_0300),
        "CR2": Register(0x08, writable_mask=0x0000_3F00),
        "CSR2": Register(0x0C, writable_mask=0x0000_3F00),
    }
