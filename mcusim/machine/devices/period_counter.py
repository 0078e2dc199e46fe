"""A counter that starts over after a number of ticks and says so: what reload timers of all vendors are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.ticks import Alarm, TickCounter

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from mcusim.machine.devices.device import Host


class PeriodCounter:
    """Counts 0 to `period_ticks` - 1; `wrapped` is called each time it starts over, with registers up to date."""

    def __init__(self, host: Host, wrapped: Callable[[], None]) -> None:
        self._ticks, self._alarm = TickCounter(host), Alarm(host, self._catch_up)
        self._wrapped = wrapped
        self._period_ticks = 1

    @property
    def is_running(self) -> bool:
        """Whether it counts."""
        return self._ticks.is_running

    @property
    def count(self) -> int:
        """Ticks since it last started over."""
        self._catch_up()
        return min(self._ticks.count, self._period_ticks - 1)

    @property
    def left(self) -> int:
        """Ticks to the last one of the period, as a counter that counts down shows."""
        return self._period_ticks - 1 - self.count

    def start(self, period_ticks: int, tick_hz: int | Fraction, *, at_ticks: int = 0) -> None:
        """Count from `at_ticks`."""
        self._period_ticks = max(1, period_ticks)
        self._ticks.run_at(0)
        self._ticks.set_count(at_ticks)
        self._ticks.run_at(tick_hz)
        self._set_alarm()

    def use_period(self, period_ticks: int) -> None:
        """From now on start over after so many ticks; the count stays."""
        self._period_ticks = max(1, period_ticks)
        self._catch_up()

    def run_at(self, tick_hz: int | Fraction) -> None:
        """Go on at another clock; 0 holds the count."""
        if self._ticks.is_running:
            self._catch_up()
        self._ticks.run_at(tick_hz)
        self._set_alarm()

    def stop(self) -> None:
        """Hold at 0."""
        self._ticks.run_at(0)
        self._ticks.set_count(0)
        self._alarm.cancel()

    def clear(self) -> None:
        """Forget everything without asking the host for the time: for a reset."""
        self._ticks.run_at(0)
        self._alarm.cancel()
        self._period_ticks = 1

    def _catch_up(self) -> None:
        while self._ticks.is_running and self._ticks.count >= self._period_ticks:
            self._ticks.subtract(self._period_ticks)
            self._wrapped()
        self._set_alarm()

    def _set_alarm(self) -> None:
        if self._ticks.is_running:
            self._alarm.set(self._ticks.reached_cycles(self._period_ticks))
        else:
            self._alarm.cancel()
