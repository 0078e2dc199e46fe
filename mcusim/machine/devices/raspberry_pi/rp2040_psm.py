"""Power-on state machine of the RP2040 (datasheet section 2.13). Blocks are not really held."""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.raspberry_pi.absent_core1 import RESET_LINE
from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register, read_only

_BLOCKS_MASK = 0x0001_FFFF


def psm_registers(blocks_mask: int) -> dict[str, Register]:
    """The table for a chip with these blocks."""
    return {
        "FRCE_ON": Register(0x0, writable_mask=blocks_mask),
        "FRCE_OFF": Register(0x4, writable_mask=blocks_mask),
        "WDSEL": Register(0x8, writable_mask=blocks_mask),
        "DONE": read_only(0xC),
    }


class Rp2040Psm(Rp2040Device):
    """Every block that is not forced off is done; core 1 is told when it comes out of its reset."""

    CORE_1: ClassVar[int] = 1 << 16
    _is_core_1_held: bool = False
    BLOCKS_MASK: ClassVar[int] = _BLOCKS_MASK
    REGISTERS: ClassVar[dict[str, Register]] = psm_registers(_BLOCKS_MASK)

    def load(self, name: str) -> int:
        """DONE follows FRCE_OFF."""
        return ~self.values["FRCE_OFF"] & self.BLOCKS_MASK if name == "DONE" else super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """FRCE_OFF holds core 1 in reset."""
        if name == "FRCE_OFF":
            is_held = bool(self.values["FRCE_OFF"] & self.CORE_1)
            if self._is_core_1_held and not is_held:
                self.host.dma_net.set_request(RESET_LINE, True)
            elif is_held:
                self.host.dma_net.set_request(RESET_LINE, False)
            self._is_core_1_held = is_held

    def reset(self) -> None:
        """Nothing is forced."""
        super().reset()
        self._is_core_1_held = False
