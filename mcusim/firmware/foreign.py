"""Says what a file is when it is not Cortex-M firmware; it decides nothing about Arm code."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from mcusim.firmware.formats import is_intel_hex, is_s_record
from mcusim.firmware.headers import PT_DYNAMIC, PT_INTERP, PT_NOTE, note

if TYPE_CHECKING:
    from pathlib import Path

    from mcusim.firmware.headers import ElfHeader, ProgramHeader

ET_RELOCATABLE, ET_EXECUTABLE, ET_SHARED, ET_CORE = 1, 2, 3, 4
EM_ARM = 40

_MACHINES = {
    2: "SPARC",
    3: "x86 (32-bit)",
    4: "Motorola 68000",
    8: "MIPS",
    15: "PA-RISC",
    20: "PowerPC",
    21: "64-bit PowerPC",
    22: "S390",
    EM_ARM: "32-bit Arm",
    42: "SuperH",
    43: "SPARC V9",
    44: "TriCore",
    62: "x86-64",
    83: "AVR",
    93: "ARC",
    94: "Xtensa",
    105: "MSP430",
    113: "Nios II",
    164: "Hexagon",
    173: "Renesas RX",
    183: "AArch64",
    189: "MicroBlaze",
    195: "ARCv2",
    197: "Renesas RL78",
    220: "Z80",
    243: "RISC-V",
    247: "eBPF",
    258: "LoongArch",
}
"""e_machine values (generic System V ABI, chapter 4, and its registry)."""

_SYSTEMS = {3: "Linux", 6: "Solaris", 9: "FreeBSD", 12: "OpenBSD", 17: "CloudABI"}
"""EI_OSABI values that name an operating system (same registry)."""

_CONVERT = (
    "pass the ELF file (.elf, .axf, .out) that the linker wrote, or an Intel HEX, S-record, UF2 or raw file"
)
_BASE = "give the address of its first byte with --base"
RAW, UNKNOWN = "a raw binary image", "not an ELF file"
"""Both may be raw images: the first looks like one."""

_MAGICS: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"!<arch>\n", "a static library or another ar archive", "link it into an executable first"),
    (0, b"!<thin>\n", "a thin static library", "link it into an executable first"),
    (0, b"\xfe\xed\xfa\xce", "a Mach-O file", "build for arm-none-eabi instead of the host"),
    (0, b"\xfe\xed\xfa\xcf", "a Mach-O file", "build for arm-none-eabi instead of the host"),
    (0, b"\xce\xfa\xed\xfe", "a Mach-O file", "build for arm-none-eabi instead of the host"),
    (0, b"\xcf\xfa\xed\xfe", "a Mach-O file", "build for arm-none-eabi instead of the host"),
    (0, b"\xca\xfe\xba\xbe", "a Mach-O universal file or a Java class", "build for arm-none-eabi instead"),
    (0, b"MZ", "a Windows program (PE)", "build for arm-none-eabi instead of the host"),
    (0, b"BC\xc0\xde", "LLVM bitcode", "compile and link it first"),
    (0, b"PK\x03\x04", "a ZIP archive", "unpack it and pass the ELF file inside"),
    (0, b"\x1f\x8b", "a gzip archive", "unpack it and pass the ELF file inside"),
    (0, b"DfuSe", "a DfuSe file, which mcusim cannot read", _CONVERT),
    (0, b"#!", "a script", _CONVERT),
    (4, b"TFL3", "a TensorFlow Lite model", "build it into firmware and pass the firmware's ELF file"),
    (4, b"ET12", "an ExecuTorch program", "build it into firmware and pass the firmware's ELF file"),
)
"""Offset, bytes, what the file is, what to do (each from the format's own specification)."""


def describe_other_format(data: bytes, path: Path) -> tuple[str, str]:  # noqa: PLR0911 - one per format
    """What a file without the ELF magic is, and what to do about it."""
    if not data:
        return "an empty file", "check that the build finished"
    for offset, magic, what, fix in _MAGICS:
        if data[offset : offset + len(magic)] == magic:
            return what, fix
    if is_intel_hex(data):
        return "an Intel HEX file", "pass it as the firmware (mcusim run file.hex)"
    if is_s_record(data):
        return "a Motorola S-record file", "pass it as the firmware (mcusim run file.s19)"
    if data.startswith(b"UF2\n"):
        return "a UF2 file", "pass it as the firmware (mcusim run file.uf2)"
    if path.suffix.lower() == ".onnx":
        return "an ONNX model", "build it into firmware and pass the firmware's ELF file"
    if starts_like_a_vector_table(data):
        return RAW, _BASE
    if all(byte in b"\t\r\n\f" or 32 <= byte < 127 for byte in data[:512]):
        return "a text file", _CONVERT
    return UNKNOWN, _BASE


def describe_elf(data: bytes, header: ElfHeader, programs: tuple[ProgramHeader, ...]) -> str:
    """One phrase for an ELF, for example "an AArch64 Linux executable"."""
    machine = _MACHINES.get(header.machine_id, f"ELF (machine {header.machine_id})")
    if header.machine_id == EM_ARM and header.order == ">":
        machine = "big-endian 32-bit Arm"
    words = [machine, _system(data, header, programs), _file_kind(header, programs)]
    phrase = " ".join(word for word in words if word)
    return f"{'an' if phrase.startswith(('A', 'E', 'x86', 'MSP', 'S390')) else 'a'} {phrase}"


def interpreter(data: bytes, programs: tuple[ProgramHeader, ...]) -> str:
    """The dynamic loader that the file asks for; "" when it asks for none."""
    for program in programs:
        if program.type_id == PT_INTERP:
            text = data[program.file_offset : program.file_offset + min(program.file_size_bytes, 256)]
            return text.split(b"\0", 1)[0].decode("utf-8", "replace") or "unnamed"
    return ""


def _system(data: bytes, header: ElfHeader, programs: tuple[ProgramHeader, ...]) -> str:
    loader = interpreter(data, programs)
    if "/system/bin/linker" in loader:
        return "Android"
    if header.os_abi_id in _SYSTEMS:
        return _SYSTEMS[header.os_abi_id]
    if "ld-linux" in loader or "ld-musl" in loader or "ld64" in loader:
        return "Linux"
    for program in programs:
        if program.type_id == PT_NOTE and header.order == "<":
            area = data[program.file_offset : program.file_offset + program.file_size_bytes]
            # NT_GNU_ABI_TAG = 1, first word 0: Linux (Linux Standard Base Core, "Note Sections")
            if note(area, b"GNU", 1)[:4] == b"\0\0\0\0":
                return "Linux"
    return ""


def _file_kind(header: ElfHeader, programs: tuple[ProgramHeader, ...]) -> str:
    if header.type_id == ET_SHARED:
        kinds = {program.type_id for program in programs}
        if PT_INTERP in kinds:
            return "executable"
        return "shared library" if PT_DYNAMIC in kinds else "position-independent executable"
    kinds_by_type = {
        ET_RELOCATABLE: "object file",
        ET_EXECUTABLE: "executable",
        ET_CORE: "core dump",
    }
    return kinds_by_type.get(header.type_id, f"ELF of type {header.type_id}")


def starts_like_a_vector_table(data: bytes) -> bool:
    """A RAM address, then an odd code address: how a raw image of a Cortex-M begins (Armv7-M ARM, B1.5.3)."""
    if len(data) < 8:
        return False
    stack_addr, reset_addr = struct.unpack_from("<II", data)
    is_ram = stack_addr % 4 == 0 and (
        0x1000_0000 <= stack_addr < 0x1100_0000 or 0x1FF0_0000 <= stack_addr < 0x4000_0000
    )
    return bool(is_ram and reset_addr % 2 == 1 and reset_addr < 0x4000_0000)
