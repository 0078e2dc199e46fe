"""Where a run's cycles, seconds and joules went, by place in the calls; every total is the sum of its nodes."""

from __future__ import annotations

from dataclasses import dataclass

CONTEXT, FUNCTION, SLEEP, OTHER = "context", "function", "sleep", "other"


@dataclass(frozen=True, slots=True)
class ProfileNode:
    """One place in the calling-context tree. Parents come first; `parent_index` -1 is a root."""

    name: str
    kind: str
    """"context" (a root: the thread, a task, a handler), "function", or a root that completes the sum: "sleep",
    "other"."""
    parent_index: int
    calls_count: int
    self_cycles: int
    self_s: float
    self_j: float | None
    """None without a power model."""
    addr: int = 0
    source_file: str = ""
    layer_index: int = -1
    """The layer of the network that begins here; -1: none (it may be inside one)."""
    is_tail_call: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """The whole run, from reset to stop."""

    nodes: tuple[ProfileNode, ...]
    total_cycles: int
    total_s: float
    total_j: float | None
