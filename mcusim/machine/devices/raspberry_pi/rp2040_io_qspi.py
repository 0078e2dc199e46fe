"""Pins of the RP2040's flash interface (datasheet section 2.19.6.2): the override of the chip select reaches the flash.

Not modelled: every other function of these pins and their interrupts (the registers remember writes).
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.raspberry_pi.nor_flash import SELECT_LINE
from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register, read_only

_PINS = ("SCLK", "SS", "SD0", "SD1", "SD2", "SD3")
_FUNCTION_NONE = 0x1F
_OUTOVER_SHIFT, _OUTOVER_LOW = 8, 2
_INTERRUPTS = {"INTR": 0x30, "PROC0_INTE": 0x34, "PROC0_INTF": 0x38, "PROC0_INTS": 0x3C}


class Rp2040IoQspi(Rp2040Device):
    """CTRL of SS drives the select line."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        **{f"{pin}_STATUS": read_only(8 * index) for index, pin in enumerate(_PINS)},
        **{f"{pin}_CTRL": Register(8 * index + 4, _FUNCTION_NONE) for index, pin in enumerate(_PINS)},
        **{name: Register(offset) for name, offset in _INTERRUPTS.items()},
    }

    def reset(self) -> None:
        """Nothing is forced."""
        super().reset()
        self._drive()

    def after_write(self, name: str, written: int) -> None:
        """The override may have changed."""
        if name == "SS_CTRL":
            self._drive()

    def _drive(self) -> None:
        is_low = self.values["SS_CTRL"] >> _OUTOVER_SHIFT & 0b11 == _OUTOVER_LOW
        self.host.dma_net.set_request(SELECT_LINE, is_low)
