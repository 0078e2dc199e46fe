"""Power-on state machine of the RP2040 (datasheet section 2.13). Blocks are not really held."""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register, read_only

_BLOCKS_MASK = 0x0001_FFFF


class Rp2040Psm(Rp2040Device):
    """Every block that is not forced off is done."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "FRCE_ON": Register(0x0, writable_mask=_BLOCKS_MASK),
        "FRCE_OFF": Register(0x4, writable_mask=_BLOCKS_MASK),
        "WDSEL": Register(0x8, writable_mask=_BLOCKS_MASK),
        "DONE": read_only(0xC),
    }

    def load(self, name: str) -> int:
        """DONE follows FRCE_OFF."""
        return ~self.values["FRCE_OFF"] & _BLOCKS_MASK if name == "DONE" else super().load(name)
