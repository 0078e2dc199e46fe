"""What TIMER and RTC of the nRF52 share: a wrapping counter with compare events at exact cycles."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.nordic.nrf52_device import Nrf52Device, wanted_line
from mcusim.machine.devices.ticks import Alarm, TickCounter

if TYPE_CHECKING:
    from fractions import Fraction

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host


class Nrf52CompareDevice(Nrf52Device):
    """Counts up at `tick_hz`; `compared` and `overflowed` are called when the counter gets there."""

    IS_LOW_POWER: ClassVar[bool] = False
    """Whether firmware sleeps on it for long: its clock runs through every sleep."""

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._counter = TickCounter(host)
        self._alarm = Alarm(host, self._rang)
        self._seen_count = 0  # compares up to this unwrapped count have been handled
        self.is_running = False
        host.clock_net.listen(self._clock_changed)
        for name in self.registers:
            if name.startswith("EVENTS_"):
                host.dma_net.listen(wanted_line(self.event_addr(name)), self._awaited)

    @property
    def counter_bits(self) -> int:
        """The width at which the counter wraps."""
        raise NotImplementedError

    @property
    def tick_hz(self) -> Fraction:
        """Ticks per second while running."""
        raise NotImplementedError

    def reset(self) -> None:
        """Stopped at 0."""
        super().reset()
        self.is_running = False
        self._counter.run_at(0)
        self._counter.set_count(0)
        self._seen_count = 0
        self._alarm.cancel()

    def counter_value(self) -> int:
        """The counter as firmware sees it."""
        return self._counter.count & self._wrap_mask

    def set_counter(self, ticks: int) -> None:
        """Continue from `ticks`."""
        self._counter.set_count(ticks)
        self._seen_count = ticks

    def step(self) -> None:
        """Count one event."""
        self._counter.set_count(self._counter.count + 1)
        self._catch_up()

    def next_tick_cycles(self) -> int:
        """When the counter moves next; only while running."""
        return self._counter.reached_cycles(self._counter.count + 1)

    def run_task(self, task: str) -> None:
        """START, STOP and CLEAR."""
        if task == "CLEAR":
            self.set_counter(0)
        elif task in ("START", "STOP"):
            self.is_running = task == "START"
        self._restart()

    def compared(self, index: int) -> None:
        """The counter reached CC[index]."""
        self.fire(f"COMPARE{index}")

    def overflowed(self) -> None:
        """The counter wrapped to 0."""

    def clear_at_match(self) -> None:
        """The counter was cleared by the match being handled, which may lie a few cycles back."""
        self._counter.subtract(self._seen_count)
        self._seen_count = 0

    def stop_at_match(self) -> None:
        """The counter was stopped by the match being handled."""
        self.is_running = False
        self._counter.run_at(0)
        self._counter.set_count(self._seen_count)

    def load(self, name: str) -> int:
        """Events as of this very cycle."""
        self._catch_up()
        return super().load(name)

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """Let what happened before this write happen first."""
        self._catch_up()
        super().store(name, written, lanes_mask)
        self._restart()

    @property
    def _wrap_mask(self) -> int:
        return (1 << self.counter_bits) - 1

    def _restart(self) -> None:
        self._counter.run_at(self.tick_hz if self.is_running else 0)
        self._plan()

    def _awaited(self) -> None:
        if self._counter.is_running:
            self._plan()

    def _clock_changed(self) -> None:
        if self._counter.is_running:
            self._catch_up()
            self._restart()

    def _events_ahead(self) -> list[tuple[int, int]]:
        """(unwrapped count, channel) of the next match of every channel; channel -1 is the wrap to 0."""
        mask = self._wrap_mask
        start = self._seen_count + 1
        channels = [name for name in self.values if name.startswith("CC")]
        targets = [(start + ((self.values[name] - start) & mask), int(name[2:])) for name in channels]
        return sorted([*targets, (start + (-start & mask), -1)])

    def _plan(self) -> None:
        # A match that nothing awaits is noticed at the next access, and a sleeping core is not kept waiting.
        if self._counter.is_running and self.is_awaited():
            self._alarm.set(self._counter.reached_cycles(self._events_ahead()[0][0]))
        else:
            self._alarm.cancel()
        if self.IS_LOW_POWER:
            self.host.power_net.arm(self.spec.name, self._alarm.is_set)

    def _rang(self) -> None:
        if self.IS_LOW_POWER:
            self.host.power_net.count_wake()
        self._catch_up()

    def _catch_up(self) -> None:
        """Handle every match up to now, in order; a clear in between starts over from 0."""
        while (matches := self._events_ahead())[0][0] <= self._counter.count:
            self._seen_count = matches[0][0]
            for channel in [channel for count, channel in matches if count == matches[0][0]]:
                if channel < 0:
                    self.overflowed()
                else:
                    self.compared(channel)
        self._seen_count = max(self._seen_count, self._counter.count)
        self._plan()
