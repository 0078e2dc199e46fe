"""What happened when, put together from what the native core and the flows noted."""

from __future__ import annotations

import struct
from array import array
from typing import TYPE_CHECKING

from mcusim.recording.timeline import RamSample, Span, Timeline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcusim.machine.machine import Machine
    from mcusim.machine.tasks.flow_spans import FlowSpan
    from mcusim.recording.recording import Function, Memory

_SPAN = struct.Struct("<qqiiii")  # Span in native/core.h
_RAM_FIRST_STACK = 2
_KINDS = ("inference", "layer", "task", "exception", "sleep")


def timeline_of(machine: Machine, functions: tuple[Function, ...], memory: Memory) -> Timeline:
    """All of it, after the phases; `functions` are the recording's, the last one is for code of no function."""
    rows, lost_count = machine.core.spans()
    flows, sleeps, now_cycles = machine.flows.times.spans, machine.waiting.sleeps, machine.core.now
    sleep_spans = sleeps.finished()
    spans = [
        *_network_spans(rows, functions, now_cycles),
        *_flow_spans("exception", flows.handlers, machine.flows.names, now_cycles),
        *sleep_spans,
    ]
    if len({each.flow_index for each in flows.tasks}) > 1:
        spans += _flow_spans("task", flows.tasks, machine.flows.names, now_cycles)
        lost_count += flows.lost_tasks_count
    spans.sort(key=_place)
    ends = [now_cycles, machine.phases.begins_known_until_cycles]
    ends += [sleep_spans[-1].end_cycles] if sleeps.lost_count else []
    return Timeline(
        spans=tuple(spans),
        lost_spans_count=lost_count + flows.lost_handlers_count + sleeps.lost_count,
        ram=_ram(machine, memory),
        phases=machine.phases.begins,
        known_until_cycles=min(each for each in ends if each is not None),
    )


def _ram(machine: Machine, memory: Memory) -> tuple[RamSample, ...]:
    if memory.heap_source == "written bytes":  # also what was written since the last step began
        machine.core.set_heap(memory.heap_peak_bytes)
    step_cycles, width, data = machine.core.ram_samples()
    words = array("I", data)
    indexes = machine.flows.used_stack_indexes()
    rows = (words[i : i + width] for i in range(0, len(words), width))
    return tuple(
        RamSample(
            begin_cycles=number * step_cycles,
            stack_bytes=row[0],
            heap_bytes=min(row[1], memory.heap_peak_bytes),
            each_stack_bytes=tuple(row[_RAM_FIRST_STACK + index] for index in indexes),
        )
        for number, row in enumerate(rows)
    )


def _place(span: Span) -> tuple[int, int, int, int]:
    """By begin; what lasts longer holds what is shorter, an inference its only layer."""
    return span.begin_cycles, -span.end_cycles, _KINDS.index(span.kind), span.index


def _network_spans(rows: bytes, functions: tuple[Function, ...], now_cycles: int) -> Iterator[Span]:
    """Inferences and layers; those that were open when the run ended end with it."""
    for begin_cycles, end_cycles, kind, function, layer, _flow in _SPAN.iter_unpack(rows):
        end = end_cycles if end_cycles >= 0 else now_cycles
        yield Span(_KINDS[kind], functions[function].name, begin_cycles, end, layer)


def _flow_spans(kind: str, spans: list[FlowSpan], names: list[str], now_cycles: int) -> list[Span]:
    """Of handlers or tasks; one that took no time is none."""
    ended = ((each, each.end_cycles if each.end_cycles >= 0 else now_cycles) for each in spans)
    return [
        Span(kind, names[each.flow_index], each.begin_cycles, end)
        for each, end in ended
        if end > each.begin_cycles
    ]
