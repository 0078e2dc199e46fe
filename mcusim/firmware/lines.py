"""Source lines and variable types out of DWARF debug information, read on demand; it interprets no code.

DWARF versions 2 to 5. Damaged debug information counts as missing: it never stops a run, it only leaves
addresses without a line. `LineTable.problem` says what was wrong.
"""

from __future__ import annotations

import struct
from bisect import bisect_right, insort
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from posixpath import isabs, join, normpath
from typing import TYPE_CHECKING, Any, TypeVar

from elftools.common.exceptions import DWARFError, ELFError
from elftools.construct import ConstructError
from elftools.elf.elffile import ELFFile

from mcusim.firmware.names import last_part, without_clone
from mcusim.firmware.symbols import demangle
from mcusim.firmware.variable_type import VariableType, describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_T = TypeVar("_T")

_DAMAGE = (
    ELFError,
    DWARFError,
    ConstructError,
    OSError,
    ValueError,  # with UnicodeDecodeError
    LookupError,
    ArithmeticError,
    TypeError,
    AttributeError,
    AssertionError,
    NotImplementedError,
    RecursionError,
    MemoryError,
    struct.error,
)
"""What pyelftools raises on debug information that it cannot make sense of (seen by flipping bytes)."""

_LAST_CODE_ADDR = 0xFFFF_FFF0
"""lld marks functions that it dropped with the highest addresses, GNU ld with 0 (DWARF issue 200609.1)."""
_DW_OP_ADDR, _DW_OP_ADDRX = 0x03, 0xA1


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a source file; `file` is absolute where the compiler said enough."""

    file: str
    line: int


@dataclass(frozen=True, slots=True, order=True)
class _Sequence:
    """Consecutive rows of a line table: row i holds from addrs[i] up to addrs[i + 1] or `end_addr`."""

    start_addr: int
    end_addr: int
    addrs: tuple[int, ...] = field(compare=False)
    lines: tuple[SourceLine, ...] = field(compare=False)


class LineTable:
    """The debug information of one ELF file. Nothing is read before the first question."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sequences: list[_Sequence] = []
        self._read_offsets: set[int] = set()
        self.problem = ""
        """Why debug information could not be used; "" while there was no problem."""

    def line_at(self, addr: int) -> SourceLine | None:
        """The source line of the instruction at `addr`."""
        sequence = self._sequence_at(addr)
        if sequence is None:
            return None
        return sequence.lines[bisect_right(sequence.addrs, addr) - 1]

    def function_decl_file(self, addr: int) -> str | None:
        """The file that defines the function beginning at `addr`.

        The first row of a function is its opening line, in its own file even when all of its body is inlined.
        """
        sequence = self._sequence_at(addr)
        if sequence is None:
            return None
        index = bisect_right(sequence.addrs, addr) - 1
        while index > 0 and sequence.addrs[index - 1] == sequence.addrs[index]:
            index -= 1
        return sequence.lines[index].file

    def variable_type(self, symbol_name: str, addr: int | None = None) -> VariableType | None:
        """The type of a variable with static storage, by linkage or source name.

        With `addr`, only the variable at that address counts: names of local statics repeat.
        """
        return self._guarded(lambda: self._variable_type(symbol_name, addr), None)

    @cached_property
    def _dwarf(self) -> Any:
        """The pyelftools object; None without debug information."""

        def read() -> Any:
            elf = ELFFile(BytesIO(self._path.read_bytes()))
            if not elf.has_dwarf_info(strict=True):
                return None
            # Firmware is linked, so nothing is left to relocate; no other file is opened either.
            return elf.get_dwarf_info(relocate_dwarf_sections=False, follow_links=False)

        return self._guarded(read, None)

    @cached_property
    def _units(self) -> dict[int, Any]:
        """The compilation units by their offset; those before a damaged one."""
        units: dict[int, Any] = {}

        def read() -> None:
            for unit in self._dwarf.iter_CUs():
                units[unit.cu_offset] = unit

        if self._dwarf is not None:
            self._guarded(read, None)
        return units

    @cached_property
    def _ranges(self) -> list[tuple[int, int, int]]:
        """(start, end, unit offset) by address, from .debug_aranges, which clang leaves out."""

        def read() -> list[tuple[int, int, int]]:
            table = self._dwarf.get_aranges() if self._dwarf is not None else None
            entries = table.entries if table is not None else []
            return sorted(
                (each.begin_addr, each.begin_addr + each.length, each.info_offset) for each in entries
            )

        return self._guarded(read, [])

    def _guarded(self, action: Callable[[], _T], otherwise: _T) -> _T:
        """The one place where pyelftools' ways to fail become "no information"."""
        try:
            return action()
        except _DAMAGE as error:
            self.problem = self.problem or f"{type(error).__name__}: {error}"
            return otherwise

    def _sequence_at(self, addr: int) -> _Sequence | None:
        found = self._known_sequence_at(addr)
        if found is not None:
            return found
        index = bisect_right(self._ranges, (addr, _LAST_CODE_ADDR, 0)) - 1
        if index >= 0 and addr < self._ranges[index][1]:
            self._read_unit(self._ranges[index][2])
        else:
            indexed = {offset for _, _, offset in self._ranges}
            for offset in self._units.keys() - indexed:
                self._read_unit(offset)
        return self._known_sequence_at(addr)

    def _known_sequence_at(self, addr: int) -> _Sequence | None:
        index = bisect_right(self._sequences, addr, key=lambda sequence: sequence.start_addr) - 1
        if index < 0 or addr >= self._sequences[index].end_addr:
            return None
        return self._sequences[index]

    def _read_unit(self, offset: int) -> None:
        """Adds the line table of the compilation unit at `offset`, once."""
        if offset in self._read_offsets or offset not in self._units:
            return
        self._read_offsets.add(offset)
        nothing: list[_Sequence] = []
        for sequence in self._guarded(lambda: list(_sequences(self._dwarf, self._units[offset])), nothing):
            insort(self._sequences, sequence)

    def _variable_type(self, symbol_name: str, addr: int | None) -> VariableType | None:
        name = last_part(without_clone(demangle(symbol_name)))
        for unit in self._units_that_mention(name.encode()):
            for entry in _entries(unit):
                if entry.tag == "DW_TAG_variable" and _is_variable(entry, symbol_name, name):
                    found_addr = _static_addr(self._dwarf, entry)
                    if found_addr is not None and addr in (None, found_addr):
                        return describe(_declaration(entry))
        return None

    def _units_that_mention(self, name: bytes) -> Iterator[Any]:
        """Units whose bytes hold the name or a reference to it: searching bytes beats walking entries."""
        if self._dwarf is None or not self._units:
            return
        info = _section_bytes(self._dwarf.debug_info_sec)
        needles = [name + b"\0"]
        needles += [
            struct.pack("<I", each) for each in _offsets_of(name, _section_bytes(self._dwarf.debug_str_sec))
        ]
        has_indexed_strings = self._dwarf.debug_str_offsets_sec is not None
        for offset, unit in self._units.items():
            end_offset = offset + unit.size
            if has_indexed_strings or any(info.find(needle, offset, end_offset) >= 0 for needle in needles):
                yield unit


def _sequences(dwarf: Any, unit: Any) -> Iterator[_Sequence]:
    """The line table of one unit without functions that the linker dropped."""
    program = dwarf.line_program_for_CU(unit)
    if program is None:
        return
    files = _FileNames(program, _text(unit.get_top_DIE(), "DW_AT_comp_dir"))
    rows: list[tuple[int, SourceLine]] = []
    for entry in program.get_entries():
        state = entry.state
        if state is None:
            continue
        if not state.end_sequence:
            if state.line:  # 0: made by the compiler, it belongs to the row before
                rows.append((state.address, SourceLine(files.path(state.file), state.line)))
            continue
        rows.sort(key=lambda row: row[0])  # stable; rows of one sequence should ascend already
        if rows and 0 < rows[0][0] < state.address <= _LAST_CODE_ADDR:
            addrs, lines = zip(*rows, strict=True)
            yield _Sequence(addrs[0], state.address, addrs, lines)
        rows = []


class _FileNames:
    """The file table of a line program (DWARF 5, section 6.2.4; before version 5 it counts from 1)."""

    def __init__(self, program: Any, compilation_dir: str) -> None:
        self._files = program.header.file_entry
        self._dirs = [_decoded(each) for each in program.header.include_directory]
        self._first_index = 0 if program.header.version >= 5 else 1
        self._compilation_dir = compilation_dir
        self._paths: dict[int, str] = {}

    def path(self, file_index: int) -> str:
        """The path of a file; "" when the table has no such file."""
        if file_index not in self._paths:
            self._paths[file_index] = self._path(file_index - self._first_index)
        return self._paths[file_index]

    def _path(self, row_index: int) -> str:
        if not 0 <= row_index < len(self._files):
            return ""
        name = _decoded(self._files[row_index].name)
        dir_row_index = self._files[row_index].dir_index - self._first_index
        directory = self._dirs[dir_row_index] if 0 <= dir_row_index < len(self._dirs) else ""
        if isabs(name) or name[1:2] == ":":
            return name
        if isabs(directory) or directory[1:2] == ":":
            return normpath(join(directory, name))
        return normpath(join(self._compilation_dir, directory, name))


def _entries(unit: Any) -> Iterator[Any]:
    """All debugging entries of a unit in the order of the file, which also ends on damaged sibling links."""
    offset, end_offset = unit.cu_die_offset, unit.cu_offset + unit.size
    while offset < end_offset:
        entry = unit.get_DIE_from_refaddr(offset)
        yield entry
        offset += max(entry.size, 1)


def _declaration(entry: Any) -> Any:
    """The entry with name and type: C++ splits members and namespace variables in two."""
    for name in ("DW_AT_specification", "DW_AT_abstract_origin"):
        if name in entry.attributes and "DW_AT_type" not in entry.attributes:
            return entry.get_DIE_from_attribute(name)
    return entry


def _is_variable(entry: Any, symbol_name: str, plain_name: str) -> bool:
    declaration = _declaration(entry)
    linkage_names = [
        _text(each, name)
        for each in (entry, declaration)
        for name in ("DW_AT_linkage_name", "DW_AT_MIPS_linkage_name")
    ]
    return symbol_name in linkage_names or _text(declaration, "DW_AT_name") == plain_name


def _static_addr(dwarf: Any, entry: Any) -> int | None:
    """Where the variable lives; None for a declaration and for one in registers or on the stack."""
    location = entry.attributes.get("DW_AT_location")
    expression = bytes(location.value) if location is not None and isinstance(location.value, list) else b""
    if expression[:1] == bytes([_DW_OP_ADDR]) and len(expression) >= 5:
        return int.from_bytes(expression[1:5], "little")
    if expression[:1] == bytes([_DW_OP_ADDRX]):
        index = sum((byte & 0x7F) << 7 * place for place, byte in enumerate(expression[1:6]))
        return int(dwarf.get_addr(entry.cu, index))
    return None


def _section_bytes(section: Any) -> bytes:
    if section is None:
        return b""
    section.stream.seek(0)
    return bytes(section.stream.read())


def _offsets_of(name: bytes, strings: bytes) -> Iterator[int]:
    """Where the name ends in a string table; linkers share the tails of strings."""
    offset = strings.find(name + b"\0")
    while offset >= 0:
        yield offset
        offset = strings.find(name + b"\0", offset + 1)


def _text(entry: Any, name: str) -> str:
    return _decoded(entry.attributes[name].value) if name in entry.attributes else ""


def _decoded(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
