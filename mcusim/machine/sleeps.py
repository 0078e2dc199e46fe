"""When the core slept, and how deeply."""

from __future__ import annotations

from mcusim.recording.timeline import Span

SPANS_MAX = 20_000
"""Kept: the first ones."""


class Sleeps:
    """Stretches of sleep that follow each other without a gap and are alike are one."""

    def __init__(self) -> None:
        self._done: list[Span] = []
        self._last = Span("sleep", "", 0, 0)
        self.lost_count = 0

    def note(self, begin_cycles: int, end_cycles: int, name: str) -> None:
        """The core slept; `name` is by `sleep_name`."""
        last = self._last
        if last.name == name and last.end_cycles == begin_cycles:
            self._last = Span("sleep", name, last.begin_cycles, end_cycles)
            return
        self._keep()
        self._last = Span("sleep", name, begin_cycles, end_cycles)

    def finished(self) -> tuple[Span, ...]:
        """All that were kept, in the order of time."""
        self._keep()
        self._last = Span("sleep", "", 0, 0)
        return tuple(self._done)

    def _keep(self) -> None:
        if self._last.begin_cycles == self._last.end_cycles:
            return
        if len(self._done) < SPANS_MAX:
            self._done.append(self._last)
        else:
            self.lost_count += 1
