"""Puts source files and lines into a recording, from the firmware's debug information."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mcusim.report.source_line import SourceLine, SourceLines

if TYPE_CHECKING:
    from mcusim.firmware.lines import LineTable
    from mcusim.recording.recording import Fault, Frame, Function, Recording


def with_sources(recording: Recording, lines: LineTable) -> Recording:
    """`recording` with the file that defines each function, and the line of each frame of a backtrace."""
    functions = tuple(_located(each, lines) for each in recording.functions)
    stop = recording.stop
    if stop.fault is not None:
        stop = replace(stop, fault=_with_lines(stop.fault, lines))
    return replace(recording, functions=functions, stop=stop)


def source_lines(recording: Recording, lines: LineTable) -> SourceLines:
    """The line of every instruction that ran, and the text of the files."""
    index_of: dict[str, int] = {}
    found = []
    for each in recording.instructions:
        line = lines.line_at(each.addr)
        if line is not None:
            index = index_of.setdefault(line.file, len(index_of))
            found.append(SourceLine(each.addr, index, line.line_number))
    return SourceLines(tuple(index_of), tuple(_text(each) for each in index_of), tuple(found))


def _text(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):  # gone, no file, or a name that no file can have
        return ""


def _located(function: Function, lines: LineTable) -> Function:
    source_file = function.source_file or lines.function_decl_file(function.addr) or ""
    return replace(function, source_file=source_file.rpartition("/")[2])


def _with_lines(fault: Fault, lines: LineTable) -> Fault:
    return replace(fault, backtrace=tuple(_with_line(each, lines) for each in fault.backtrace))


def _with_line(frame: Frame, lines: LineTable) -> Frame:
    found = lines.line_at(frame.addr)
    if found is None:
        return frame
    return replace(frame, source=f"{found.file.rpartition('/')[2]}:{found.line_number}")
