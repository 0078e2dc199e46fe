"""Simulated time: cycles are the only clock; callbacks wait for deadlines in it."""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Deadlines:
    """Callbacks that are due at a cycle, earliest first, in the order of request when equal."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()

    def at(self, deadline_cycles: int, callback: Callable[[], None]) -> None:
        """Call `callback` once when time reaches `deadline_cycles`."""
        heapq.heappush(self._heap, (deadline_cycles, next(self._order), callback))

    @property
    def next_cycles(self) -> int | None:
        """The earliest deadline."""
        return self._heap[0][0] if self._heap else None

    def run_due(self, now_cycles: int) -> None:
        """Call everything that is due; what a callback schedules for now runs too."""
        while self._heap and self._heap[0][0] <= now_cycles:
            heapq.heappop(self._heap)[2]()

    def clear(self) -> None:
        """Forget every deadline (reset)."""
        self._heap.clear()
