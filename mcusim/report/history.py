"""What a run did over time, ready to be drawn: stretches, memory and power."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HistorySpan:
    """A stretch of `kind` "inference", "layer", "exception", "task" or "sleep"."""

    kind: str
    name: str
    """For people: "3 CONV_2D" of a layer, the name of a task, handler or sleep mode."""
    begin_s: float
    end_s: float
    begin_cycles: int
    end_cycles: int
    layer_index: int = -1


@dataclass(frozen=True, slots=True)
class RamPoint:
    """RAM in use from `at_s` to the next point. The four parts are apart from each other and sum to what is in use."""

    at_s: float
    static_bytes: int
    """Without the arena."""
    arena_bytes: int
    heap_bytes: int
    stack_bytes: int


@dataclass(frozen=True, slots=True)
class PowerPoint:
    """Supply power from `at_s` to the next point."""

    at_s: float
    power_w: float
    low_w: float
    high_w: float
    state: str
    """For people: "run from flash, 120 MHz", "sleep", "stop2"."""


@dataclass(frozen=True, slots=True)
class History:
    """The whole run over time, in seconds since reset."""

    end_s: float
    spans: tuple[HistorySpan, ...] = ()
    lost_spans_count: int = 0
    """Stretches after the last of `spans`, which were not kept."""
    ram: tuple[RamPoint, ...] = ()
    power: tuple[PowerPoint, ...] = ()
    """Empty without a power model."""
    is_power_exact: bool = True
    """False: sleep is known by stretches of equal clock only, and power there is the mean."""
