"""Two calling-context trees laid over each other: old and new weights per place in the calls; no computing here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProfileChangeNode:
    """One place in the calls of either run. Parents come first; `parent_index` -1 is a root."""

    name: str
    """In the new run; in the old one when the place is gone."""
    old_name: str
    """Differs from `name` when the function was renamed or is another clone; empty when the place is new."""
    kind: str
    """As in ProfileNode: "context", "function", "sleep", "other"."""
    parent_index: int
    status: str
    """"same", "changed", "renamed", "added" or "removed" (report/comparison.py)."""
    old_calls_count: int
    new_calls_count: int
    old_self_cycles: int
    new_self_cycles: int
    """0 in the run that does not have the place; sums over the nodes are the runs' totals."""
    old_self_s: float
    new_self_s: float
    old_self_j: float | None
    new_self_j: float | None
    """None without a power model."""
    source_file: str = ""
    layer_index: int = -1
    """The new run's layer that begins here; -1: none."""

    @property
    def delta_cycles(self) -> int:
        """New minus old self cycles."""
        return self.new_self_cycles - self.old_self_cycles


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """Two runs, from reset to stop."""

    nodes: tuple[ProfileChangeNode, ...]
    old_cycles: int
    new_cycles: int
    old_s: float
    new_s: float
    old_j: float | None
    new_j: float | None
