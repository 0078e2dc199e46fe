"""Writes small DWARF sections by hand: one compilation unit with a line program and a few variables.

Numbers are from "DWARF Debugging Information Format", version 5, chapter 7.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

TAG_ARRAY, TAG_ENUM, TAG_POINTER, TAG_COMPILE_UNIT, TAG_STRUCT, TAG_TYPEDEF = (
    0x01,
    0x04,
    0x0F,
    0x11,
    0x13,
    0x16,
)
TAG_SUBRANGE, TAG_BASE, TAG_CONST, TAG_VARIABLE, TAG_VOLATILE, TAG_NAMESPACE = (
    0x21,
    0x24,
    0x26,
    0x34,
    0x35,
    0x39,
)
AT_NAME, AT_BYTE_SIZE, AT_STMT_LIST, AT_COMP_DIR, AT_LOCATION = 0x03, 0x0B, 0x10, 0x1B, 0x02
AT_UPPER_BOUND, AT_COUNT, AT_ENCODING, AT_SPECIFICATION, AT_TYPE = 0x2F, 0x37, 0x3E, 0x47, 0x49
AT_ADDR_BASE, AT_ABSTRACT_ORIGIN = 0x73, 0x31
FORM_STRING, FORM_STRP, FORM_DATA1, FORM_DATA4, FORM_SEC_OFFSET = 0x08, 0x0E, 0x0B, 0x06, 0x17
FORM_REF4, FORM_EXPRLOC, FORM_BLOCK1, FORM_LINE_STRP, FORM_UDATA = 0x13, 0x18, 0x0A, 0x1F, 0x0F


@dataclass(frozen=True, slots=True)
class Entry:
    """A debugging entry; `key` is what a reference names, a str value of a reference form is a key."""

    tag: int
    attributes: tuple[tuple[int, int, str | int | bytes], ...]
    key: str = ""
    children: tuple[Entry, ...] = ()


def named(tag: int, name: str, *more: tuple[int, int, str | int | bytes], key: str = "") -> Entry:
    """An entry whose first attribute is its name, in place."""
    return Entry(tag, ((AT_NAME, FORM_STRING, name), *more), key or name)


def variable(name: str, addr: int, type_key: str, *, form: int = FORM_STRING) -> Entry:
    """A variable with static storage."""
    location = b"\x03" + struct.pack("<I", addr)  # DW_OP_addr
    return Entry(
        TAG_VARIABLE,
        ((AT_NAME, form, name), (AT_TYPE, FORM_REF4, type_key), (AT_LOCATION, FORM_BLOCK1, location)),
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a line table, or with line None the end of a sequence."""

    addr: int
    line: int | None
    file_index: int = 1


def sections(
    version: int, rows: tuple[Row, ...], entries: tuple[Entry, ...] = ()
) -> tuple[tuple[str, bytes], ...]:
    """.debug_info, .debug_abbrev, .debug_line and .debug_str of one unit compiled in /project from src/main.c."""
    unit = Entry(
        TAG_COMPILE_UNIT,
        (
            (AT_NAME, FORM_STRP, "src/main.c"),
            (AT_STMT_LIST, FORM_DATA4 if version < 4 else FORM_SEC_OFFSET, 0),
            (AT_COMP_DIR, FORM_STRING, "/project"),
            *(((AT_ADDR_BASE, FORM_SEC_OFFSET, 8),) if version >= 5 else ()),
        ),
        children=entries,
    )
    writer = _Writer(header_bytes=12 if version >= 5 else 11)
    writer.write(unit)
    header = struct.pack("<HBBI", version, 1, 4, 0) if version >= 5 else struct.pack("<HIB", version, 0, 4)
    body = writer.finish()
    info = struct.pack("<I", len(header) + len(body)) + header + body
    return (
        (".debug_info", info),
        (".debug_abbrev", bytes(writer.abbreviations)),
        (".debug_line", line_program(version, rows)),
        (".debug_str", bytes(writer.strings)),
    )


def address_table(*addrs: int) -> tuple[str, bytes]:
    """.debug_addr with one contribution, to which DW_OP_addrx counts."""
    body = struct.pack("<HBB", 2, 4, 0) + struct.pack(f"<{len(addrs)}I", *addrs)
    return ".debug_addr", struct.pack("<I", len(body)) + body


def address_ranges(*ranges: tuple[int, int]) -> tuple[str, bytes]:
    """.debug_aranges of the unit at offset 0, with (start, size) rows."""
    body = (
        struct.pack("<HIBBI", 2, 0, 4, 0, 0)
        + b"".join(struct.pack("<II", *each) for each in ranges)
        + bytes(8)
    )
    return ".debug_aranges", struct.pack("<I", len(body)) + body


def line_program(version: int, rows: tuple[Row, ...]) -> bytes:
    """A program of standard and extended opcodes; file 1 is src/main.c, file 2 /opt/include/math.h."""
    names = _files_5() if version >= 5 else b"src\0/opt/include\0\0main.c\0\x01\0\0math.h\0\x02\0\0\0"
    maximum_operations = b"\x01" if version >= 4 else b""
    prologue = (
        b"\x02"
        + maximum_operations
        + b"\x01\xfb\x0e\x0d"
        + bytes([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1])
        + names
    )
    program, line, file_index, addr = bytearray(), 1, 1, None
    for row in rows:
        if addr is None:
            program += b"\0\x05\x02" + struct.pack("<I", row.addr)
        else:
            program += b"\x09" + struct.pack("<H", row.addr - addr)  # DW_LNS_fixed_advance_pc
        addr = row.addr
        if row.line is None:
            program += b"\0\x01\x01"  # DW_LNE_end_sequence
            line, file_index, addr = 1, 1, None
            continue
        if row.file_index != file_index:
            program += b"\x04" + bytes([row.file_index])
        program += b"\x03" + _sleb128(row.line - line) + b"\x01"
        line, file_index = row.line, row.file_index
    extra = b"\x04\0" if version >= 5 else b""
    content = (
        struct.pack("<H", version) + extra + struct.pack("<I", len(prologue)) + prologue + bytes(program)
    )
    return struct.pack("<I", len(content)) + content


def _files_5() -> bytes:
    """Directory and file tables with names in place; file 0 and 1 are the same, as compilers write it."""
    dirs = [b"/project", b"src", b"/opt/include"]
    files = [(b"main.c", 1), (b"main.c", 1), (b"math.h", 2)]
    table = b"\x01\x01\x08" + bytes([len(dirs)]) + b"".join(each + b"\0" for each in dirs)
    table += b"\x02\x01\x08\x02\x0b" + bytes([len(files)])
    return table + b"".join(name + b"\0" + bytes([index]) for name, index in files)


def _sleb128(value: int) -> bytes:
    out = bytearray()
    while True:
        byte, value = value & 0x7F, value >> 7
        if value in (0, -1) and (byte >> 6 & 1) == (value & 1):
            return bytes([*out, byte])
        out.append(byte | 0x80)


class _Writer:
    """Appends entries, each with an abbreviation of its own."""

    def __init__(self, header_bytes: int) -> None:
        self.abbreviations = bytearray()
        self.strings = bytearray(b"\0")
        self._header_bytes = header_bytes
        self._body = bytearray()
        self._entries_count = 0
        self._places: dict[str, int] = {}
        self._references: list[tuple[int, str]] = []

    def write(self, entry: Entry) -> None:
        """The entry, then its children."""
        self._entries_count += 1
        self._places[entry.key] = self._header_bytes + len(self._body)
        self._body.append(self._entries_count)
        self.abbreviations += bytes([self._entries_count, entry.tag, bool(entry.children)])
        for attribute, form, value in entry.attributes:
            self.abbreviations += bytes([attribute, form])
            self._body += self._value(form, value)
        self.abbreviations += b"\0\0"
        for child in entry.children:
            self.write(child)
        if entry.children:
            self._body.append(0)

    def finish(self) -> bytes:
        """The entries with their references filled in."""
        for at, key in self._references:
            struct.pack_into("<I", self._body, at, self._places[key])
        self.abbreviations.append(0)
        return bytes(self._body)

    def _value(self, form: int, value: str | int | bytes) -> bytes:
        if form == FORM_REF4:
            self._references.append((len(self._body), str(value)))
            return bytes(4)
        if form == FORM_STRP:
            offset = len(self.strings)
            self.strings += str(value).encode() + b"\0"
            return struct.pack("<I", offset)
        if isinstance(value, str):
            return value.encode() + b"\0"
        if isinstance(value, bytes):
            return bytes([len(value)]) + value
        return value.to_bytes({FORM_DATA1: 1}.get(form, 4), "little")
