"""What happened when: stretches and memory use over time; integers only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the run: of `kind` "inference", "layer", "exception", "task" or "sleep"."""

    kind: str
    name: str
    """For people: the function, the handler, the task, the sleep mode."""
    begin_cycles: int
    end_cycles: int
    index: int = -1
    """Of a layer: its place in the inference, from 0."""


@dataclass(frozen=True, slots=True)
class RamSample:
    """The most that was in use from `begin_cycles` to the next sample."""

    begin_cycles: int
    stack_bytes: int
    """All stacks together."""
    heap_bytes: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """The run over time. Cycles are since reset, sleep included."""

    spans: tuple[Span, ...] = ()
    """By begin, an enclosing one before what it encloses; only the first ones of a long run."""
    lost_spans_count: int = 0
    """Spans after those."""
    ram: tuple[RamSample, ...] = ()
    """Equally far apart; empty when nothing was sampled."""
