"""Power controller of the STM32H74x/75x and H7A3/H7Bx (RM0433 rev 8, 6.8; RM0455 rev 10, 6.8).

Not modelled: voltage detectors, the backup domain. Regulators and voltage scaling are
ready at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, read_only
from mcusim.machine.devices.stm32.low_power import PowerController
from mcusim.machine.devices.stm32.stm32h5_pwr import STOP_SCALES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_VOS_SHIFT = 14
_VOS_MASK = 0b11 << _VOS_SHIFT
_VOSRDY = 1 << 13  # ACTVOSRDY in CSR1, VOSRDY in D3CR
_BREN, _BRRDY = 1 << 0, 1 << 16
_USB33DEN, _USB33RDY = 1 << 24, 1 << 26
_SMPSEXTHP, _SMPSEXTRDY = 1 << 3, 1 << 16
_BYPASS, _LDOEN, _SMPSEN = 1 << 0, 1 << 1, 1 << 2  # CR3; without a converter bit 2 is SCUEN
_PDDS_SRD, _ALL_OFF = 0b100, 0b111  # CPUCR: RETDS_CD and PDDS_SRD of the H7A3; PDDS_D1, _D2, _D3 of the H74x
OVERDRIVE_LINE = "overdrive"
"""Driven by SYSCFG_PWRCR.ODEN, which makes scale 0 of scale 1 on the H74x."""


class Stm32H7Pwr(PowerController):
    """The scale that D3CR asks for (SRDCR on the H7A3) is active.

    Options: `vos_reset` (H74x: 1, H7A3: 0); `has_smps`: the package has a step-down converter for the core.
    """

    MODE_FIELD = ("CPUCR", 0, 0b111)
    FLAGS_REGISTER = "CPUCR"
    STOP_FLAG = 1 << 5  # STOPF
    STANDBY_FLAG = 1 << 6  # SBF
    CLEAR = ("CPUCR", 1 << 9)  # CSSF

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR1": Register(0x00, 0xF000_C000),
        "CSR1": read_only(0x04),
        "CR2": Register(0x08, writable_mask=0x0000_0011),
        "CR3": Register(0x0C, 0x0000_0006, writable_mask=0x0300_033F),
        "CPUCR": Register(0x10, writable_mask=0x0000_0A07),
        "WKUPCR": Register(0x20, writable_mask=0),
        "WKUPFR": read_only(0x24),
        "WKUPEPR": Register(0x28, writable_mask=0x0FFF_3F3F),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._is_h7a3 = self.int_option("vos_reset", 1) == 0
        self._has_smps = self.bool_option("has_smps")
        self._is_overdriven = False
        host.power_net.listen_line(OVERDRIVE_LINE, self._overdrive)

    def is_standby(self) -> bool:
        """All domains go to Standby (HAL_PWR_EnterSTANDBYMode)."""
        return bool(self.mode & _PDDS_SRD) if self._is_h7a3 else self.mode == _ALL_OFF

    def mode_name(self) -> str:
        """SVOS chooses the voltage scale of Stop (PWR_REGULATOR_SVOS_… of ST's driver)."""
        return "standby" if self.is_standby() else STOP_SCALES[self.values["CR1"] >> 14 & 0b11]

    def voltage_range(self) -> str:
        """VOS 3 is scale 0 on the H7A3; on the H74x it is scale 1, and scale 0 with over-drive (ST's driver)."""
        scale = 3 - (self.values["D3CR"] >> _VOS_SHIFT & 0b11)
        if self._is_h7a3 or (scale == 0 and self._is_overdriven):
            return f"vos{scale}"
        return f"vos{min(scale + 1, 3)}"

    def regulator(self) -> str:
        """What CR3 leaves on; after reset both are, and it is not known what supplies the core."""
        control = self.values["CR3"]
        if not self._has_smps or not control & _SMPSEN:
            return "ldo" if control & _LDOEN else ""
        return "smps" if not control & (_LDOEN | _BYPASS) else ""

    def _overdrive(self, is_on: bool) -> None:
        self._is_overdriven = is_on
        self.tell_supply()

    def register_table(self) -> Mapping[str, Register]:
        """The voltage scale after reset depends on the part."""
        reset_value = self.int_option("vos_reset", 1) << _VOS_SHIFT
        return {**self.REGISTERS, "D3CR": Register(0x18, reset_value, writable_mask=_VOS_MASK)}

    def load(self, name: str) -> int:
        """Status bits follow what was asked for."""
        value = super().load(name)
        if name == "D3CR":
            return value | _VOSRDY
        if name == "CSR1":
            return (self.values["D3CR"] & _VOS_MASK) | _VOSRDY
        if name == "CR2":
            return value | (_BRRDY if value & _BREN else 0)
        if name == "CR3":
            value |= _USB33RDY if value & _USB33DEN else 0
            return value | (_SMPSEXTRDY if value & _SMPSEXTHP else 0)
        return value
