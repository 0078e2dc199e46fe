"""Builds small Arm ELF files by hand, so that tests need no compiler."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

FLASH_ADDR = 0x0800_0000
RAM_ADDR = 0x2000_0000
STACK_ADDR = 0x2000_4000
CODE_BYTES = bytes.fromhex("00bf" * 30 + "fee7" * 2)
"""Thirty NOPs and two `b .` (Armv7-M ARM, A7.7.88 and A7.7.12)."""

READ, WRITE, EXECUTE = 4, 2, 1
LOCAL, GLOBAL, WEAK = 0, 1, 2
LABEL, OBJECT, FUNCTION, FILE = 0, 1, 2, 4
ABSOLUTE_INDEX = 0xFFF1


@dataclass(frozen=True, slots=True)
class Part:
    """One segment that is also one section."""

    name: str
    addr: int
    data: bytes
    load_addr: int | None = None
    memory_size_bytes: int | None = None
    flags: int = READ | EXECUTE


@dataclass(frozen=True, slots=True)
class Name:
    """One row of the symbol table; `section_index` counts parts from 1."""

    name: str
    addr: int = 0
    size_bytes: int = 0
    kind: int = FUNCTION
    binding: int = GLOBAL
    section_index: int = 1


@dataclass(frozen=True, slots=True)
class Elf:
    """Everything that a test may want to change."""

    parts: tuple[Part, ...] = ()
    names: tuple[Name, ...] = ()
    entry_addr: int = 0
    machine_id: int = 40
    type_id: int = 2
    elf_class: int = 1
    order: str = "<"
    os_abi_id: int = 0
    architecture_id: int | None = 13
    profile: str = "M"
    has_sections: bool = True
    interpreter: str = ""
    build_id: bytes = b""
    extra_sections: tuple[tuple[str, bytes], ...] = field(default=())


def vector_table(stack_addr: int, *handler_addrs: int) -> bytes:
    """Sixteen words: the initial SP, then handlers with the Thumb bit set; the last one fills the rest."""
    words = [stack_addr, *(addr | 1 for addr in handler_addrs)]
    words += [words[-1]] * (16 - len(words))
    for index in (7, 8, 9, 10, 13):  # reserved (Armv7-M ARM, B1.5.2)
        words[index] = 0
    return struct.pack("<16I", *words)


def firmware(**changes: object) -> Elf:
    """A complete small Cortex-M4 firmware: vector table, code, initialised and zero data."""
    code_addr = FLASH_ADDR + 64
    text = vector_table(STACK_ADDR, code_addr, code_addr + 60) + CODE_BYTES
    values: dict[str, object] = {
        "parts": (
            Part(".text", FLASH_ADDR, text),
            Part(".data", RAM_ADDR, bytes(range(8)), load_addr=FLASH_ADDR + len(text), flags=READ | WRITE),
            Part(".bss", RAM_ADDR + 8, b"", memory_size_bytes=32, flags=READ | WRITE),
        ),
        "names": (
            Name("g_pfnVectors", FLASH_ADDR, 64, OBJECT),
            Name("Reset_Handler", code_addr | 1, 20),
            Name("main", code_addr + 20 | 1, 40),
            Name("Default_Handler", code_addr + 60 | 1, 4),
            Name("_estack", STACK_ADDR, 0, LABEL, section_index=ABSOLUTE_INDEX),
            Name("counter", RAM_ADDR + 1, 1, OBJECT, section_index=2),
        ),
        "entry_addr": code_addr | 1,
    }
    return Elf(**{**values, **changes})  # type: ignore[arg-type]


def firmware_bytes(**changes: object) -> bytes:
    """The file of `firmware`."""
    return to_bytes(firmware(**changes))


def to_bytes(elf: Elf) -> bytes:
    """The file: header, segment table, contents, section table."""
    programs_count = len(elf.parts) + bool(elf.interpreter)
    body = bytearray(52 + 32 * programs_count)
    rows = [bytes(40)]
    names = bytearray(b"\0")
    programs = []
    for part in elf.parts:
        offset = _append(body, part.data)
        memory = len(part.data) if part.memory_size_bytes is None else part.memory_size_bytes
        load_addr = part.addr if part.load_addr is None else part.load_addr
        programs.append((1, offset, part.addr, load_addr, len(part.data), memory, part.flags, 4))
        kind = 1 if part.data else 8
        flags = 2 | (part.flags & WRITE) >> 1 | (part.flags & EXECUTE) << 2
        rows.append(_row(elf, names, part.name, (kind, flags, part.addr, offset, len(part.data) or memory)))
    if elf.interpreter:
        text = elf.interpreter.encode() + b"\0"
        programs.append((3, _append(body, text), 0, 0, len(text), len(text), READ, 1))
    for name, kind, data in _tables(elf):
        link = len(rows) + 1 if kind == 2 else 0
        rows.append(_row(elf, names, name, (kind, 0, 0, _append(body, data), len(data)), link))
    names_offset_in_table = len(names)
    names += b".shstrtab\0"
    names_offset = _append(body, bytes(names))
    rows.append(
        struct.pack(elf.order + "10I", names_offset_in_table, 3, 0, 0, names_offset, len(names), 0, 0, 1, 0)
    )
    sections_offset = _append(body, b"".join(rows))
    if not elf.has_sections:
        del body[sections_offset:]
    for index, program in enumerate(programs):
        struct.pack_into(elf.order + "8I", body, 52 + 32 * index, *program)
    body[:52] = _header(elf, programs_count, sections_offset, len(rows))
    return bytes(body)


def attributes_section(architecture_id: int, profile: str) -> bytes:
    """An .ARM.attributes section with Tag_CPU_name, Tag_CPU_arch and Tag_CPU_arch_profile."""
    tags = b"\x05test\0" + bytes([6, architecture_id]) + (bytes([7, ord(profile)]) if profile else b"")
    scope = b"\x01" + struct.pack("<I", 5 + len(tags)) + tags
    vendor = b"aeabi\0" + scope
    return b"A" + struct.pack("<I", 4 + len(vendor)) + vendor


def _tables(elf: Elf) -> list[tuple[str, int, bytes]]:
    """Name, type and contents of the sections that are not loaded; the string table follows the symbols."""
    found: list[tuple[str, int, bytes]] = []
    if elf.architecture_id is not None:
        attributes = attributes_section(elf.architecture_id, elf.profile)
        found.append((".ARM.attributes", 0x70000003, attributes))
    if elf.build_id:
        note = struct.pack("<III", 4, len(elf.build_id), 3) + b"GNU\0" + elf.build_id
        found.append((".note.gnu.build-id", 7, note))
    if elf.names:
        strings = bytearray(b"\0")
        symbols = bytearray(16)
        for name in elf.names:
            symbols += struct.pack(
                elf.order + "IIIBBH",
                len(strings),
                name.addr,
                name.size_bytes,
                name.binding << 4 | name.kind,
                0,
                name.section_index,
            )
            strings += name.name.encode() + b"\0"
        found += [(".symtab", 2, bytes(symbols)), (".strtab", 3, bytes(strings))]
    return found + [(name, 1, data) for name, data in elf.extra_sections]


def _row(elf: Elf, names: bytearray, name: str, fields: tuple[int, ...], link: int = 0) -> bytes:
    offset = len(names)
    names += name.encode() + b"\0"
    kind, flags, addr, file_offset, size_bytes = fields
    return struct.pack(
        elf.order + "10I",
        offset,
        kind,
        flags,
        addr,
        file_offset,
        size_bytes,
        link,
        0,
        4,
        16 if kind == 2 else 0,
    )


def _header(elf: Elf, programs_count: int, sections_offset: int, sections_count: int) -> bytes:
    ident = b"\x7fELF" + bytes([elf.elf_class, 1 if elf.order == "<" else 2, 1, elf.os_abi_id]) + bytes(8)
    if not elf.has_sections:
        sections_offset = sections_count = 0
    return ident + struct.pack(
        elf.order + "HHIIIIIHHHHHH",
        elf.type_id,
        elf.machine_id,
        1,
        elf.entry_addr,
        52,
        sections_offset,
        0x0500_0000,
        52,
        32,
        programs_count,
        40,
        sections_count,
        max(sections_count - 1, 0),
    )


def _append(body: bytearray, data: bytes) -> int:
    """Appends at the next multiple of four; the offset."""
    body += bytes(-len(body) % 4)
    offset = len(body)
    body += data
    return offset
