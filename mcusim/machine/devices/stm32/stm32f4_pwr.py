"""Power controller of the STM32F4 (RM0390 rev 6, section 5.4, of the STM32F446).

The voltage scale is 3 while the PLL is off, whatever VOS holds (ST's stm32f4xx_hal_pwr_ex.c), on parts with three
scales. The STM32F405 and F407 have two and one VOS bit (CMSIS stm32f407xx.h). Not modelled: voltage detectors, the
backup domain, under-drive (Stop with it counts as Stop with flash in power-down). The regulator and the over-drive are
ready at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register
from mcusim.machine.devices.stm32.low_power import PowerController, regulator_stop_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_OVERDRIVE_MASK = 0b11 << 16  # CR: ODEN, ODSWEN; CSR: ODRDY, ODSWRDY at the same places
_BRE, _BRR = 1 << 9, 1 << 3
_VOSRDY = 1 << 14
_VOS_SHIFT, _VOS_MASK, _ONE_VOS_MASK = 14, 0b11 << 14, 0b01 << 14  # of the control register
_FPDS = 1 << 9
_SCALES = (
    "scale3",
    "scale3",
    "scale2",
    "scale1",
)  # PWR_REGULATOR_VOLTAGE_SCALE1-3 of ST's driver; 0: reserved


class Stm32F4Pwr(PowerController):
    """Ready bits follow their enable bits.

    Options: `vos_reset`, the value of VOS after reset, 3 unless given; `has_one_vos_bit`, for parts with two scales.
    """

    MODE_FIELD: ClassVar[tuple[str, int, int]] = ("CR", 1, 1)  # PDDS
    FLAGS_REGISTER: ClassVar[str] = "CSR"
    STANDBY_FLAG = 1 << 1  # SBF
    CLEAR: ClassVar[tuple[str, int]] = ("CR", 1 << 3)  # CSBF
    CONTROL: ClassVar[str] = "CR"
    STATUS: ClassVar[str] = "CSR"
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR": Register(0x00, 0x0000_C000, writable_mask=0x003F_EFF3),
        "CSR": Register(0x04, writable_mask=0x0000_0380),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        host.clock_net.listen(self.tell_supply)

    def mode_name(self) -> str:
        """LPDS and FPDS choose between the kinds of Stop."""
        return regulator_stop_name(self.values[self.CONTROL], _FPDS)

    def voltage_range(self) -> str:
        """VOS; with three scales only while the PLL runs."""
        if self.bool_option("has_one_vos_bit"):
            return "scale1" if self.values[self.CONTROL] & _ONE_VOS_MASK else "scale2"
        if not self.host.clock_net.clock_hz("pll"):
            return "scale3"
        return _SCALES[(self.values[self.CONTROL] & _VOS_MASK) >> _VOS_SHIFT]

    def register_table(self) -> Mapping[str, Register]:
        """The voltage scale after reset depends on the part."""
        control = self.REGISTERS[self.CONTROL]
        default = (control.reset_value & _VOS_MASK) >> _VOS_SHIFT
        scale = self.int_option("vos_reset", default) << _VOS_SHIFT
        reset_value = (control.reset_value & ~_VOS_MASK) | scale
        return {**self.REGISTERS, self.CONTROL: replace(control, reset_value=reset_value)}

    def load(self, name: str) -> int:
        """The status is made of what the control register and its own enable bits ask for."""
        value = super().load(name)
        if name != self.STATUS:
            return value
        value |= _VOSRDY | (self.values[self.CONTROL] & _OVERDRIVE_MASK)
        return value | (_BRR if value & _BRE else 0)


class Stm32F1Pwr(Stm32F4Pwr):
    """No voltage scaling (RM0008, PWR; the F0 and F3 alike: CMSIS stm32f072xb.h, stm32f303xe.h)."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR": Register(0x00, writable_mask=0x0000_01F3),
        "CSR": Register(0x04, writable_mask=0x0000_0700),
    }

    def register_table(self) -> Mapping[str, Register]:
        """As it is."""
        return self.REGISTERS

    def mode_name(self) -> str:
        """LPDS chooses between the kinds of Stop."""
        return regulator_stop_name(self.values[self.CONTROL])

    def voltage_range(self) -> str:
        """There is one."""
        return ""

    def load(self, name: str) -> int:
        """Only the flags of the modes."""
        return PowerController.load(self, name)
