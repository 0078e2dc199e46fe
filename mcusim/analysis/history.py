"""The run over time in seconds: stretches, memory and power, out of a recording's cycles."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from mcusim.report.history import History, HistorySpan, RamPoint

if TYPE_CHECKING:
    from mcusim.recording.recording import Phase, Recording
    from mcusim.recording.timeline import Span
    from mcusim.report.report import Report


def history_of(recording: Recording, report: Report) -> History:
    """The whole run."""
    clock = Clock(recording.phases)
    timeline = recording.timeline
    arena_bytes = sum(each.size_bytes for each in report.arenas)
    names = _LayerNames(report)
    return History(
        end_s=clock.seconds_at(recording.total_cycles),
        spans=tuple(
            HistorySpan(
                kind=each.kind,
                name=names.name_of(each),
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


class _LayerNames:
    """What the layers' spans are called: place and operator, or what the firmware calls them."""

    def __init__(self, report: Report) -> None:
        layers = report.network.layers if report.network is not None else ()
        self._by_name = {(each.index, each.name): each.operator for each in layers if each.index >= 0}
        places = [each.index for each in layers]
        self._by_place = {
            each.index: each.operator or each.name
            for each in layers
            if each.index >= 0 and places.count(each.index) == 1
        }

    def name_of(self, span: Span) -> str:
        """For people."""
        if span.index < 0:
            return span.name
        known = self._by_name.get((span.index, span.name)) or self._by_place.get(span.index)
        return f"{span.index} {known or span.name}"


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
