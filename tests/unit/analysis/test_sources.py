"""Source files and lines come from the debug information, and only where it says something."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mcusim.analysis.sources import with_sources
from mcusim.firmware.lines import SourceLine
from mcusim.recording.recording import Fault, Frame, Stop


@dataclass
class Lines:
    """Debug information of one address."""

    addr: int

    def line_at(self, addr: int) -> SourceLine | None:
        return SourceLine("src/net.c", 7) if addr == self.addr else None

    def function_decl_file(self, addr: int) -> str | None:
        return "src/net.c" if addr == self.addr else None


def test_a_function_gets_the_file_that_defines_it(recording):
    nameless = tuple(replace(each, source_file="") for each in recording.functions)

    located = with_sources(replace(recording, functions=nameless), Lines(nameless[1].addr)).functions

    assert ["", "net.c"] == [each.source_file for each in located[:2]]


def test_the_file_of_a_local_symbol_stays(recording):
    """The symbol table names the file of static functions even without debug information."""
    kept = with_sources(recording, Lines(-1)).functions

    assert kept[0].source_file == recording.functions[0].source_file.rpartition("/")[2] != ""


def test_a_frame_of_a_backtrace_gets_its_line(recording):
    frames = (Frame(0x10, "f"), Frame(0x20, "g"))
    fault = Fault("HardFault", "", 0x10, (), 0, 0, 0, 0, (), frames)
    faulted = replace(recording, stop=Stop("fault", "", 0x10, fault=fault))

    backtrace = with_sources(faulted, Lines(0x10)).stop.fault.backtrace

    assert [each.source for each in backtrace] == ["net.c:7", ""]
