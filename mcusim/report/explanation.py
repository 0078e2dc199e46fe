"""Why a function costs what it costs, ready to be shown; no computing here."""

from __future__ import annotations

from dataclasses import dataclass

Reasons = tuple[tuple[str, int], ...]
"""(name of a timing Reason, cycles)."""


@dataclass(frozen=True, slots=True)
class ExplainedInstruction:
    """One instruction over the whole run."""

    addr: int
    text: str
    count: int
    """How often it was executed; skipping it in an IT block counts too."""
    cycles: int
    """The sum of its reasons."""
    reasons: Reasons


@dataclass(frozen=True, slots=True)
class ExplainedBlock:
    """Instructions that follow each other in memory and ran equally often."""

    addr: int
    count: int
    cycles: int
    source: str
    """ "file.c:12" of the first instruction; empty without debug information."""
    instructions: tuple[ExplainedInstruction, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One function over the whole run."""

    function: str
    source_file: str
    calls_count: int
    self_cycles: int
    run_cycles: int
    """Active cycles of the run."""
    reasons: Reasons
    """They sum to `self_cycles`."""
    blocks: tuple[ExplainedBlock, ...]
    """By address."""
