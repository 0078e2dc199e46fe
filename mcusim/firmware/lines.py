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
    DW_AT_ADDR_BASE,
    DW_AT_COMP_DIR,
    DW_AT_STMT_LIST,
    Cursor,
    UnitHeader,
    address_ranges,
    first_entry,
    unit_headers,
)
from mcusim.firmware.headers import DamagedElfError
from mcusim.firmware.inlines import Inlined, inlined_in
from mcusim.firmware.members import offset_of
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
_REACH_BYTES = 64
"""The attributes before a variable's location (names, place, type, flags) take half of this."""
_ORIGIN_ATTRIBUTES, _MAX_ORIGINS_COUNT = ("DW_AT_specification", "DW_AT_abstract_origin"), 4
_NAME_ATTRIBUTES = ("DW_AT_name", "DW_AT_linkage_name", "DW_AT_MIPS_linkage_name")


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a source file; `file` is absolute where the compiler said enough."""

    file: str
    line_number: int


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

    def variable_type(self, symbol_name: str, addr: int) -> VariableType | None:
        """The type of the variable with static storage that a symbol names; the address, since names repeat."""

        def find() -> VariableType | None:
            entry = self._variable_entry(symbol_name, addr)
            return None if entry is None else describe(entry)

        return self._guarded(find, None)

    def member_offset(self, symbol_name: str, addr: int, path: str) -> int | None:
        """The offset of a member of the variable that a symbol names (see `members.offset_of`)."""

        def find() -> int | None:
            entry = self._variable_entry(symbol_name, addr)
            return None if entry is None else offset_of(entry, path)

        return self._guarded(find, None)

    def inlined_in(self, addr: int) -> tuple[Inlined, ...]:
        """What the compiler inlined in the function that begins at `addr`."""
        nothing: tuple[Inlined, ...] = ()
        if self._dwarf is None:
            return nothing
        units = [offset for start, end, offset in self._ranges if start <= addr < end] or list(self._units)
        return self._guarded(lambda: inlined_in(self._dwarf, units, addr), nothing)

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

    def _variable_entry(self, symbol_name: str, addr: int) -> Any:
        """Finds the variable by the bytes of its location, since walking all entries takes ten seconds and more.

        An entry that begins shortly before, has its location right there and has the name is the one.
        """
        info = self._sections.get(".debug_info", b"")
        if self._dwarf is None:
            return None
        wanted = _possible_names(symbol_name)
        for unit_header in self._units.values():
            for location in self._locations_of(addr, unit_header):
                for offset in _occurrences(info, location, unit_header.offset, unit_header.end_offset):
                    unit = self._dwarf.get_CU_at(unit_header.offset)
                    entry = _variable_before(unit, offset, wanted)
                    if entry is not None and _static_addr(self._dwarf, entry) == addr:
                        return _origins(entry)[-1]
        return None

    def _locations_of(self, addr: int, unit: UnitHeader) -> Iterator[bytes]:
        """How a unit can write "at `addr`": with the address, or from DWARF 5 on with its index in a table."""
        yield struct.pack("<BBI", 5, _DW_OP_ADDR, addr)
        addresses = self._sections.get(".debug_addr", b"")
        base_offset = first_entry(self._sections, unit).get(DW_AT_ADDR_BASE) if addresses else None
        if isinstance(base_offset, int):
            for offset in _occurrences(addresses, struct.pack("<I", addr), base_offset, len(addresses)):
                index = _uleb128((offset - base_offset) // 4)
                yield bytes([1 + len(index), _DW_OP_ADDRX]) + index


def _unpacked(data: bytes, flags_mask: int) -> bytes:
    """The contents of a section that may be compressed (gABI, "Section Compression")."""
    if not flags_mask & _SHF_COMPRESSED:
        return data
    kind, size_bytes = struct.unpack_from("<II", data)
    if kind != _ELFCOMPRESS_ZLIB or size_bytes > _MAX_SECTION_BYTES:
        return b""
    return zlib.decompressobj().decompress(data[12:], max(size_bytes, 1))


def _variable_before(unit: Any, location_offset: int, wanted: set[bytes]) -> Any:
    """The variable with one of the names that begins a little before an offset and has its location right there."""
    unit.get_top_DIE()  # else pyelftools reads it, from the same stream, in the middle of an indexed name
    stream = unit.dwarfinfo.debug_info_sec.stream
    abbreviations = unit.get_abbrev_table()
    for start_offset in range(
        location_offset - 1, max(location_offset - _REACH_BYTES, unit.cu_die_offset), -1
    ):
        stream.seek(start_offset)
        code = Cursor(stream.read(3) + b"\0").uleb128()
        try:
            if abbreviations.get_abbrev(code)["tag"] != "DW_TAG_variable":
                continue
            entry = DIE(cu=unit, stream=stream, offset=start_offset)
            location = entry.attributes.get("DW_AT_location")
            if location is not None and location.offset == location_offset and _names(entry) & wanted:
                return entry
        except _DAMAGE:  # no entry begins here
            continue
    return None


def _possible_names(symbol_name: str) -> set[bytes]:
    """What the variable of a symbol can be called in the source: GCC makes "x.0" of a local static x, clang "f.x"."""
    plain_name = last_part(without_clone(demangle(symbol_name)))
    return {each.encode() for each in (symbol_name, plain_name, plain_name.rsplit(".", 1)[-1])}


def _origins(entry: Any) -> list[Any]:
    """The entry and those that complete it: C++ and link-time optimisation split a variable in two or three."""
    chain = [entry]
    for _ in range(_MAX_ORIGINS_COUNT):
        reference = next((name for name in _ORIGIN_ATTRIBUTES if name in chain[-1].attributes), "")
        if not reference or "DW_AT_type" in chain[-1].attributes:
            break
        chain.append(chain[-1].get_DIE_from_attribute(reference))
    return chain


def _names(entry: Any) -> set[bytes]:
    return {
        each.attributes[name].value
        for each in _origins(entry)
        for name in _NAME_ATTRIBUTES
        if name in each.attributes
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


def _occurrences(data: bytes, needle: bytes, start_offset: int, end_offset: int) -> Iterator[int]:
    """Every offset of `needle` in a part of `data`."""
    offset = data.find(needle, start_offset, end_offset)
    while offset >= 0:
        yield offset
        offset = data.find(needle, offset + 1, end_offset)


def _uleb128(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _uleb128(rest) if rest else bytes([low])
