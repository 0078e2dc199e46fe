"""What watched pins did."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PinEdge:
    """A watched pin changed."""

    at_cycles: int
    time_s: float
    is_high: bool


@dataclass(frozen=True, slots=True)
class PinTrace:
    """A pin that the user watched."""

    pin: str
    edges: tuple[PinEdge, ...]
    """The first ones, at most a few thousand."""
    edges_count: int
    high_s: float
    """Time at high level."""
