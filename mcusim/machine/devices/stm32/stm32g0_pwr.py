"""Power controller of the STM32G0 (RM0444, PWR; CMSIS stm32g0b1xx.h).

Not modelled: voltage detectors, pull-up settings (remembered). Voltage scaling is done at once: VOSF
and REGLPF always read 0.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, command, read_only
from mcusim.machine.devices.stm32.low_power import PowerController


class Stm32G0Pwr(PowerController):
    """CR1.VOS as written; status says that flash and regulator are ready."""

    MODE_FIELD = ("CR1", 0, 0b111)
    STANDBY_MODES = (3, 4, 5, 6, 7)  # LPMS
    FLAGS_REGISTER = "SR1"
    STANDBY_FLAG = 1 << 8  # SBF
    CLEAR = ("SCR", 1 << 8)  # CSBF
    MODE_NAMES = (
        "stop0",
        "stop1",
        "stop1",
        "standby",
        "shutdown",
    )  # stm32g0xx_hal_pwr.h, LPMS; 2 is reserved

    # Reset values: ST's SVD file of the STM32G0B1; SR2: FLASH_RDY and REGLPS.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR1": Register(0x00, 0x0000_0208, writable_mask=0x0000_473F),
        "CR2": Register(0x04),
        "CR3": Register(0x08, 0x0000_8000),
        "CR4": Register(0x0C),
        "SR1": read_only(0x10),
        "SR2": read_only(0x14, 0x0000_0180),
        "SCR": command(0x18),
        **{f"PULL_{offset:02X}": Register(offset) for offset in range(0x20, 0x50, 4)},  # PUCRA … PDCRF
    }

    def voltage_range(self) -> str:
        """VOS: 1 and 2 are the ranges (PWR_REGULATOR_VOLTAGE_SCALE1 and 2 of ST's driver)."""
        return "range2" if self.values["CR1"] >> 9 & 0b11 == 0b10 else "range1"
