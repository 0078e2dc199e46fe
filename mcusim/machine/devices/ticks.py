"""Time inside devices: a counter that follows core cycles at another clock, and a movable deadline."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.machine.devices.device import Host


class TickCounter:
    """Counts ticks of a clock by looking at core cycles; exact, whatever the two frequencies are.

    The core clock is sampled when the counter is (re)started: call `resync` from a `ClockNet` listener.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._base_ticks = Fraction(0)
        self._base_cycles = 0
        self._ticks_per_cycle = Fraction(0)
        self._tick_hz = Fraction(0)

    @property
    def is_running(self) -> bool:
        """Whether the counter moves."""
        return self._ticks_per_cycle > 0

    @property
    def count(self) -> int:
        """Whole ticks so far, without any wrap."""
        return int(self._exact_ticks())

    def set_count(self, ticks: int) -> None:
        """Continue from `ticks`, with a new prescaler phase."""
        self._base_ticks = Fraction(ticks)
        self._base_cycles = self._host.now_cycles

    def subtract(self, ticks: int) -> None:
        """Wrap: take `ticks` off the count and keep the prescaler phase."""
        self._base_ticks -= ticks

    def restart(self, tick_hz: int | Fraction, since_cycles: int) -> None:
        """Count from 0 at `tick_hz`, as if started at `since_cycles`."""
        self._base_ticks = Fraction(0)
        self._ticks_per_cycle = Fraction(0)
        self.run_at(tick_hz)
        self._base_cycles = since_cycles

    def run_at(self, tick_hz: int | Fraction) -> None:
        """Tick at `tick_hz` from now on; 0 stops the counter where it is."""
        self._tick_hz = Fraction(tick_hz)
        self.resync()

    def resync(self) -> None:
        """Keep the count and take over a changed core clock."""
        if self._ticks_per_cycle:  # a counter that never ran needs no time: the host may not have one yet
            self._base_ticks = self._exact_ticks()
        core_clock_hz = self._host.core_clock_hz if self._tick_hz else 0
        self._ticks_per_cycle = self._tick_hz / core_clock_hz if core_clock_hz else Fraction(0)
        if self._ticks_per_cycle:
            self._base_cycles = self._host.now_cycles

    def reached_cycles(self, ticks: int) -> int:
        """The first cycle at which `count` is at least `ticks`; only while running."""
        missing = (ticks - self._base_ticks) / self._ticks_per_cycle
        return self._base_cycles + max(0, -(-missing.numerator // missing.denominator))

    def _exact_ticks(self) -> Fraction:
        return self._base_ticks + (self._host.now_cycles - self._base_cycles) * self._ticks_per_cycle


class Alarm:
    """One pending callback that can be moved or cancelled; the host's deadlines cannot."""

    def __init__(self, host: Host, callback: Callable[[], None]) -> None:
        self._host = host
        self._callback = callback
        self._deadline_cycles = -1
        self._issue_number = 0

    @property
    def is_set(self) -> bool:
        """Whether a call is pending."""
        return self._deadline_cycles >= 0

    def set(self, deadline_cycles: int) -> None:
        """Call back at `deadline_cycles`, and at no other deadline given before."""
        if deadline_cycles == self._deadline_cycles:
            return
        self._deadline_cycles = deadline_cycles
        self._issue_number += 1
        issue_number = self._issue_number
        self._host.at(deadline_cycles, lambda: self._ring(issue_number))

    def cancel(self) -> None:
        """Forget the deadline."""
        self._deadline_cycles = -1
        self._issue_number += 1

    def _ring(self, issue_number: int) -> None:
        if issue_number != self._issue_number:
            return  # moved or cancelled in the meantime
        self.cancel()
        self._callback()
