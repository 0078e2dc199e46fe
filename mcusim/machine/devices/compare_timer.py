"""A 32-bit counter up with compare values: what free-running and reload timers of several vendors are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.ticks import Alarm, TickCounter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from fractions import Fraction

    from mcusim.machine.devices.device import Host

_ROUNDS_KEPT_MAX = 64
_FULL_TICKS = 1 << 32


class CompareTimer:
    """Calls `matched` with each compare value when the count reaches it; `matched` may restart or stop it."""

    def __init__(
        self, host: Host, values: Callable[[], Iterable[int]], matched: Callable[[int], None]
    ) -> None:
        self._host = host
        self._ticks, self._alarm = TickCounter(host), Alarm(host, self.catch_up)
        self._values, self._matched = values, matched
        self._done_ticks = 0  # every compare value up to here has matched
        self._wrap_ticks = _FULL_TICKS

    @property
    def is_running(self) -> bool:
        """Whether it counts."""
        return self._ticks.is_running

    @property
    def count(self) -> int:
        """Now."""
        self.catch_up()
        return self._ticks.count % _FULL_TICKS

    def run_at(self, tick_hz: int | Fraction) -> None:
        """Go on at this clock; 0 holds."""
        if self._ticks.is_running:
            self.catch_up()
        self._ticks.run_at(tick_hz)
        self.plan()

    def set_count(self, ticks: int) -> None:
        """Go on from there; a value that is there already does not match."""
        self._ticks.set_count(ticks)
        self._done_ticks = ticks
        self._wrap_ticks = _FULL_TICKS
        self.plan()

    def restart_after(self, ticks: int) -> None:
        """Start over from 0 one tick after `ticks`, called from `matched`."""
        self._wrap_ticks = ticks + 1

    def clear(self) -> None:
        """Stop at 0, without asking the host for the time."""
        self._ticks.run_at(0)
        self._alarm.cancel()
        self._ticks = TickCounter(self._host)
        self._done_ticks = 0
        self._wrap_ticks = _FULL_TICKS

    def settle(self) -> None:
        """Before compare values change: a new one that the count has passed already waits for the next round."""
        if self._ticks.is_running:
            self.catch_up()
            self._done_ticks = max(self._done_ticks, self._ticks.count)

    def plan(self) -> None:
        """Compare values may have changed."""
        if self._ticks.is_running:
            self._alarm.set(self._ticks.reached_cycles(self._next_ticks()))
        else:
            self._alarm.cancel()

    def _next_ticks(self) -> int:
        """The next compare value ahead, or where it starts over."""
        ahead = (each for each in self._values() if each > self._done_ticks)
        return min(min(ahead, default=self._wrap_ticks), self._wrap_ticks)

    def catch_up(self) -> None:
        """Match what was reached by now, in order; of very many rounds only the last, as flags do not count."""
        self._skip_rounds()
        while self._ticks.is_running and self._next_ticks() <= self._ticks.count:
            reached_ticks = self._next_ticks()
            self._done_ticks = reached_ticks
            if reached_ticks == self._wrap_ticks:
                self._ticks.subtract(self._wrap_ticks)
                self._done_ticks, self._wrap_ticks = -1, _FULL_TICKS
            else:
                self._matched(reached_ticks)
        self.plan()

    def _skip_rounds(self) -> None:
        rounds_count = self._ticks.count // self._wrap_ticks if self._ticks.is_running else 0
        if rounds_count > _ROUNDS_KEPT_MAX:
            self._ticks.subtract((rounds_count - 1) * self._wrap_ticks)
