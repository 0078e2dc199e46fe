"""Subsystem resets of the RP2040 (datasheet section 2.14). A peripheral held in reset still answers."""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register, read_only

_SUBSYSTEMS_MASK = 0x01FF_FFFF


class Rp2040Resets(Rp2040Device):
    """A subsystem is ready as soon as it is released."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "RESET": Register(0x0, _SUBSYSTEMS_MASK, writable_mask=_SUBSYSTEMS_MASK),
        "WDSEL": Register(0x4, writable_mask=_SUBSYSTEMS_MASK),
        "RESET_DONE": read_only(0x8),
    }

    def load(self, name: str) -> int:
        """RESET_DONE is the complement of RESET."""
        return ~self.values["RESET"] & _SUBSYSTEMS_MASK if name == "RESET_DONE" else super().load(name)
