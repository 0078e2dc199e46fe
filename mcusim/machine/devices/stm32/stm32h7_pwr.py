"""Power controller of the STM32H74x/75x and H7A3/H7Bx (RM0433 rev 8, 6.8; RM0455 rev 10, 6.8).

Not modelled: voltage detectors, the backup domain. Regulators and voltage scaling are
ready at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, read_only
from mcusim.machine.devices.stm32.low_power import PowerController

if TYPE_CHECKING:
    from collections.abc import Mapping

_VOS_SHIFT = 14
_VOS_MASK = 0b11 << _VOS_SHIFT
_VOSRDY = 1 << 13  # ACTVOSRDY in CSR1, VOSRDY in D3CR
_BREN, _BRRDY = 1 << 0, 1 << 16
_USB33DEN, _USB33RDY = 1 << 24, 1 << 26
_SMPSEXTHP, _SMPSEXTRDY = 1 << 3, 1 << 16


class Stm32H7Pwr(PowerController):
    """The scale that D3CR asks for (SRDCR on the H7A3) is active; option `vos_reset` (H74x: 1, H7A3: 0)."""

    MODE_FIELD = ("CPUCR", 0, 0b111)
    STANDBY_MODES = (0b111,)  # PDDS of all domains
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
