"""A counter up that starts over after a period, with compare values: the timers that most microcontrollers have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.compare_timer import CompareTimer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from fractions import Fraction

    from mcusim.machine.devices.device import Host


class PeriodCompare:
    """Counts 0 to `period` - 1 for ever, tells each compare value that it reaches and each start over.

    `wrapped` is called with the count at 0 and returns the ticks of the period that begins; the compare value 0 matches
    then. A device calls `settle` before and `plan` after firmware changes a period or compare value.
    """

    def __init__(
        self,
        host: Host,
        values: Callable[[], Iterable[int]],
        matched: Callable[[int], None],
        wrapped: Callable[[], int],
    ) -> None:
        self._timer = CompareTimer(host, self._points, self._reached)
        self._values, self._matched, self._wrapped = values, matched, wrapped
        self._period_ticks = 1 << 32

    @property
    def is_running(self) -> bool:
        """Whether it counts."""
        return self._timer.is_running

    @property
    def count(self) -> int:
        """Ticks since it started over."""
        return self._timer.count

    @property
    def period_ticks(self) -> int:
        """Of the round it is in."""
        return self._period_ticks

    def clear(self, period_ticks: int) -> None:
        """Stop at 0, without asking the host for the time: for a reset."""
        self._timer.clear()
        self._period_ticks = period_ticks
        self._timer.restart_after(period_ticks - 1)

    def set_count(self, ticks: int, period_ticks: int) -> None:
        """Go on from there in a round of `period_ticks`."""
        self._period_ticks = max(1, period_ticks)
        self._timer.set_count(ticks)
        self._timer.restart_after(self._period_ticks - 1)
        self._timer.plan()

    def use_period(self, period_ticks: int) -> None:
        """The round it is in takes so many ticks; beyond them it starts over at once."""
        self._period_ticks = max(1, period_ticks)
        self._timer.restart_after(self._period_ticks - 1)
        self._timer.plan()

    def run_at(self, tick_hz: int | Fraction) -> None:
        """Go on at this clock; 0 holds."""
        self._timer.run_at(tick_hz)

    def settle(self) -> None:
        """Everything up to now has happened; what comes is decided anew."""
        self._timer.settle()

    def plan(self) -> None:
        """Compare values may have changed."""
        self._timer.plan()

    def _points(self) -> list[int]:
        return [0, *self._values()]

    def _reached(self, ticks: int) -> None:
        if ticks == 0:
            self._period_ticks = max(1, self._wrapped())
            self._timer.restart_after(self._period_ticks - 1)
        if ticks in self._values():
            self._matched(ticks)
