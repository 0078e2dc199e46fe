"""Seconds of a run by its cycles."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.recording.recording import Phase


class Clock:
    """Seconds of a run by its cycles: the core's clock may change, and cycles are counted through sleep."""

    def __init__(self, phases: tuple[Phase, ...]) -> None:
        self._phases = phases
        self._begins_cycles = [each.begin_cycles for each in phases]
        self._begins_s = [0.0]
        for each in phases:
            self._begins_s.append(self._begins_s[-1] + each.total_cycles / each.clock_hz)

    def seconds_at(self, at_cycles: int) -> float:
        """Seconds from reset to a cycle; 0 in a run without phases."""
        index = max(0, bisect_right(self._begins_cycles, at_cycles) - 1)
        if index >= len(self._phases):
            return 0.0
        phase = self._phases[index]
        return self._begins_s[index] + (at_cycles - phase.begin_cycles) / phase.clock_hz
