"""Power controller of the STM32L4+ (RM0432 rev 9, section 5.4).

Not modelled: voltage detectors, pull-up settings (remembered). Voltage
scaling is done at once: VOSF and REGLPF always read 0.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, command, read_only
from mcusim.machine.devices.stm32.low_power import PowerController

_R1MODE = 1 << 8  # 0: boost. Parts without it keep the reset value
_PULL_OFFSETS = range(0x20, 0x6C, 4)  # PUCRA, PDCRA ... PUCRI, PDCRI


class Stm32L4Pwr(PowerController):
    """CR1.VOS and CR5.R1MODE as written; status says that the regulator is settled."""

    MODE_FIELD = ("CR1", 0, 0b111)
    STANDBY_MODES = (3, 4, 5, 6, 7)  # LPMS
    FLAGS_REGISTER = "SR1"
    STANDBY_FLAG = 1 << 8  # SBF
    CLEAR = ("SCR", 1 << 8)  # CSBF
    MODE_NAMES = ("stop0", "stop1", "stop2", "standby", "shutdown")  # CMSIS PWR_CR1_LPMS_…

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR1": Register(0x00, 0x0000_0200, writable_mask=0x0000_471F),
        "CR2": Register(0x04, writable_mask=0x0000_06FF),
        "CR3": Register(0x08, 0x0000_8000),
        "CR4": Register(0x0C),
        "SR1": read_only(0x10),
        "SR2": read_only(0x14, 0x0000_0100),  # REGLPS: the low-power regulator is ready
        "SCR": command(0x18),
        **{f"PULL_{offset:02X}": Register(offset) for offset in _PULL_OFFSETS},
        "CR5": Register(0x80, _R1MODE, writable_mask=_R1MODE),
    }

    def voltage_range(self) -> str:
        """VOS, and in range 1 whether R1MODE boosts (PWR_REGULATOR_VOLTAGE_SCALE… of ST's L4 and G4 drivers)."""
        if self.values["CR1"] >> 9 & 0b11 == 0b10:
            return "range2"
        return "range1" if self.values["CR5"] & _R1MODE else "range1-boost"
