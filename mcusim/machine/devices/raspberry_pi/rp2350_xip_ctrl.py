"""Control of the RP2350's execute-in-place cache, and the address range that invalidates it.

Not modelled: splitting the ways between secure and non-secure code, pinned lines, powering the cache down, streaming
(all warned about), the hit counters (they remember writes).
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only

_EN_SECURE, _POWER_DOWN, _SPLIT_WAYS = 1 << 0, 1 << 3, 1 << 9
_FIFO_EMPTY, _READY = 1 << 1, 1 << 0
_WAYS_COUNT = 2
_PIN_OPERATION, _CLEANING = 4, (1, 3)  # the low three address bits choose the operation


class Rp2350XipCtrl(Rp2040Device):
    """On or off for secure code."""

    # Offsets, bits and reset values: pico-sdk 2.2, hardware/regs/xip.h of the RP2350.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CTRL": Register(0x00, 0x0000_0083, writable_mask=0xFFB),
        "STAT": read_only(0x08, _FIFO_EMPTY | _READY),
        "CTR_HIT": Register(0x0C),
        "CTR_ACC": Register(0x10),
        "STREAM_ADDR": Register(0x14),
        "STREAM_CTR": Register(0x18, writable_mask=0),
        "STREAM_FIFO": read_only(0x1C),
    }

    def reset(self) -> None:
        """On."""
        super().reset()
        self._apply()

    def after_write(self, name: str, written: int) -> None:
        """Switch, and say where the model stops fitting."""
        if name == "CTRL":
            self._apply()
            if self.values["CTRL"] & (_SPLIT_WAYS | _POWER_DOWN):
                self.host.warn(f"{self.spec.name}: splitting or powering down the XIP cache is not modelled")
        elif name == "STREAM_CTR" and written:
            self.host.warn(f"{self.spec.name}: XIP streaming is not modelled")

    def _apply(self) -> None:
        self.host.set_unified_cache(is_on=bool(self.values["CTRL"] & _EN_SECURE), ways_count=_WAYS_COUNT)


class Rp2350XipMaintenance(RegisterDevice):
    """A write invalidates one line on the chip, the whole cache here; cleaning changes nothing; pinning is reported."""

    REGISTERS: ClassVar[dict[str, Register]] = {"FIRST": command(0)}

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """The address says what to do; the value counts for nothing."""
        if offset & 0b111 == _PIN_OPERATION:
            self.host.warn(f"{self.spec.name}: pinning lines of the XIP cache is not modelled")
        if offset & 0b111 not in _CLEANING:
            self.host.empty_flash_caches()
