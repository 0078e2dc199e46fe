"""CLOCK, POWER and RESET of the nRF5340's application core, which share one address.

Not modelled: start-up times (a clock runs at once when started), calibration results, power-fail detection, the
network core (it stays off). HFCLKCTRL divides 128 MHz for the core.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.nordic.nrf52_clock import Nrf52Clock
from mcusim.machine.devices.nordic.nrf52_device import INTERRUPT_REGISTERS, events, tasks
from mcusim.machine.devices.register_device import Register, read_only

if TYPE_CHECKING:
    from collections.abc import Mapping

_STATE_RUNNING = 1 << 16
_HFCLK_HZ = 128_000_000
_SOURCES = ("HFCLKAUDIO", "HFCLK192M")
_TASKS = {
    "HFCLKSTART": 0x000, "HFCLKSTOP": 0x004, "LFCLKSTART": 0x008, "LFCLKSTOP": 0x00C, "CAL": 0x010,
    "HFCLKAUDIOSTART": 0x018, "HFCLKAUDIOSTOP": 0x01C, "HFCLK192MSTART": 0x020, "HFCLK192MSTOP": 0x024,
    "CONSTLAT": 0x078, "LOWPWR": 0x07C,
}  # fmt: skip
_EVENTS = {
    "HFCLKSTARTED": 0x100, "LFCLKSTARTED": 0x104, "POFWARN": 0x108, "SLEEPENTER": 0x114, "SLEEPEXIT": 0x118,
    "DONE": 0x11C, "HFCLKAUDIOSTARTED": 0x120, "HFCLK192MSTARTED": 0x124,
}  # fmt: skip


class Nrf53Clock(Nrf52Clock):
    """Start tasks raise their started events at once; the core runs at 128 or 64 MHz."""

    # Offsets and reset values: Nordic's SVD file of the nRF5340, CLOCK_NS, POWER_NS and RESET_NS.
    REGISTERS: ClassVar[dict[str, Register]] = {
        **tasks(_TASKS),
        **events(_EVENTS),
        **INTERRUPT_REGISTERS,
        "INTPEND": read_only(0x30C),
        "RESETREAS": Register(0x400, writable_mask=0, one_clears_mask=0xFFFF_FFFF),
        "HFCLKRUN": read_only(0x408),
        "HFCLKSTAT": read_only(0x40C, _STATE_RUNNING),  # reset: running from the internal oscillator
        "LFCLKRUN": read_only(0x414),
        "LFCLKSTAT": read_only(0x418),
        "LFCLKSRCCOPY": read_only(0x41C, 1),
        "HFCLKAUDIORUN": read_only(0x450),
        "HFCLKAUDIOSTAT": read_only(0x454),
        "HFCLK192MRUN": read_only(0x458),
        "HFCLK192MSTAT": read_only(0x45C),
        "HFCLKSRC": Register(0x514, 1, writable_mask=1),
        "LFCLKSRC": Register(0x518, 1, writable_mask=0b11),
        "GPREGRET0": Register(0x51C, writable_mask=0xFF),
        "GPREGRET1": Register(0x520, writable_mask=0xFF),
        "HFCLKCTRL": Register(0x558, 1, writable_mask=0b11),
        "HFCLKAUDIO_FREQUENCY": Register(0x55C, 0x9BAE, writable_mask=0xFFFF),
        "HFCLKALWAYSRUN": Register(0x570, writable_mask=1),
        "LFCLKALWAYSRUN": Register(0x574, writable_mask=1),
        "HFCLKAUDIOALWAYSRUN": Register(0x57C, writable_mask=1),
        "HFCLK192MSRC": Register(0x580, 1, writable_mask=1),
        "HFCLK192MALWAYSRUN": Register(0x584, writable_mask=1),
        "HFCLK192MCTRL": Register(0x5B8, 2, writable_mask=0b11),
        "NETWORK_FORCEOFF": Register(0x614, 1, writable_mask=1),
    }
    RETAINED: ClassVar[tuple[str, ...]] = ("GPREGRET0", "GPREGRET1", "RESETREAS")
    # DOG0, SREQ, LOCKUP, DOG1: RESETREAS in Nordic's SVD file.
    RESET_REASONS: ClassVar[Mapping[str, int]] = {
        "watchdog": 1 << 1,
        "software": 1 << 3,
        "lockup": 1 << 4,
        "watchdog 1": 1 << 25,
    }

    def reset(self) -> None:
        """64 MHz."""
        super().reset()
        self._publish()

    def run_task(self, task: str) -> None:
        """The clocks of the nRF52, and two more."""
        source = task.removesuffix("START").removesuffix("STOP")
        if source not in _SOURCES:
            super().run_task(task)
        elif task.endswith("START"):
            self.values.update({f"{source}RUN": 1, f"{source}STAT": _STATE_RUNNING | 1})
            self.fire(f"{source}STARTED")
        else:
            self.values.update({f"{source}RUN": 0, f"{source}STAT": 0})

    def after_write(self, name: str, written: int) -> None:
        """The core's divider, and what waking the network core would need."""
        if name == "HFCLKCTRL":
            self._publish()
        elif name == "NETWORK_FORCEOFF" and not written & 1:
            self.host.warn(f"{self.spec.name}: the network core was released; it is not modelled")
        super().after_write(name, written)

    def _publish(self) -> None:
        self.host.clock_net.publish_core(self.host, _HFCLK_HZ >> (self.values["HFCLKCTRL"] & 1))
