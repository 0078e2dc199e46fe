"""Source lines and variable types out of DWARF debug information, read on demand; it interprets no code.

DWARF versions 2 to 5. Damaged debug information counts as missing: it never stops a run, it only leaves
addresses without a line. `LineTable.problem` says what was wrong.
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_right, insort
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar

from elftools.common.exceptions import DWARFError, ELFError
from elftools.construct import ConstructError
from elftools.dwarf.die import DIE
from elftools.elf.elffile import ELFFile

from mcusim.firmware import headers, line_program
from mcusim.firmware.dwarf_reader import (
    DW_AT_COMP_DIR,
    DW_AT_STMT_LIST,
    Cursor,
    UnitHeader,
    address_ranges,
    first_entry,
    unit_headers,
)
from mcusim.firmware.headers import DamagedElfError
from mcusim.firmware.names import last_part, without_clone
from mcusim.firmware.symbols import demangle
from mcusim.firmware.variable_type import VariableType, describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_T = TypeVar("_T")

_DAMAGE = (
    DamagedElfError,
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
    zlib.error,
)
"""What pyelftools and the readers here raise on information that makes no sense (seen by flipping bytes)."""

_SHF_COMPRESSED, _ELFCOMPRESS_ZLIB = 0x800, 1
_MAX_SECTION_BYTES = 512 << 20
_DW_OP_ADDR, _DW_OP_ADDRX = 0x03, 0xA1
_SHORT_NAME_BYTES = 3
"""GCC and LLVM write a name of three characters in place, since a reference to it takes four bytes."""
_REACH_BYTES = 24
"""Attributes before the linkage name: name, file, line and column take at most this much."""
_NAME_ATTRIBUTES = ("DW_AT_name", "DW_AT_linkage_name", "DW_AT_MIPS_linkage_name")


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a source file; `file` is absolute where the compiler said enough."""

    file: str
    line: int


class LineTable:
    """The debug information of one ELF file. Nothing is read before the first question."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sequences: list[line_program.Sequence] = []
        self._read_offsets: set[int] = set()
        self.problem = ""
        """Why debug information could not be used; "" while there was no problem."""

    def line_at(self, addr: int) -> SourceLine | None:
        """The source line of the instruction at `addr`."""
        sequence = self._sequence_at(addr)
        if sequence is None:
            return None
        row = bisect_right(sequence.addrs, addr) - 1
        return SourceLine(sequence.files.path(sequence.file_indexes[row]), sequence.lines[row])

    def function_decl_file(self, addr: int) -> str | None:
        """The file that defines the function beginning at `addr`.

        The first row of a function is its opening line, in its own file even when all of its body is inlined.
        """
        sequence = self._sequence_at(addr)
        if sequence is None:
            return None
        row = bisect_right(sequence.addrs, addr) - 1
        while row > 0 and sequence.addrs[row - 1] == sequence.addrs[row]:
            row -= 1
        return sequence.files.path(sequence.file_indexes[row])

    def variable_type(self, symbol_name: str, addr: int | None = None) -> VariableType | None:
        """The type of a variable with static storage, by linkage or source name.

        With `addr`, only the variable at that address counts: names of local statics repeat.
        """
        return self._guarded(lambda: self._variable_type(symbol_name, addr), None)

    def _guarded(self, action: Callable[[], _T], otherwise: _T) -> _T:
        """The one place where the many ways to fail become "no information"."""
        try:
            return action()
        except _DAMAGE as error:
            self.problem = self.problem or f"{type(error).__name__}: {error}"
            return otherwise

    # Lines

    @cached_property
    def _sections(self) -> dict[str, bytes]:
        """The debug sections by name, unpacked."""

        def read() -> dict[str, bytes]:
            data = self._path.read_bytes()
            rows = headers.read_sections(data, headers.read_header(data))
            debug_rows = [row for row in rows if row.name.startswith(".debug_")]
            return {row.name: _unpacked(headers.contents(data, row), row.flags_mask) for row in debug_rows}

        nothing: dict[str, bytes] = {}
        return self._guarded(read, nothing)

    @cached_property
    def _units(self) -> dict[int, UnitHeader]:
        """The compilation units by their offset."""
        nothing: list[UnitHeader] = []
        units = self._guarded(lambda: list(unit_headers(self._sections.get(".debug_info", b""))), nothing)
        return {unit.offset: unit for unit in units}

    @cached_property
    def _ranges(self) -> list[tuple[int, int, int]]:
        """(start, end, unit offset) by address, from .debug_aranges, which clang leaves out."""
        nothing: list[tuple[int, int, int]] = []
        data = self._sections.get(".debug_aranges", b"")
        # A function that GNU ld dropped begins at 0, where no code can be: the vector table or nothing is there.
        return self._guarded(lambda: sorted(each for each in address_ranges(data) if each[0]), nothing)

    def _sequence_at(self, addr: int) -> line_program.Sequence | None:
        found = self._known_sequence_at(addr)
        if found is not None:
            return found
        index = bisect_right(self._ranges, (addr, 1 << 32, 0)) - 1
        if index >= 0 and addr < self._ranges[index][1]:
            self._read_unit(self._ranges[index][2])
        else:
            indexed = {offset for _, _, offset in self._ranges}
            for offset in sorted(self._units.keys() - indexed - self._read_offsets):
                self._read_unit(offset)
        return self._known_sequence_at(addr)

    def _known_sequence_at(self, addr: int) -> line_program.Sequence | None:
        index = bisect_right(self._sequences, addr, key=lambda sequence: sequence.start_addr) - 1
        if index < 0 or addr >= self._sequences[index].end_addr:
            return None
        return self._sequences[index]

    def _read_unit(self, offset: int) -> None:
        """Adds the line table of the compilation unit at `offset`, once."""
        if offset in self._read_offsets or offset not in self._units:
            return
        self._read_offsets.add(offset)

        def read() -> list[line_program.Sequence]:
            attributes = first_entry(self._sections, self._units[offset])
            program_offset, compilation_dir = attributes.get(DW_AT_STMT_LIST), attributes.get(DW_AT_COMP_DIR)
            if not isinstance(program_offset, int):
                return []
            directory = (
                compilation_dir.decode("utf-8", "replace") if isinstance(compilation_dir, bytes) else ""
            )
            return list(line_program.sequences(self._sections, program_offset, directory))

        nothing: list[line_program.Sequence] = []
        for sequence in self._guarded(read, nothing):
            insort(self._sequences, sequence)

    # Variables

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

    def _variable_type(self, symbol_name: str, addr: int | None) -> VariableType | None:
        if self._dwarf is None:
            return None
        plain_name = last_part(without_clone(demangle(symbol_name)))
        for entry in self._variables(plain_name, symbol_name, addr):
            found_addr = _static_addr(self._dwarf, entry)
            if found_addr is not None and addr in (None, found_addr):
                return describe(_declaration(entry))
        return None

    def _variables(self, plain_name: str, linkage_name: str, addr: int | None) -> Iterator[Any]:
        """Entries of variables with one of the names.

        An entry is found by searching the bytes for the reference to its name: its few bytes before that are the
        abbreviation code. Walking all entries of a TinyML firmware takes ten seconds and more.
        """
        info = self._sections.get(".debug_info", b"")
        wanted = {plain_name.encode(), linkage_name.encode()}
        for name in sorted(wanted):
            # A short name has thousands of accidental matches; its entry begins right before it.
            reach_bytes = _REACH_BYTES if len(name) > _SHORT_NAME_BYTES else 3
            for needle in _needles(name, self._sections.get(".debug_str", b"")):
                for offset in _occurrences(info, needle):
                    unit = self._unit_around(offset, addr)
                    if unit is not None:
                        yield from _named_at(unit, info, offset, reach_bytes)
        if ".debug_str_offsets" in self._sections:  # names are numbers of a byte or two there
            for unit in self._dwarf.iter_CUs():
                yield from (each for each in _all_entries(unit) if _names(each) & wanted)

    def _unit_around(self, offset: int, addr: int | None) -> Any:
        """The unit at an offset of .debug_info; None outside units and if it cannot place a variable at `addr`."""
        index = bisect_right(self._unit_offsets, offset) - 1
        unit = self._units[self._unit_offsets[index]] if index >= 0 else None
        if unit is None or offset >= unit.end_offset:
            return None
        if addr is not None and ".debug_addr" not in self._sections:
            location = struct.pack("<BI", _DW_OP_ADDR, addr)
            if self._sections[".debug_info"].find(location, unit.offset, unit.end_offset) < 0:
                return None
        return self._dwarf.get_CU_at(unit.offset)

    @cached_property
    def _unit_offsets(self) -> list[int]:
        return sorted(self._units)


def _unpacked(data: bytes, flags_mask: int) -> bytes:
    """The contents of a section that may be compressed (gABI, "Section Compression")."""
    if not flags_mask & _SHF_COMPRESSED:
        return data
    kind, size_bytes = struct.unpack_from("<II", data)
    if kind != _ELFCOMPRESS_ZLIB or size_bytes > _MAX_SECTION_BYTES:
        return b""
    return zlib.decompressobj().decompress(data[12:], max(size_bytes, 1))


def _needles(name: bytes, strings: bytes) -> Iterator[bytes]:
    """The bytes by which an entry can name a variable: the name itself, or its offset in .debug_str.

    Linkers share the tails of strings; compilers keep names as short as an offset out of the table.
    """
    yield name + b"\0"
    for offset in _occurrences(strings, name + b"\0"):
        if len(name) > _SHORT_NAME_BYTES or strings[offset - 1 : offset] == b"\0":
            yield struct.pack("<I", offset)


def _named_at(unit: Any, info: bytes, name_offset: int, reach_bytes: int) -> Iterator[Any]:
    """The variable whose name is at `name_offset`, and the definition that completes it elsewhere in its unit."""
    for entry in _entries_before(unit, name_offset, _NAME_ATTRIBUTES, reach_bytes):
        yield entry
        if "DW_AT_location" in entry.attributes:
            continue
        reference = struct.pack("<I", entry.offset - unit.cu_offset)
        for offset in _occurrences(info[unit.cu_offset : unit.cu_offset + unit.size], reference):
            yield from _entries_before(unit, unit.cu_offset + offset, ("DW_AT_specification",), _REACH_BYTES)


def _entries_before(unit: Any, offset: int, attributes: tuple[str, ...], reach_bytes: int) -> Iterator[Any]:
    """Variables with one of `attributes` at `offset` that begin at most `reach_bytes` before it."""
    stream = unit.dwarfinfo.debug_info_sec.stream
    abbreviations = unit.get_abbrev_table()
    for start_offset in range(offset - 1, max(offset - 1 - reach_bytes, unit.cu_die_offset), -1):
        stream.seek(start_offset)
        code = Cursor(stream.read(3) + b"\0").uleb128()
        try:
            if abbreviations.get_abbrev(code)["tag"] != "DW_TAG_variable":
                continue
            entry = DIE(cu=unit, stream=stream, offset=start_offset)
        except _DAMAGE:  # no entry begins here
            continue
        if any(each.name in attributes and each.offset == offset for each in entry.attributes.values()):
            yield entry


def _all_entries(unit: Any) -> Iterator[Any]:
    """All variables of a unit in the order of the file, which also ends on damaged sibling links."""
    offset, end_offset = unit.cu_die_offset, unit.cu_offset + unit.size
    while offset < end_offset:
        entry = DIE(cu=unit, stream=unit.dwarfinfo.debug_info_sec.stream, offset=offset)
        if entry.tag == "DW_TAG_variable":
            yield entry
        offset += max(entry.size, 1)


def _declaration(entry: Any) -> Any:
    """The entry with name and type: C++ splits members and namespace variables in two."""
    for name in ("DW_AT_specification", "DW_AT_abstract_origin"):
        if name in entry.attributes and "DW_AT_type" not in entry.attributes:
            return entry.get_DIE_from_attribute(name)
    return entry


def _names(entry: Any) -> set[bytes]:
    both = (entry, _declaration(entry))
    return {
        each.attributes[name].value for each in both for name in _NAME_ATTRIBUTES if name in each.attributes
    }


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


def _occurrences(data: bytes, needle: bytes) -> Iterator[int]:
    """Every offset of `needle`."""
    offset = data.find(needle)
    while offset >= 0:
        yield offset
        offset = data.find(needle, offset + 1)
