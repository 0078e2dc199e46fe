"""Source files and lines come from the debug information, and only where it says something."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mcusim.analysis.sources import source_lines, with_sources, with_texts
from mcusim.firmware.lines import SourceLine
from mcusim.recording.recording import ExecutedInstruction, Fault, Frame, Stop
from mcusim.report.source_line import SourceLines


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


class OneFile:
    """Debug information that names one file for every address."""

    def __init__(self, file: str) -> None:
        self.file = file

    def line_at(self, addr: int) -> SourceLine:
        return SourceLine(self.file, 3)


def _with_code(recording):
    return replace(recording, instructions=(ExecutedInstruction(0x10, 2, "nop", 0, 1, ()),))


def test_a_file_named_without_its_folder_is_looked_for_above_the_firmware(recording, tmp_path, monkeypatch):
    """-ffile-prefix-map leaves "src/net.c"; the nearest folder that has one counts, then the working folder."""
    monkeypatch.chdir(tmp_path)
    firmware = tmp_path / "project" / "build" / "fw.elf"
    lines = OneFile("src/net.c")
    texts = []
    for folder in (tmp_path, tmp_path / "project", firmware.parent):
        (folder / "src").mkdir(parents=True)
        (folder / "src" / "net.c").write_text(folder.name)
        texts += source_lines(_with_code(recording), lines, firmware).texts

    assert [tmp_path.name, "project", "build"] == texts


def test_only_sources_are_read(recording, tmp_path):
    """The debug information of somebody else's firmware may name any file of this machine."""
    for name in ("key", "key.pem", "net.c"):
        (tmp_path / name).write_text("content")
    found = [
        source_lines(_with_code(recording), OneFile(str(tmp_path / name)), tmp_path / "fw.elf").texts
        for name in ("key", "key.pem", "net.c", "")
    ]

    assert [("",), ("",), ("content",), ("",)] == found


def test_sources_that_have_moved_are_found_by_the_end_of_their_path(tmp_path):
    """The more of the path fits the better: two files may be called net.c."""
    for folder in (tmp_path, tmp_path / "b"):
        folder.mkdir(exist_ok=True)
        (folder / "net.c").write_text(folder.name)
    sources = SourceLines(("/build/a/b/net.c", "C:\\work\\net.c", "gone.c", "kept.c"), ("", "", "", "kept"))

    assert ("b", tmp_path.name, "", "kept") == with_texts(sources, [tmp_path / "none", tmp_path]).texts
