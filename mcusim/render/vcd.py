"""Recorded pins as a value change dump (IEEE 1364), which waveform viewers open."""

from __future__ import annotations

from fractions import Fraction
from io import StringIO
from typing import TYPE_CHECKING

from vcd import VCDWriter

if TYPE_CHECKING:
    from mcusim.recording.recording import Recording

_SCOPE = "pins"
_NS_PER_S = 1_000_000_000


def vcd_bytes(recording: Recording) -> bytes:
    """All edges that were kept, in nanoseconds since reset; the same run gives the same bytes."""
    buffer, pins = StringIO(), recording.pins
    with VCDWriter(buffer, timescale="1 ns", date="", version=f"mcusim {recording.tool_version}") as writer:
        signals = [writer.register_var(_SCOPE, each.pin, "wire", size=1, init=0) for each in pins]
        edges = sorted(
            (time_ns, place, level) for place, each in enumerate(pins) for _, time_ns, level in each.edges
        )
        for time_ns, place, level in edges:
            writer.change(signals[place], time_ns, level)
        writer.close(max([_end_ns(recording), *(edge[0] for edge in edges[-1:])]))
    return buffer.getvalue().encode()


def _end_ns(recording: Recording) -> int:
    seconds = sum(Fraction(each.total_cycles, each.clock_hz) for each in recording.phases)
    return round(seconds * _NS_PER_S)
