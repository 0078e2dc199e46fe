"""Bus fabric control of RP2040 and RP2350: priorities, and performance counters that count nothing.

pico_rand looks for a counter whose PERFSEL has its reset value, to use it as a source of noise.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register, read_only

_UNUSED_EVENT = 0x1F
_COUNTERS_COUNT = 4


def _counters(first_offset: int) -> dict[str, Register]:
    table: dict[str, Register] = {}
    for index in range(_COUNTERS_COUNT):
        table[f"PERFCTR{index}"] = read_only(first_offset + 8 * index)
        table[f"PERFSEL{index}"] = Register(first_offset + 8 * index + 4, _UNUSED_EVENT, writable_mask=0x7F)
    return table


class Rp2040Busctrl(Rp2040Device):
    """Priorities change nothing; they are acknowledged."""

    # Offsets and reset values: pico-sdk 2.2, hardware/regs/busctrl.h.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "BUS_PRIORITY": Register(0x00, writable_mask=0x1111),
        "BUS_PRIORITY_ACK": read_only(0x04, 1),
        **_counters(0x08),
    }

    def load(self, name: str) -> int:
        """A counter that firmware looks at is one that it may believe."""
        if name.startswith("PERFCTR") and name != "PERFCTR_EN":
            self.host.warn(f"{self.spec.name}: the bus performance counters are not modelled; they read 0")
        return super().load(name)


class Rp2350Busctrl(Rp2040Busctrl):
    """The counters have a common switch."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "BUS_PRIORITY": Register(0x00, writable_mask=0x1111),
        "BUS_PRIORITY_ACK": read_only(0x04, 1),
        "PERFCTR_EN": Register(0x08, writable_mask=1),
        **_counters(0x0C),
    }
