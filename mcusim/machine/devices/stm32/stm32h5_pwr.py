"""Power controller of the STM32H5 (RM0481, PWR; CMSIS stm32h563xx.h).

Not modelled: voltage detectors, the backup domain. Voltage scaling is done at once. Reset values are
those of the manual as recalled.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, command, read_only
from mcusim.machine.devices.stm32.low_power import PowerController

_VOS_SHIFT, _ACTVOS_SHIFT = 4, 14
_VOSRDY = 1 << 3 | 1 << 13  # VOSRDY, ACTVOSRDY
_BREN, _BRRDY = 1 << 0, 1 << 16
_DOMAINS_READY = 1 << 20 | 1 << 24  # VDDIO2RDY, USB33RDY
_LDOEN, _SMPSEN = 1 << 8, 1 << 9
STOP_SCALES = ("stop-svos3", "stop-svos5", "stop-svos4", "stop-svos3")  # by SVOS; 0: reserved


class Stm32H5Pwr(PowerController):
    """The scale that VOSCR asks for is active."""

    MODE_FIELD = ("PMCR", 0, 0b1)  # LPMS
    STANDBY_MODES = (1,)
    FLAGS_REGISTER = "PMSR"
    STOP_FLAG = 1 << 5  # STOPF
    STANDBY_FLAG = 1 << 6  # SBF
    CLEAR = ("PMCR", 1 << 7)  # CSSF

    REGISTERS: ClassVar[dict[str, Register]] = {
        "PMCR": Register(0x00),
        "PMSR": read_only(0x04),
        "VOSCR": Register(0x10, writable_mask=0b11 << _VOS_SHIFT),
        "VOSSR": read_only(0x14),
        "BDCR": Register(0x20),
        "DBPCR": Register(0x24, writable_mask=0b1),
        "BDSR": read_only(0x28),
        "UCPDR": Register(0x2C),
        "SCCR": Register(0x30, _LDOEN, writable_mask=0x0000_0301),
        "VMCR": Register(0x34),
        "USBSCR": Register(0x38),
        "VMSR": read_only(0x3C, _DOMAINS_READY),
        "WUSCR": command(0x40),
        "WUSR": read_only(0x44),
        "WUCR": Register(0x48),
        "IORETR": Register(0x50),
        "SECCFGR": Register(0x100),
        "PRIVCFGR": Register(0x104),
    }

    def mode_name(self) -> str:
        """SVOS chooses the voltage scale of Stop (PWR_REGULATOR_SVOS_… of ST's driver)."""
        return "standby" if self.mode else STOP_SCALES[self.values["PMCR"] >> 2 & 0b11]

    def voltage_range(self) -> str:
        """VOS 3 is scale 0 (PWR_REGULATOR_VOLTAGE_SCALE0-3 of ST's driver)."""
        return f"vos{3 - (self.values['VOSCR'] >> _VOS_SHIFT & 0b11)}"

    def regulator(self) -> str:
        """SCCR shows which one the package has connected."""
        return "smps" if self.values["SCCR"] & _SMPSEN else "ldo"

    def load(self, name: str) -> int:
        """Status follows what was asked for."""
        if name == "VOSSR":
            scale = self.values["VOSCR"] >> _VOS_SHIFT & 0b11
            return _VOSRDY | scale << _ACTVOS_SHIFT
        if name == "BDSR":
            return _BRRDY if self.values["BDCR"] & _BREN else 0
        return super().load(name)
