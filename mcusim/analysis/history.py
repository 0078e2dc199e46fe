"""The run over time in seconds: stretches, memory and power, out of a recording's cycles."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from mcusim.report.history import History, HistorySpan, RamPoint

if TYPE_CHECKING:
    from mcusim.recording.recording import Phase, Recording
    from mcusim.report.report import Report


def history_of(recording: Recording, report: Report) -> History:
    """The whole run."""
    clock = Clock(recording.phases)
    timeline = recording.timeline
    arena_bytes = sum(each.size_bytes for each in report.arenas)
    return History(
        end_s=clock.seconds_at(recording.total_cycles),
        spans=tuple(
            HistorySpan(
                kind=each.kind,
                name=each.name,
                begin_s=clock.seconds_at(each.begin_cycles),
                end_s=clock.seconds_at(each.end_cycles),
                begin_cycles=each.begin_cycles,
                end_cycles=each.end_cycles,
                layer_index=each.index,
            )
            for each in timeline.spans
        ),
        lost_spans_count=timeline.lost_spans_count,
        ram=tuple(
            RamPoint(
                at_s=clock.seconds_at(each.begin_cycles),
                static_bytes=report.ram.static_bytes - arena_bytes,
                arena_bytes=arena_bytes,
                heap_bytes=each.heap_bytes,
                stack_bytes=each.stack_bytes,
            )
            for each in timeline.ram
        ),
    )


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
