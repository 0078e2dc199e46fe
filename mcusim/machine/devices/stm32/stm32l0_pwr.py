"""Power controller of the STM32L0 (RM0367, chapter 6; fields as in ST's stm32l053xx.h).

Not modelled: the voltage detector. A new voltage range is there at once: VOSF reads 0.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register
from mcusim.machine.devices.stm32.low_power import PowerController, regulator_stop_name

_VREFINTRDYF = 1 << 3


class Stm32L0Pwr(PowerController):
    """CR.VOS as written; status says that everything is settled."""

    MODE_FIELD = ("CR", 1, 1)  # PDDS
    STANDBY_MODES = (1,)
    FLAGS_REGISTER = "CSR"
    STANDBY_FLAG = 1 << 1  # SBF
    CLEAR = ("CR", 1 << 3)  # CSBF

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR": Register(0x00, 0x0000_1000, writable_mask=0x0000_7FF3),
        "CSR": Register(0x04, _VREFINTRDYF, writable_mask=0x0000_0700),
    }

    def mode_name(self) -> str:
        """LPSDSR chooses between the kinds of Stop."""
        return regulator_stop_name(self.values["CR"])

    def voltage_range(self) -> str:
        """VOS: 1, 2 and 3 are the ranges (CMSIS PWR_CR_VOS; 0 leaves range 1)."""
        return f"range{self.values['CR'] >> 11 & 0b11 or 1}"
