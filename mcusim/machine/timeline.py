"""What happened when, put together from what the native core and the flows noted."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from mcusim.recording.timeline import Span, Timeline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcusim.machine.machine import Machine
    from mcusim.recording.recording import Function

_SPAN = struct.Struct("<qqiiii")  # Span in native/core.h
_INFERENCE, _LAYER = 0, 1
_KINDS = ("inference", "layer", "exception", "task", "sleep")


def timeline_of(machine: Machine, functions: tuple[Function, ...]) -> Timeline:
    """All of it; `functions` are the recording's, the last one is for code of no function."""
    rows, lost_count = machine.core.spans()
    spans = list(_network_spans(rows, functions, machine.core.now))
    spans.sort(key=_place)
    return Timeline(tuple(spans), lost_count)


def _place(span: Span) -> tuple[int, int, int, int]:
    """By begin; what lasts longer holds what is shorter, an inference its only layer."""
    return span.begin_cycles, -span.end_cycles, _KINDS.index(span.kind), span.index


def _network_spans(rows: bytes, functions: tuple[Function, ...], now_cycles: int) -> Iterator[Span]:
    """Inferences and layers; those that were open when the run ended end with it."""
    for begin_cycles, end_cycles, kind, function, layer, _flow in _SPAN.iter_unpack(rows):
        end = end_cycles if end_cycles >= 0 else now_cycles
        yield Span(_KINDS[kind], functions[function].name, begin_cycles, end, layer)
