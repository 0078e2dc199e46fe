"""Everything that the user connected to the board for one run, looked after between two blocks of the firmware."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.pin_driver import PinDriver
from mcusim.machine.devices.register_device import RegisterDevice
from mcusim.machine.semihosting import CHANNEL as SEMIHOSTING_CHANNEL
from mcusim.machine.signals.feed_files import load_feeds
from mcusim.machine.signals.live_terminal import LiveTerminal, RealTime
from mcusim.machine.signals.rtt import CHANNEL as RTT_CHANNEL
from mcusim.machine.signals.rtt import RttProbe
from mcusim.machine.signals.serial_ports import SerialPorts

if TYPE_CHECKING:
    from mcusim.machine.bus import Bus
    from mcusim.machine.host import MachineHost
    from mcusim.machine.memory import Memory
    from mcusim.machine.options import MachineOptions

_VISITS_PER_S = 1000  # as a debug probe polls, and faster than anybody types
_CONSOLES = (SEMIHOSTING_CHANNEL, "ITM", RTT_CHANNEL)
"""Channels with output that are no UART."""


class Connections:
    """Serial lines, sample feeds and watched pins; made before the devices, checked when all are there."""

    def __init__(self, options: MachineOptions, host: MachineHost, memory: Memory) -> None:
        self._signals, self._host = options.signals, host
        host.serial = self.serial = SerialPorts(options.signals, host)
        self._terminals: list[LiveTerminal] = []
        self._real_time: RealTime | None = None
        self._probe = RttProbe(options.rtt_addr, host, memory) if options.rtt_addr >= 0 else None
        self._next_cycles = 0

    @property
    def is_live(self) -> bool:
        """Whether somebody may do something at any time."""
        return bool(self._signals.ptys)

    @property
    def next_cycles(self) -> int | None:
        """When to look at the connections again; None where nothing needs it."""
        return self._next_cycles if self.is_live or self._probe is not None else None

    def check(self, bus: Bus) -> None:
        """Refuse what this board does not have, then open what is outside.

        Raises:
            McusimError: a channel or pin is unknown, or something cannot be opened.
        """
        self._host.feeds = load_feeds(self._signals.feeds, _fed_names(bus))
        self.serial.check(_CONSOLES)
        drivers = (getattr(each.device, "pin_driver", None) for each in bus.attached)
        names = tuple(name for each in drivers if isinstance(each, PinDriver) for name in each.names)
        self._host.pins.watch(self._signals.pins, names)
        self._terminals = [LiveTerminal(channel, self.serial) for channel in self._signals.ptys]
        if self._terminals:
            self._host.warn(
                "a live terminal was connected: a run that somebody types into cannot be repeated"
            )

    def skip_shown(self, previous: Connections) -> None:
        """The run repeats one whose output is on the screen already: print only what goes beyond it."""
        self.serial.skip_shown(previous.serial)

    def visit(self, *, is_early: bool = False) -> None:
        """Exchange what each side has for the other, when it is time for it, or before."""
        next_cycles = self.next_cycles
        if next_cycles is None or (self._host.now_cycles < next_cycles and not is_early):
            return
        if self._probe is not None:
            self._probe.poll()
        if self._terminals:
            self._real_time = self._real_time or RealTime()
            now_s = self._host.phases.seconds_at(self._host.now_cycles)
            self._real_time.wait(float(now_s), self._terminals)
        self._next_cycles = self._host.now_cycles + max(1, self._host.core_clock_hz // _VISITS_PER_S)

    def close(self) -> None:
        """The run is over."""
        if self._probe is not None:
            self._probe.poll()
        for each in self._terminals:
            each.close()
        self.serial.close()
        notes = [feed.note(channel) for channel, feed in self._host.feeds.items()]
        for text in [*notes, *self._host.pins.complaints()]:
            self._host.warn(text)


def _fed_names(bus: Bus) -> tuple[str, ...]:
    devices = (each.device for each in bus.attached)
    return tuple(name for each in devices if isinstance(each, RegisterDevice) for name in each.fed_names)
