"""The counter in TC and TCC: up or down to an end, over and over, with compare values on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.ticks import Alarm, TickCounter

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from mcusim.machine.devices.device import Host

DIVIDERS = (1, 2, 4, 8, 16, 64, 256, 1024)
"""CTRLA.PRESCALER of TC and TCC (CMSIS-Atmel tc.h and tcc.h: DIV1 to DIV1024)."""


class WrapCounter:
    """Calls `matched` with the number of a compare value that is reached, and `wrapped` when it starts over.

    While nobody `is_watched`, it works out what happened only when it is looked at: what happened several times is
    told once, as a flag shows it.
    """

    def __init__(self, host: Host, matched: Callable[[int], None], wrapped: Callable[[], None]) -> None:
        self._host = host
        self._ticks, self._alarm = TickCounter(host), Alarm(host, self.catch_up)
        self._matched, self._wrapped = matched, wrapped
        self._done = -1
        self.top, self.limit = 0xFFFF, 0xFFFF
        self.matches: tuple[int, ...] = ()
        self.is_down = self.is_watched = False

    @property
    def is_running(self) -> bool:
        """Whether it counts."""
        return self._ticks.is_running

    @property
    def count(self) -> int:
        """Now."""
        self.catch_up()
        ticks = min(self._ticks.count, self.limit)
        return max(0, self.top - ticks) if self.is_down else ticks

    def set_count(self, count: int) -> None:
        """Go on from there; a compare value that is there already does not match."""
        position = max(0, self.top - count) if self.is_down else count
        self._ticks.set_count(position)
        self._done = position
        self.plan()

    def configure(self, top: int, limit: int, matches: tuple[int, ...]) -> None:
        """Another end or other compare values: what the count has passed does not match any more."""
        self.top, self.limit, self.matches = top, limit, matches
        if self.is_running:
            self._done = self._ticks.count
        self.plan()

    def run_at(self, tick_hz: int | Fraction) -> None:
        """Go on at this clock; 0 holds."""
        if self._ticks.is_running:
            self.catch_up()
        self._ticks.run_at(tick_hz)
        self.plan()

    def clear(self) -> None:
        """Stop at 0, without asking the host for the time."""
        self._alarm.cancel()
        self._ticks = TickCounter(self._host)
        self._done = -1
        self.top = self.limit = 0xFFFF
        self.matches = ()
        self.is_down = self.is_watched = False

    def plan(self) -> None:
        """Compare values, the end or who watches may have changed."""
        if self.is_running and self.is_watched and self.top:
            self._alarm.set(self._ticks.reached_cycles(self._next()[0]))
        else:
            self._alarm.cancel()

    def catch_up(self) -> None:
        """Tell what was reached by now, in order."""
        self._skip_whole_rounds()
        while self.is_running and self.top and self._next()[0] <= self._ticks.count:
            position, reached = self._next()
            self._done = position
            if reached is None:
                self._ticks.subtract(position)
                self._done = -1
                self._wrapped()
            else:
                for index in reached:
                    self._matched(index)
        self.plan()

    def _end(self) -> int:
        """Where it starts over: a count that is beyond the top goes on to the limit."""
        return (self.top if self._done <= self.top else self.limit) + 1

    def _next(self) -> tuple[int, list[int] | None]:
        """The next position where something happens, and which compare values match there; None: it starts over."""
        ahead: dict[int, list[int]] = {}
        for index, match in enumerate(self.matches):
            position = self.top - match if self.is_down else match
            if self._done < position <= self.top and match >= 0:
                ahead.setdefault(position, []).append(index)
        return min(ahead.items()) if ahead else (self._end(), None)

    def _skip_whole_rounds(self) -> None:
        """All but the last two rounds of a counter that was not looked at for long."""
        if self.is_running and self.top and self._ticks.count > 3 * (self.limit + self.top + 2):
            self._ticks.subtract((self._ticks.count // (self.top + 1) - 2) * (self.top + 1))
