"""Loads a Cortex-M ELF file into an Image, or says why it is none; debug information is lines.py's.

Headers, symbols and attributes are read with struct, not with a library: every count is checked before it is
believed, so that a damaged file costs an error message and never memory or a traceback.
"""

from __future__ import annotations

import re
import struct
from hashlib import sha256
from typing import TYPE_CHECKING

from mcusim.errors import FirmwareFileError
from mcusim.firmware import foreign, headers
from mcusim.firmware.attributes import BuildAttributes, read_attributes
from mcusim.firmware.headers import DamagedElfError, ElfHeader, ProgramHeader, SectionHeader
from mcusim.firmware.image import Image, Section, SectionKind, Segment, Symbol, SymbolBinding, SymbolKind
from mcusim.firmware.reading import read_file
from mcusim.firmware.symbols import demangle
from mcusim.firmware.vectors import with_vector_table

if TYPE_CHECKING:
    from pathlib import Path

_MAX_SEGMENT_BYTES = 256 << 20
"""More than the external RAM of any Cortex-M board; a larger size is damage."""
_MAX_SEGMENTS_COUNT = 1024
_MAX_NOTE_BYTES = 4096
LAYERS_SECTION = ".mcusim.layers"
_MAX_TABLE_BYTES = 4 << 20

_STT_NOTYPE, _STT_OBJECT, _STT_FUNC, _STT_FILE, _STT_COMMON, _STT_IFUNC, _STT_ARM_TFUNC = (
    0,
    1,
    2,
    4,
    5,
    10,
    13,
)
_KINDS = {
    _STT_NOTYPE: SymbolKind.LABEL,
    _STT_OBJECT: SymbolKind.OBJECT,
    _STT_COMMON: SymbolKind.OBJECT,
    _STT_FUNC: SymbolKind.FUNCTION,
    _STT_IFUNC: SymbolKind.FUNCTION,
    _STT_ARM_TFUNC: SymbolKind.FUNCTION,  # STT_LOPROC: a Thumb function in objects from before the EABI
}
_BINDINGS = {0: SymbolBinding.LOCAL, 1: SymbolBinding.GLOBAL, 2: SymbolBinding.WEAK}

_MAPPING_SYMBOL = re.compile(r"\$[adtxbmfp](\..*)?|\$v\d+")
"""ELF for the Arm Architecture, section 5.5.5, and the older ones that armlink still writes."""


def load_image(path: Path) -> Image:
    """The firmware in the ELF file `path`.

    Raises:
        FirmwareFileError: it is no executable for a Cortex-M; the message says what it is instead.
    """
    data = read_file(path)
    if not data.startswith(headers.MAGIC):
        if data and headers.MAGIC.startswith(data):
            raise _damaged(path, f"the file ends after {len(data)} bytes, inside the ELF identification")
        what, fix = foreign.describe_other_format(data, path)
        raise FirmwareFileError(f"this is {what}", where=str(path), fix=fix)
    return with_vector_table(read_elf(path, data), "this ELF file")


def read_elf(path: Path, data: bytes) -> Image:
    """The ELF file `path` with the contents `data`, before its vector table was looked for.

    Raises:
        FirmwareFileError: it is no executable for a Cortex-M.
    """
    try:
        header = headers.read_header(data)
        programs = _programs(data, header)
        _refuse_other_machines(path, data, header, programs)
        sections = headers.read_sections(data, header)
        attributes = _attributes(data, sections)
        _refuse_other_targets(path, data, programs, attributes)
        segments = _segments(data, programs, sections)
    except DamagedElfError as error:
        raise _damaged(path, str(error)) from None
    return Image(
        path=path,
        sha256=sha256(data).hexdigest(),
        architecture=attributes.architecture,
        entry_addr=header.entry_addr,
        vector_table_addr=0,
        initial_sp_addr=0,
        initial_pc_addr=0,
        segments=segments,
        sections=_allocated_sections(sections, programs),
        symbols=_symbols(data, sections),
        build_id=_build_id(data, sections, programs),
        has_mve=attributes.has_mve,
        lines_path=path,
        layer_table=_layer_table(data, sections),
    )


def _damaged(path: Path, why: str) -> FirmwareFileError:
    return FirmwareFileError(
        "the ELF file is truncated or damaged", where=str(path), why=why, fix="copy or build it again"
    )


def _programs(data: bytes, header: ElfHeader) -> tuple[ProgramHeader, ...]:
    """The segment table; for a file that is refused anyway its damage does not matter."""
    try:
        return headers.read_programs(data, header)
    except DamagedElfError:
        if header.machine_id == foreign.EM_ARM and header.type_id == foreign.ET_EXECUTABLE:
            raise
        return ()


def _refuse_other_machines(
    path: Path, data: bytes, header: ElfHeader, programs: tuple[ProgramHeader, ...]
) -> None:
    """Refuses what the file header alone rules out."""
    what = f"this is {foreign.describe_elf(data, header, programs)}"
    is_arm = header.machine_id == foreign.EM_ARM and not header.is_64bit
    if header.type_id == foreign.ET_RELOCATABLE:
        fix = "link it into an executable and pass that" if is_arm else "build for arm-none-eabi and link it"
        raise FirmwareFileError(
            what, where=str(path), why="it is not linked, so it has no addresses", fix=fix
        )
    if not is_arm or header.order != "<":
        raise FirmwareFileError(
            what,
            where=str(path),
            why="mcusim runs 32-bit little-endian Arm code for Cortex-M",
            fix="build with arm-none-eabi-gcc or another compiler for Cortex-M",
        )
    is_dynamic = any(each.type_id in (headers.PT_DYNAMIC, headers.PT_INTERP) for each in programs)
    if header.type_id == foreign.ET_EXECUTABLE or (header.type_id == foreign.ET_SHARED and not is_dynamic):
        return
    raise FirmwareFileError(
        what,
        where=str(path),
        why="it is not linked to fixed addresses",
        fix="link firmware without -pie or -shared",
    )


def _attributes(data: bytes, sections: tuple[SectionHeader, ...]) -> BuildAttributes:
    for section in sections:
        if section.type_id == headers.SHT_ARM_ATTRIBUTES:
            return read_attributes(headers.contents(data, section))
    return BuildAttributes()


def _refuse_other_targets(
    path: Path, data: bytes, programs: tuple[ProgramHeader, ...], attributes: BuildAttributes
) -> None:
    """Refuses 32-bit little-endian Arm executables that are not for a Cortex-M."""
    fix = "build for a Cortex-M, for example with -mcpu=cortex-m4 -mthumb"
    loader = foreign.interpreter(data, programs)
    if loader:
        raise FirmwareFileError(
            "this is a 32-bit Arm Linux executable",
            where=str(path),
            why=f"it asks for the loader {loader}",
            fix=fix,
        )
    if attributes.is_for_another_profile:
        name = f"Arm{attributes.architecture}" if attributes.architecture else "an Arm core"
        profile = {"A": " (A profile)", "R": " (R profile)"}.get(attributes.profile, "")
        raise FirmwareFileError(
            f"this is a 32-bit Arm executable for {name}{profile}, not for a Cortex-M",
            where=str(path),
            why="its build attributes say so",
            fix=fix,
        )
    if not any(each.type_id == headers.PT_LOAD and each.memory_size_bytes for each in programs):
        raise FirmwareFileError(
            "this ELF file has nothing to load: it has no PT_LOAD segment",
            where=str(path),
            why="it may hold only debug information",
            fix="pass the ELF file that is written to the chip",
        )


def _segments(
    data: bytes, programs: tuple[ProgramHeader, ...], sections: tuple[SectionHeader, ...]
) -> tuple[Segment, ...]:
    loads = [each for each in programs if each.type_id == headers.PT_LOAD and each.memory_size_bytes]
    if len(loads) > _MAX_SEGMENTS_COUNT:
        raise DamagedElfError(f"it has {len(loads)} segments to load")
    if sum(each.file_size_bytes for each in loads) > 2 * len(data):
        raise DamagedElfError("its segments together are larger than the file")
    return tuple(_segment(data, each, sections) for each in loads)


def _segment(data: bytes, program: ProgramHeader, sections: tuple[SectionHeader, ...]) -> Segment:
    name = f"the segment at 0x{program.addr:08x}"
    end_offset = program.file_offset + program.file_size_bytes
    # A segment without bytes in the file (a stack) may name any offset: GNU ld rounds it up to a page.
    if program.file_size_bytes and end_offset > len(data):
        raise DamagedElfError(f"{name} ends at offset {end_offset} of the file, the file at {len(data)}")
    if program.file_size_bytes > program.memory_size_bytes:
        raise DamagedElfError(f"{name} has more bytes in the file than in memory")
    if program.memory_size_bytes > _MAX_SEGMENT_BYTES:
        raise DamagedElfError(f"{name} asks for {program.memory_size_bytes} bytes of memory")
    if max(program.addr + program.memory_size_bytes, program.load_addr + program.file_size_bytes) > 1 << 32:
        raise DamagedElfError(f"{name} reaches beyond the 32-bit address space")
    skipped_bytes = _header_bytes_in(program, sections)
    return Segment(
        addr=program.addr + skipped_bytes,
        load_addr=(program.load_addr if program.file_size_bytes else program.addr) + skipped_bytes,
        data=data[program.file_offset + skipped_bytes : end_offset],
        memory_size_bytes=_memory_size_bytes(program, sections) - skipped_bytes,
        is_executable=bool(program.flags_mask & headers.PF_EXECUTE),
        is_writable=bool(program.flags_mask & headers.PF_WRITE),
    )


def _header_bytes_in(program: ProgramHeader, sections: tuple[SectionHeader, ...]) -> int:
    """Bytes of the ELF's own header at the start of a segment: GNU ld adds them when they fit on the page.

    They are not firmware and can lie on top of a bootloader; objcopy and flash tools leave them out as well.
    """
    if program.file_offset >= headers.IDENT_BYTES or not program.file_size_bytes:
        return 0
    offsets = [
        each.file_offset
        for each in sections
        if each.flags_mask & headers.SHF_ALLOC and each.type_id != headers.SHT_NOBITS and each.size_bytes
    ]
    first_offset = min(offsets, default=program.file_offset) - program.file_offset
    return first_offset if 0 < first_offset < program.file_size_bytes else 0


def _memory_size_bytes(program: ProgramHeader, sections: tuple[SectionHeader, ...]) -> int:
    """The segment's size in memory without zero-initialised data that really lives elsewhere.

    armlink counts the ZI data of an execution region in RAM into the load region's p_memsz in flash.
    """
    end_addr = program.addr + program.memory_size_bytes
    file_end_addr = program.addr + program.file_size_bytes
    zero_addrs = [
        each.addr
        for each in sections
        if each.type_id == headers.SHT_NOBITS and each.flags_mask & headers.SHF_ALLOC and each.size_bytes
    ]
    is_elsewhere = bool(zero_addrs) and not any(file_end_addr <= addr < end_addr for addr in zero_addrs)
    return program.file_size_bytes if is_elsewhere and program.file_size_bytes else program.memory_size_bytes


def _allocated_sections(
    sections: tuple[SectionHeader, ...], programs: tuple[ProgramHeader, ...]
) -> tuple[Section, ...]:
    allocated = [
        Section(each.name, each.addr, _load_addr(each, programs), each.size_bytes, _section_kind(each))
        for each in sections
        if each.flags_mask & headers.SHF_ALLOC and each.size_bytes and each.size_bytes <= _MAX_SEGMENT_BYTES
    ]
    return tuple(sorted(allocated, key=lambda section: (section.addr, section.name)))


def _load_addr(section: SectionHeader, programs: tuple[ProgramHeader, ...]) -> int:
    """Where the flash tool puts the section: the segment that holds its bytes in the file decides."""
    if section.type_id != headers.SHT_NOBITS:
        for program in programs:
            offset = section.file_offset - program.file_offset
            if program.type_id == headers.PT_LOAD and 0 <= offset < program.file_size_bytes:
                return program.load_addr + offset
    return section.addr


def _section_kind(section: SectionHeader) -> SectionKind:
    """Writable comes before executable: functions that run from RAM make .data executable."""
    if section.type_id == headers.SHT_NOBITS:
        return SectionKind.ZERO
    if section.type_id in (headers.SHT_INIT_ARRAY, headers.SHT_FINI_ARRAY, headers.SHT_PREINIT_ARRAY):
        return SectionKind.CONSTANT  # marked writable for dynamic loaders, which firmware has not
    if section.flags_mask & headers.SHF_WRITE:
        return SectionKind.DATA
    return SectionKind.CODE if section.flags_mask & headers.SHF_EXECUTE else SectionKind.CONSTANT


def _symbols(data: bytes, sections: tuple[SectionHeader, ...]) -> tuple[Symbol, ...]:
    """Defined functions, objects and labels, sorted by address, then name."""
    table = next((each for each in sections if each.type_id == headers.SHT_SYMTAB), None)
    if table is None or table.link_index >= len(sections):
        return ()
    names = headers.contents(data, sections[table.link_index])
    rows = headers.contents(data, table)
    found, source_file = [], ""
    for name_offset, value, size_bytes, info, _, section_index in struct.iter_unpack(
        "<IIIBBH", rows[: len(rows) // 16 * 16]
    ):
        type_id, binding = info & 15, _BINDINGS.get(info >> 4, SymbolBinding.GLOBAL)
        if type_id == _STT_FILE:
            source_file = headers.string_at(names, name_offset)
        elif type_id in _KINDS and section_index not in (headers.SHN_UNDEF, headers.SHN_COMMON):
            name = headers.string_at(names, name_offset)
            if not name or _MAPPING_SYMBOL.fullmatch(name):
                continue
            kind = _KINDS[type_id]
            if kind is SymbolKind.LABEL and section_index == headers.SHN_ABS:
                kind = SymbolKind.ABSOLUTE
            section = sections[section_index] if section_index < len(sections) else None
            is_code = kind is SymbolKind.FUNCTION or (
                kind is SymbolKind.LABEL
                and section is not None
                and bool(section.flags_mask & headers.SHF_EXECUTE)
            )
            file = source_file if binding is SymbolBinding.LOCAL else ""
            addr = value & ~1 if is_code else value
            found.append(Symbol(demangle(name), name, addr, size_bytes, kind, file, binding))
    return tuple(sorted(found, key=lambda symbol: (symbol.addr, symbol.linkage_name, symbol.source_file)))


def _layer_table(data: bytes, sections: tuple[SectionHeader, ...]) -> bytes:
    """What mcusim build says of the layers; empty in all other firmware."""
    section = next((each for each in sections if each.name == LAYERS_SECTION), None)
    if section is None or section.type_id == headers.SHT_NOBITS or section.size_bytes > _MAX_TABLE_BYTES:
        return b""
    return headers.contents(data, section)


def _build_id(data: bytes, sections: tuple[SectionHeader, ...], programs: tuple[ProgramHeader, ...]) -> str:
    """The GNU build id in hexadecimal; "" when the linker wrote none."""
    places = [(each.file_offset, each.size_bytes) for each in sections if each.type_id == headers.SHT_NOTE]
    places += [
        (each.file_offset, each.file_size_bytes) for each in programs if each.type_id == headers.PT_NOTE
    ]
    areas = (data[offset : offset + min(size_bytes, _MAX_NOTE_BYTES)] for offset, size_bytes in places)
    found = (headers.note(area, b"GNU", 3) for area in areas)  # NT_GNU_BUILD_ID = 3
    return next((each.hex() for each in found if each), "")
