"""What the watched pins did, in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.report.pins import PinEdge, PinTrace

if TYPE_CHECKING:
    from mcusim.recording.recording import PinEdges, Recording

_EDGES_REPORTED_MAX = 2000
_NS_PER_S = 1_000_000_000


def pin_traces(recording: Recording) -> tuple[PinTrace, ...]:
    """One per watched pin, in the order that the user gave."""
    return tuple(_trace(each) for each in recording.pins)


def _trace(pin: PinEdges) -> PinTrace:
    edges = tuple(
        PinEdge(at_cycles, time_ns / _NS_PER_S, bool(level))
        for at_cycles, time_ns, level in pin.edges[:_EDGES_REPORTED_MAX]
    )
    return PinTrace(pin.pin, edges, pin.edges_count, pin.high_ns / _NS_PER_S)
