"""Puts source files and lines into a recording, from the firmware's debug information."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mcusim.report.source_line import SourceLine, SourceLines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcusim.firmware.lines import LineTable
    from mcusim.recording.recording import Fault, Frame, Function, Recording

_LARGEST_BYTES = 4 << 20
"""Of a source file whose text is kept: beyond it there are tables that a program wrote, no code to look at."""
_SOURCE_SUFFIXES = frozenset(
    ".c .cc .cpp .cxx .c++ .h .hh .hpp .hxx .h++ .inc .inl .ipp .tcc .tpp .def"
    " .s .asm .sx .ino .rs .zig .ads .adb".split()
)
"""Debug information of a firmware from elsewhere may name any file of this machine: only sources are read."""


def with_sources(recording: Recording, lines: LineTable) -> Recording:
    """`recording` with the file that defines each function, and the line of each frame of a backtrace."""
    functions = tuple(_located(each, lines) for each in recording.functions)
    stop = recording.stop
    if stop.fault is not None:
        stop = replace(stop, fault=_with_lines(stop.fault, lines))
    return replace(recording, functions=functions, stop=stop)


def short_source(lines: LineTable, addr: int) -> str:
    """ "file.c:12", without the folder; empty where no line is known."""
    found = lines.line_at(addr)
    return f"{found.file.rpartition('/')[2]}:{found.line_number}" if found is not None else ""


def source_lines(recording: Recording, lines: LineTable, firmware: Path) -> SourceLines:
    """The line of every instruction that ran, and the text of the files.

    A file that the compiler named without its folder (-ffile-prefix-map) is looked for from the folders above the
    firmware's file, the nearest first, and then from the working folder.
    """
    index_of: dict[str, int] = {}
    found = []
    for each in recording.instructions:
        line = lines.line_at(each.addr)
        if line is not None:
            index = index_of.setdefault(line.file, len(index_of))
            found.append(SourceLine(each.addr, index, line.line_number))
    folders = (*firmware.absolute().parents, Path())
    texts = tuple(_first_text(folder / each for folder in folders) for each in index_of)
    return SourceLines(tuple(index_of), texts, tuple(found))


def with_texts(sources: SourceLines, folders: Iterable[Path]) -> SourceLines:
    """With the text of files that are in other places now: under each folder by as much of their path as fits."""
    folders = tuple(folders)
    texts = tuple(
        text or _first_text(folder / tail for folder in folders for tail in _tails(file))
        for file, text in zip(sources.files, sources.texts, strict=True)
    )
    return replace(sources, texts=texts)


def _tails(file: str) -> Iterable[str]:
    """ "/a/b/c.c" as "a/b/c.c", "b/c.c", "c.c"; Windows' names, too."""
    parts = [each for each in file.replace("\\", "/").split("/") if each and not each.endswith(":")]
    return ("/".join(parts[place:]) for place in range(len(parts)) if ".." not in parts[place:])


def _first_text(paths: Iterable[Path]) -> str:
    return next(filter(None, map(_text, paths)), "")


def _text(path: Path) -> str:
    try:
        if path.suffix.lower() not in _SOURCE_SUFFIXES or not path.is_file():
            return ""
        return (
            "" if path.stat().st_size > _LARGEST_BYTES else path.read_text(encoding="utf-8", errors="replace")
        )
    except (OSError, ValueError):  # gone, not to be read, or a name that no file can have
        return ""


def _located(function: Function, lines: LineTable) -> Function:
    source_file = function.source_file or lines.function_decl_file(function.addr) or ""
    return replace(function, source_file=source_file.rpartition("/")[2])


def _with_lines(fault: Fault, lines: LineTable) -> Fault:
    return replace(fault, backtrace=tuple(_with_line(each, lines) for each in fault.backtrace))


def _with_line(frame: Frame, lines: LineTable) -> Frame:
    return replace(frame, source=short_source(lines, frame.addr) or frame.source)
