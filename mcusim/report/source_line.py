"""Which line of source an instruction came from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceLine:
    """The line of an instruction that ran."""

    addr: int
    file_index: int
    """Into the list of files."""
    line_number: int
    """From 1."""


@dataclass(frozen=True, slots=True)
class SourceLines:
    """The lines of all instructions that ran; empty without debug information."""

    files: tuple[str, ...] = ()
    """As the compiler named them."""
    texts: tuple[str, ...] = ()
    """What each file held when the firmware was run; empty where it could not be read."""
    lines: tuple[SourceLine, ...] = ()
    """By address; instructions without a line are not among them."""
