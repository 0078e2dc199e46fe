"""Power controllers of the STM32U5 (RM0456) and U3 (RM0487): voltage scaling, booster and regulator choice.

Not modelled: voltage detectors, wake-up pins, pull-up settings (remembered). What is asked for is
ready at once.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, command, read_only
from mcusim.machine.devices.stm32.low_power import PowerController

_REGSEL = _REGS = 1 << 1
_VOSRDY, _VOS_MASK = 1 << 15, 0b11 << 16
_R1EN = 1 << 0  # of the U3
_DOMAINS_READY = 0b1111 << 24  # VDDUSB, VDDIO2, VDDA1, VDDA2 are above their thresholds
_COMMON = {
    "CR1": Register(0x00),
    "CR2": Register(0x04),
    "CR3": Register(0x08),
    "SVMCR": Register(0x10),
    "WUCR1": Register(0x14),
    "WUCR2": Register(0x18),
    "WUCR3": Register(0x1C),
    "BDCR1": Register(0x20),
    "BDCR2": Register(0x24),
    "DBPR": Register(0x28, writable_mask=0b1),
    "UCPDR": Register(0x2C),
    "SECCFGR": Register(0x30),
    "PRIVCFGR": Register(0x34),
    "SR": Register(0x38, writable_mask=0),
    "SVMSR": read_only(0x3C),
    "BDSR": read_only(0x40),
    "WUSR": read_only(0x44),
    "WUSCR": command(0x48),
    "APCR": Register(0x4C),
    **{f"PULL_{offset:02X}": Register(offset) for offset in range(0x50, 0x98, 4)},  # PUCRA, PDCRA …
}


class Stm32U5Pwr(PowerController):
    """VOSR and SVMSR answer what firmware asked for (CMSIS stm32u575xx.h; reset values: ST's SVD file)."""

    MODE_FIELD = ("CR1", 0, 0b111)
    STANDBY_MODES = (4, 5, 6, 7)  # LPMS
    FLAGS_REGISTER = "SR"
    STOP_FLAG = 1 << 1  # STOPF
    STANDBY_FLAG = 1 << 2  # SBF
    CLEAR = ("SR", 1 << 0)  # CSSF
    MODE_NAMES = (
        "stop0",
        "stop1",
        "stop2",
        "stop3",
        "standby",
        "standby",
        "shutdown",
    )  # ST's stm32u5xx_hal_pwr_ex.c

    READY_BITS: ClassVar[tuple[tuple[int, int], ...]] = ((1 << 18, 1 << 14),)
    """Of VOSR: (enable, ready). BOOSTEN, BOOSTRDY."""
    ALWAYS_READY_MASK: ClassVar[int] = _VOSRDY
    REGISTERS: ClassVar[dict[str, Register]] = {
        **_COMMON,
        "VOSR": Register(0x0C, _VOSRDY, writable_mask=0x0007_0000),
    }

    def regulator(self) -> str:
        """REGSEL (PWR_LDO_SUPPLY and PWR_SMPS_SUPPLY of ST's driver)."""
        return "smps" if self.values["CR3"] & _REGSEL else "ldo"

    def voltage_range(self) -> str:
        """VOS 3 is range 1, VOS 0 range 4 (PWR_REGULATOR_VOLTAGE_SCALE1-4 of ST's driver)."""
        return f"range{4 - ((self.values['VOSR'] & _VOS_MASK) >> 16)}"

    def load(self, name: str) -> int:
        """Status registers are made of the control registers."""
        value = super().load(name)
        if name == "VOSR":
            for enable_mask, ready_mask in self.READY_BITS:
                value = value | ready_mask if value & enable_mask else value & ~ready_mask
            return value | self.ALWAYS_READY_MASK
        if name == "SVMSR":
            return _DOMAINS_READY | self.voltage_status() | (_REGS if self.values["CR3"] & _REGSEL else 0)
        return value

    def voltage_status(self) -> int:
        """The bits of SVMSR that show the voltage range in use: ACTVOS as VOS, ACTVOSRDY."""
        return _VOSRDY | (self.values["VOSR"] & _VOS_MASK)


class Stm32U3Pwr(Stm32U5Pwr):
    """The voltage ranges have an enable and a ready bit each (RM0487, PWR_VOSR)."""

    READY_BITS = ((1 << 0, 1 << 16), (1 << 1, 1 << 17), (1 << 8, 1 << 24))  # R1, R2, BOOST
    ALWAYS_READY_MASK = 0
    REGISTERS: ClassVar[dict[str, Register]] = {
        **_COMMON,
        "VOSR": Register(0x0C, 0x0002_0002, writable_mask=0x0000_0103),
    }

    def voltage_range(self) -> str:
        """Range 1 while R1EN asks for it."""
        return "range1" if self.values["VOSR"] & _R1EN else "range2"

    def voltage_status(self) -> int:
        """SVMSR does not repeat the range."""
        return 0
