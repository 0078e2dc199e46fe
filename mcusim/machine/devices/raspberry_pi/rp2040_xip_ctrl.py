"""Control of the RP2040's execute-in-place cache (datasheet section 2.6.3).

Not modelled: turning the cache off or flushing it (the modelled cache stays on and warm), streaming, hit
counters.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register, command, read_only

_CACHE_ENABLE = 1 << 0
_FIFO_EMPTY, _FLUSH_READY = 1 << 1, 1 << 0


class Rp2040XipCtrl(Rp2040Device):
    """A flush is done at once."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CTRL": Register(0x00, 0b0011, writable_mask=0b1011),
        "FLUSH": command(0x04),
        "STAT": read_only(0x08, _FIFO_EMPTY | _FLUSH_READY),
        "CTR_HIT": Register(0x0C),
        "CTR_ACC": Register(0x10),
        "STREAM_ADDR": Register(0x14),
        "STREAM_CTR": Register(0x18, writable_mask=0),
        "STREAM_FIFO": read_only(0x1C),
    }

    def after_write(self, name: str, written: int) -> None:
        """Say so when the model stops fitting."""
        if name == "CTRL" and not self.values["CTRL"] & _CACHE_ENABLE:
            self.host.warn(
                f"{self.spec.name}: the XIP cache was turned off; cycles are counted as if it were on"
            )
        elif name == "STREAM_CTR" and written:
            self.host.warn(f"{self.spec.name}: XIP streaming is not modelled")
