"""What each line of source cost, ready to be shown; no computing here."""

from __future__ import annotations

from dataclasses import dataclass

Reasons = tuple[tuple[str, int], ...]
"""(name of a timing Reason, cycles), the largest first."""


@dataclass(frozen=True, slots=True)
class AnnotatedInstruction:
    """One instruction over the whole run."""

    addr: int
    text: str
    function: str
    """That it was compiled into; not always the one that its line belongs to."""
    count: int
    """How often it was executed; skipping it in an IT block counts too."""
    cycles: int
    energy_j: float | None
    reasons: Reasons
    """They sum to `cycles`."""


@dataclass(frozen=True, slots=True)
class AnnotatedLine:
    """One line of source and all instructions that were made from it."""

    line_number: int
    count: int
    """Executions of its most often executed instruction; copies in several functions are added up."""
    cycles: int
    energy_j: float | None
    reasons: Reasons
    instructions: tuple[AnnotatedInstruction, ...]
    """By address."""


@dataclass(frozen=True, slots=True)
class AnnotatedFile:
    """One file of source."""

    name: str
    """As the compiler named it."""
    texts: tuple[str, ...]
    """All its lines; empty where the file is not known."""
    is_other_version: bool
    """The file ends before a line that code was made from: it was changed since."""
    cycles: int
    lines: tuple[AnnotatedLine, ...]
    """Those that instructions which ran were made from, by number."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A function, a file or the whole run by lines. Files, `unplaced` and `exception_cycles` sum to `cycles`."""

    kind: str
    """"function", "file" or "run"."""
    name: str
    calls_count: int
    """Of the function; 0 of a file or run."""
    cycles: int
    """The function's own, those of the file's lines, or all active cycles of the run."""
    run_cycles: int
    """Active cycles of the run."""
    energy_j: float | None
    files: tuple[AnnotatedFile, ...]
    """The dearest first. Code that was inlined belongs to the file it was written in."""
    unplaced: tuple[AnnotatedInstruction, ...]
    """Instructions that no line is known of, by address."""
    exception_cycles: int
    """Entry and return of exceptions, which belong to no instruction."""
