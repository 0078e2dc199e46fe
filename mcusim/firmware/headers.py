"""The fixed-size tables of an ELF file, read with struct and checked against the file; no meaning is given.

Layouts: Tool Interface Standard, "Executable and Linking Format", version 1.2, chapters 1 and 2.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

MAGIC = b"\x7fELF"
IDENT_BYTES = 16

PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE = 1, 2, 3, 4
PF_EXECUTE, PF_WRITE = 1, 2
SHT_PROGBITS, SHT_SYMTAB, SHT_NOTE, SHT_NOBITS = 1, 2, 7, 8
SHT_INIT_ARRAY, SHT_FINI_ARRAY, SHT_PREINIT_ARRAY = 14, 15, 16
SHT_ARM_ATTRIBUTES = 0x70000003
SHF_WRITE, SHF_ALLOC, SHF_EXECUTE = 1, 2, 4
SHN_UNDEF, SHN_ABS, SHN_COMMON = 0, 0xFFF1, 0xFFF2

_MAX_HEADERS_COUNT = 0xFFFF
"""More sections or segments than this only a damaged file has (e_phnum and e_shnum are 16 bits wide)."""

_MAX_NAME_BYTES = 8192
"""C++ template names reach a few kilobytes; a table without an end would be copied once per symbol."""


class DamagedElfError(Exception):
    """A header points outside the file; load_image() turns this into a FirmwareFileError."""


@dataclass(frozen=True, slots=True)
class ElfHeader:
    """The file header; `order` is struct's byte-order character."""

    is_64bit: bool
    order: str
    os_abi_id: int
    type_id: int
    machine_id: int
    entry_addr: int
    programs_offset: int
    programs_count: int
    program_entry_bytes: int
    sections_offset: int
    sections_count: int
    section_entry_bytes: int
    names_index: int


@dataclass(frozen=True, slots=True)
class ProgramHeader:
    """One row of the segment table."""

    type_id: int
    file_offset: int
    addr: int
    load_addr: int
    file_size_bytes: int
    memory_size_bytes: int
    flags_mask: int


@dataclass(frozen=True, slots=True)
class SectionHeader:
    """One row of the section table, with its name."""

    name: str
    type_id: int
    flags_mask: int
    addr: int
    file_offset: int
    size_bytes: int
    link_index: int


def read_header(data: bytes) -> ElfHeader:
    """The file header of a 32- or 64-bit ELF of either byte order.

    Raises:
        DamagedElfError: the file ends inside its header or the header contradicts itself.
    """
    if len(data) < IDENT_BYTES:
        raise DamagedElfError(f"the file ends after {len(data)} bytes, inside the ELF identification")
    elf_class, elf_data, os_abi_id = data[4], data[5], data[7]
    if elf_class not in (1, 2) or elf_data not in (1, 2):
        raise DamagedElfError(
            f"the ELF class is {elf_class} and the byte order {elf_data}; both must be 1 or 2"
        )
    is_64bit, order = elf_class == 2, "<" if elf_data == 1 else ">"
    layout = struct.Struct(order + ("HHIQQQIHHHHHH" if is_64bit else "HHIIIIIHHHHHH"))
    if len(data) < IDENT_BYTES + layout.size:
        raise DamagedElfError(f"the file ends after {len(data)} bytes, inside the ELF header")
    fields = layout.unpack_from(data, IDENT_BYTES)
    return ElfHeader(
        is_64bit=is_64bit,
        order=order,
        os_abi_id=os_abi_id,
        type_id=fields[0],
        machine_id=fields[1],
        entry_addr=fields[3],
        programs_offset=fields[4],
        programs_count=fields[9],
        program_entry_bytes=fields[8],
        sections_offset=fields[5],
        sections_count=fields[11],
        section_entry_bytes=fields[10],
        names_index=fields[12],
    )


def read_programs(data: bytes, header: ElfHeader) -> tuple[ProgramHeader, ...]:
    """The segment table.

    Raises:
        DamagedElfError: the table is not wholly inside the file.
    """
    layout = struct.Struct(header.order + ("IIQQQQQQ" if header.is_64bit else "IIIIIIII"))
    if not header.programs_count:
        return ()
    if header.program_entry_bytes < layout.size:
        raise DamagedElfError(f"a program header is said to be {header.program_entry_bytes} bytes long")
    end_offset = header.programs_offset + header.programs_count * header.program_entry_bytes
    if end_offset > len(data):
        raise DamagedElfError(
            f"the {header.programs_count} program headers end at offset {end_offset}, the file at {len(data)}"
        )
    rows = (
        layout.unpack_from(data, header.programs_offset + index * header.program_entry_bytes)
        for index in range(header.programs_count)
    )
    if header.is_64bit:
        return tuple(ProgramHeader(t, off, va, pa, fs, ms, fl) for t, fl, off, va, pa, fs, ms, _ in rows)
    return tuple(ProgramHeader(t, off, va, pa, fs, ms, fl) for t, off, va, pa, fs, ms, fl, _ in rows)


def read_sections(data: bytes, header: ElfHeader) -> tuple[SectionHeader, ...]:
    """The section table of a 32-bit ELF; empty when it is absent or makes no sense: nothing needs it to run.

    Raises:
        DamagedElfError: the file ends before the table does. Linkers put it last, so a copy that broke off
            loses it first, and with it the symbols and the static RAM.
    """
    layout = struct.Struct(header.order + "IIIIIIIIII")
    start_offset, count = header.sections_offset, header.sections_count
    if header.is_64bit or not start_offset or header.section_entry_bytes != layout.size:
        return ()
    _require_inside(data, start_offset + max(count, 1) * layout.size)
    first = layout.unpack_from(data, start_offset)
    if not count:  # "extended numbering": the count is in the size of section 0
        count = first[5]
    if count > _MAX_HEADERS_COUNT or start_offset + count * layout.size > len(data):
        return ()
    rows = [layout.unpack_from(data, start_offset + index * layout.size) for index in range(count)]
    names = b""
    if header.names_index < count:
        names_row = rows[header.names_index]
        names = data[names_row[4] : names_row[4] + names_row[5]]
    return tuple(
        SectionHeader(string_at(names, name), type_id, flags, addr, offset, size, link)
        for name, type_id, flags, addr, offset, size, link, *_ in rows
    )


def _require_inside(data: bytes, end_offset: int) -> None:
    if end_offset > len(data):
        raise DamagedElfError(
            f"its section table ends at offset {end_offset} of the file, the file at {len(data)}"
        )


def contents(data: bytes, section: SectionHeader) -> bytes:
    """The bytes of a section, cut at the end of the file; none for a section without bits."""
    if section.type_id == SHT_NOBITS:
        return b""
    return data[section.file_offset : section.file_offset + section.size_bytes]


def string_at(table: bytes, offset: int) -> str:
    """The NUL-terminated name at `offset` of a string table, cut when absurdly long; "" outside the table."""
    if offset >= len(table):
        return ""
    limit_offset = offset + _MAX_NAME_BYTES
    end_offset = table.find(b"\0", offset, limit_offset)
    return table[offset : end_offset if end_offset >= 0 else limit_offset].decode("utf-8", "replace")


def note(data: bytes, owner: bytes, type_id: int) -> bytes:
    """The description of the first note of this owner and type; b"" when there is none."""
    offset = 0
    while offset + 12 <= len(data):
        name_bytes, description_bytes, found_id = struct.unpack_from("<III", data, offset)
        name_offset = offset + 12
        description_offset = name_offset + (name_bytes + 3) // 4 * 4
        offset = description_offset + (description_bytes + 3) // 4 * 4
        if found_id == type_id and data[name_offset : name_offset + name_bytes].rstrip(b"\0") == owner:
            return data[description_offset : description_offset + description_bytes]
    return b""
