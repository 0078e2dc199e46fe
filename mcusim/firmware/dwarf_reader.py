"""Reads DWARF's numbers, strings and unit headers from bytes; it follows no references between entries.

"DWARF Debugging Information Format", version 5, chapter 7; section numbers below are its. 32-bit DWARF only.
Reading past the end raises LookupError or struct.error.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DW_AT_STMT_LIST, DW_AT_COMP_DIR, DW_AT_ADDR_BASE = 0x10, 0x1B, 0x73
_DW_UT_SKELETON, _DW_UT_TYPES = 0x04, (0x02, 0x06)
_DW_FORM_STRING, _DW_FORM_STRP, _DW_FORM_LINE_STRP, _DW_FORM_IMPLICIT_CONST = 0x08, 0x0E, 0x1F, 0x21

_FIXED_BYTES = {
    0x01: 4,  # addr; Cortex-M addresses have four bytes
    0x05: 2,
    0x06: 4,
    0x07: 8,
    0x0B: 1,
    0x0C: 1,
    0x10: 4,
    0x11: 1,
    0x12: 2,
    0x13: 4,
    0x14: 8,
    0x17: 4,
    0x19: 0,
    0x1E: 16,
    0x20: 8,
    0x25: 1,
    0x26: 2,
    0x27: 3,
    0x28: 4,
    0x29: 1,
    0x2A: 2,
    0x2B: 3,
    0x2C: 4,
}
"""Bytes of the forms with a fixed size (7.5.6, table 7.6)."""
_ULEB128_FORMS = frozenset({0x0F, 0x15, 0x1A, 0x1B, 0x22, 0x23, 0x1F01, 0x1F02})
_BLOCK_LENGTH_BYTES = {0x0A: 1, 0x03: 2, 0x04: 4}
_ULEB128_BLOCK_FORMS = frozenset({0x09, 0x18})


class Cursor:
    """A place in a section that moves on with every read."""

    def __init__(self, data: bytes, offset: int = 0) -> None:
        self.data = data
        self.offset = offset

    def unsigned(self, size_bytes: int) -> int:
        """A little-endian number."""
        end_offset = self.offset + size_bytes
        if end_offset > len(self.data):
            raise IndexError("debug information ends early")
        value = int.from_bytes(self.data[self.offset : end_offset], "little")
        self.offset = end_offset
        return value

    def uleb128(self) -> int:
        """An unsigned number of variable length (7.6)."""
        value = shift = 0
        while True:
            byte = self.data[self.offset]
            self.offset += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
            if shift > 70:
                raise IndexError("a number without an end")

    def sleb128(self) -> int:
        """A signed number of variable length (7.6)."""
        start_offset = self.offset
        value = self.uleb128()
        sign_bit = 1 << 7 * (self.offset - start_offset) - 1
        return value - 2 * sign_bit if value & sign_bit else value

    def string(self) -> bytes:
        """A NUL-terminated string."""
        end_offset = self.data.index(b"\0", self.offset)
        value = self.data[self.offset : end_offset]
        self.offset = end_offset + 1
        return value

    def value(self, form: int, sections: Mapping[str, bytes]) -> int | bytes:
        """A value of one of the forms that lines and names come in; the value of any other is 0, but is skipped."""
        if form == _DW_FORM_STRING:
            return self.string()
        if form in (_DW_FORM_STRP, _DW_FORM_LINE_STRP):
            table = sections[".debug_str" if form == _DW_FORM_STRP else ".debug_line_str"]
            return Cursor(table, self.unsigned(4)).string()
        if form in _FIXED_BYTES:
            return self.unsigned(_FIXED_BYTES[form])
        if form in _ULEB128_FORMS:
            return self.uleb128()
        if form in _ULEB128_BLOCK_FORMS:
            self.offset += self.uleb128()
        elif form in _BLOCK_LENGTH_BYTES:
            self.offset += self.unsigned(_BLOCK_LENGTH_BYTES[form])
        elif form == 0x0D:
            self.uleb128()
        elif form != _DW_FORM_IMPLICIT_CONST:
            raise LookupError(f"form 0x{form:x} is not known")
        return 0


@dataclass(frozen=True, slots=True)
class UnitHeader:
    """Where a compilation unit is and where its parts begin."""

    offset: int
    end_offset: int
    entry_offset: int
    abbreviations_offset: int


def unit_headers(info: bytes) -> Iterator[UnitHeader]:
    """The compilation units of .debug_info, type units left out (7.5.1)."""
    offset = 0
    while offset + 11 <= len(info):
        (length_bytes, version) = struct.unpack_from("<IH", info, offset)
        end_offset = offset + 4 + length_bytes
        if end_offset > len(info) or length_bytes < 7:  # also 64-bit DWARF, which no 32-bit compiler writes
            return
        kind = info[offset + 6] if version >= 5 else 0
        if version >= 5:
            entry_offset, abbreviations_offset = offset + 12, offset + 8
        else:
            entry_offset, abbreviations_offset = offset + 11, offset + 6
        if kind == _DW_UT_SKELETON:
            entry_offset += 8
        if kind not in _DW_UT_TYPES and 2 <= version <= 5 and entry_offset < end_offset:
            (at,) = struct.unpack_from("<I", info, abbreviations_offset)
            yield UnitHeader(offset, end_offset, entry_offset, at)
        offset = end_offset


def first_entry(sections: Mapping[str, bytes], unit: UnitHeader) -> dict[int, int | bytes]:
    """The attributes of a unit's own entry, by attribute code."""
    values = Cursor(sections[".debug_info"], unit.entry_offset)
    code = values.uleb128()
    shape = Cursor(sections[".debug_abbrev"], unit.abbreviations_offset)
    while True:
        found_code = shape.uleb128()
        if not found_code:
            return {}
        shape.uleb128()  # tag
        shape.unsigned(1)  # has children
        found: dict[int, int | bytes] = {}
        while True:
            attribute, form = shape.uleb128(), shape.uleb128()
            if form == _DW_FORM_IMPLICIT_CONST:
                shape.sleb128()
            if not attribute and not form:
                break
            if found_code == code:
                found[attribute] = values.value(form, sections)
        if found_code == code:
            return found


def address_ranges(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(start, end, unit offset) of every row of .debug_aranges (6.1.2)."""
    offset = 0
    while offset + 12 <= len(data):
        length_bytes, _, unit_offset, addr_bytes, _ = struct.unpack_from("<IHIBB", data, offset)
        end_offset = offset + 4 + length_bytes
        if addr_bytes != 4 or end_offset > len(data):
            return
        for at in range(offset + 16, end_offset - 7, 8):  # rows are aligned to their own size
            start_addr, size_bytes = struct.unpack_from("<II", data, at)
            if size_bytes:
                yield start_addr, start_addr + size_bytes, unit_offset
        offset = end_offset
