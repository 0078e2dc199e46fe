"""Names out of what linkers and nm print: GNU ld, armlink and IAR maps, and lists of nm in its three formats."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mcusim.errors import FirmwareFileError
from mcusim.firmware.image import Symbol, SymbolBinding, SymbolKind
from mcusim.firmware.symbols import demangle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_MAX_BYTES = 256 << 20
_FUNCTION, _OBJECT, _ABSOLUTE = SymbolKind.FUNCTION, SymbolKind.OBJECT, SymbolKind.ABSOLUTE
_LOCAL, _GLOBAL, _WEAK = SymbolBinding.LOCAL, SymbolBinding.GLOBAL, SymbolBinding.WEAK

# GNU nm(1): value, size with -S, letter, name; -f posix puts the name first. "08000188 0000000c T main"
_NM_BSD = re.compile(
    r"([0-9a-fA-F]{8,16})\s(?:([0-9a-fA-F]{8,16})\s)?\s*([A-Za-z?-])\s(\S.*?)(?:\t\S+:\d+)?\s*"
)
_NM_POSIX = re.compile(r"(\S.*?) ([A-Za-z]) ([0-9a-fA-F]{1,16})(?: ([0-9a-fA-F]{1,16}))?\s*")
_NM_SYSV = re.compile(
    r"(\S.*?)\s*\|([0-9a-fA-F]{8,16})\|\s*(\w)\s*\|\s*(\w+)\|(?:([0-9a-fA-F]{8,16})|\s*)\|\s*\|(\S+).*"
)
_NM_KINDS = dict.fromkeys("TtWwi", _FUNCTION) | dict.fromkeys("DdBbRrGgSsCVv", _OBJECT)
_MAPPING = re.compile(r"\$[adtxbmfp](\..*)?|\$v\d+")

# GNU ld -Map: an input section (" .text.main  0x08000188  0x24 main.o", the name on its own line when long),
# then the global symbols in it ("                0x08000188                main").
_LD_SECTION = re.compile(r" (\.\S+|COMMON)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)(?:\s+(\S.*))?")
_LD_LONG_NAME = re.compile(r" (\.\S+)\s*")
_LD_CONTINUED = re.compile(r"(\.\S+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+(\S.*)")
_LD_SYMBOL = re.compile(r"\s{6,}0x([0-9a-f]+)\s+((?:[^\s=().*]|\(anonymous)[^=]*?)\s*")
_LD_ASSIGNED = re.compile(r"\s{6,}0x([0-9a-f]+)\s+(?:PROVIDE \()?([A-Za-z_.$][\w.$]*) = .*")
_LD_PARTS = (
    (".text.unlikely.", _FUNCTION), (".text.startup.", _FUNCTION), (".text.hot.", _FUNCTION), (".text.", _FUNCTION),
    (".bss.", _OBJECT), (".data.", _OBJECT), (".rodata.", _OBJECT),
)  # fmt: skip
"""What -ffunction-sections and -fdata-sections put before the name: the only trace of static ones."""
_LD_NAMELESS = re.compile(r"startup|unlikely|hot|exit|(str\d|cst\d).*")
"""`main` is in ".text.startup"; ".rodata.str1.1" and ".rodata.cst4" hold literals of many functions."""
_LD_CODE = (
    ".text",
    ".init",
    ".fini",
    ".isr",
    ".vectors",
    ".boot",
    ".startup",
    ".ram",
    ".itcm",
    ".fast",
    ".time_crit",
)

# armlink --map or --symbols: "    main    0x08000189   Thumb Code    36  main.o(.text.main)"
_ARMLINK = re.compile(r"\s+(\S.*?)\s+0x([0-9a-fA-F]{8})\s+(Thumb Code|ARM Code|Data)\s+(\d+)\s+(\S.*)")
# ILINK, "ENTRY LIST": "main    0x800'0189  0x24  Code  Gb  main.o [1]"
_ILINK = re.compile(
    r"(\S.*?)?\s+0x([0-9a-f']+)\s+(?:0x([0-9a-f']+)\s+)?(Code|Data)\s+(Gb|Lc|Wk)\s+(\S.*?)(?:\s+\[\d+\])?\s*"
)
_ILINK_NAME = re.compile(r"[A-Za-z_?$].*")


def read_names(path: Path, data: bytes) -> tuple[Symbol, ...]:
    """The symbols that a linker map or nm's output names, by address.

    Raises:
        FirmwareFileError: it is neither.
    """
    text = data[:_MAX_BYTES].decode("utf-8", "replace")
    lines = text.splitlines()
    found: list[Symbol] = []
    for read in _readers(text):
        found = list(read(lines))
        if found:
            break
    if not found:
        raise FirmwareFileError(
            "no names were found in this file",
            where=str(path),
            why="it is neither an ELF file nor a map of GNU ld, armlink or IAR, nor a list of nm",
            fix="pass the ELF file that was linked, or make a list with: arm-none-eabi-nm -S firmware.elf",
        )
    unique = dict.fromkeys(each for each in found if not _MAPPING.fullmatch(each.linkage_name))
    return tuple(sorted(unique, key=lambda each: (each.addr, each.linkage_name, each.source_file)))


def _readers(text: str) -> tuple[Callable[[list[str]], Iterator[Symbol]], ...]:
    """The formats that the text can be in, the likeliest first."""
    if "Linker script and memory map" in text or "Memory Configuration" in text:
        return (_gnu_map,)
    if "*** ENTRY LIST" in text:
        return (_iar_map,)
    if "Image Symbol Table" in text or "Thumb Code" in text:
        return (_arm_map,)
    return (_nm_bsd, _nm_sysv, _nm_posix)


def _symbol(name: str, addr: int, size_bytes: int, kind: SymbolKind, **more: object) -> Symbol:
    is_code = kind is _FUNCTION
    fields = {"source_file": "", "binding": _GLOBAL, **more}
    return Symbol(demangle(name), name, addr & ~1 if is_code else addr, size_bytes, kind, **fields)  # type: ignore[arg-type]


def _nm_row(name: str, letter: str, addr: str, size: str | None) -> Iterator[Symbol]:
    kind = _ABSOLUTE if letter in "Aa" else _NM_KINDS.get(letter)
    if kind is not None:
        binding = _WEAK if letter in "WwVv" else _LOCAL if letter.islower() else _GLOBAL
        yield _symbol(name, int(addr, 16) & 0xFFFF_FFFF, int(size or "0", 16), kind, binding=binding)


def _nm_bsd(lines: list[str]) -> Iterator[Symbol]:
    for line in lines:
        match = _NM_BSD.fullmatch(line)
        if match:
            yield from _nm_row(match[4], match[3], match[1], match[2])


def _nm_posix(lines: list[str]) -> Iterator[Symbol]:
    for line in lines:
        match = _NM_POSIX.fullmatch(line)
        if match:
            yield from _nm_row(match[1], match[2], match[3], match[4])


def _nm_sysv(lines: list[str]) -> Iterator[Symbol]:
    for line in lines:
        match = _NM_SYSV.fullmatch(line)
        if match:
            yield from _nm_row(match[1], match[3], match[2], match[5])


def _gnu_map(lines: list[str]) -> Iterator[Symbol]:
    """Global names stand below their section; a static function shows only in the name of its own section."""
    start = next((i for i, line in enumerate(lines) if line.startswith("Linker script and memory map")), 0)
    pending = section = ""
    for line in lines[start:]:
        match = _LD_SECTION.fullmatch(line) or _LD_CONTINUED.fullmatch(f"{pending}{line}" if pending else "")
        if match:
            section, pending = match[1], ""
            file = _object_file(match[4] or "")
            yield from _from_section(section, int(match[2], 16), int(match[3], 16), file)
            continue
        long_name = _LD_LONG_NAME.fullmatch(line)
        pending = long_name[1] if long_name else ""
        named = _LD_SYMBOL.fullmatch(line)
        if named and section and int(named[1], 16):
            kind = _FUNCTION if section.startswith(_LD_CODE) else _OBJECT
            yield _symbol(named[2], int(named[1], 16), 0, kind)
        assigned = _LD_ASSIGNED.fullmatch(line)
        if assigned and assigned[2] != ".":
            yield _symbol(assigned[2], int(assigned[1], 16) & 0xFFFF_FFFF, 0, _ABSOLUTE)


def _from_section(section: str, addr: int, size_bytes: int, file: str) -> Iterator[Symbol]:
    for prefix, kind in _LD_PARTS:
        name = section.removeprefix(prefix)
        is_name = name != section and re.match(r"[A-Za-z_]", name) and not _LD_NAMELESS.fullmatch(name)
        if is_name and addr and size_bytes:
            yield _symbol(name, addr, size_bytes, kind, source_file=file, binding=_LOCAL)
            return


def _object_file(text: str) -> str:
    """`CMakeFiles/app.dir/main.c.obj`, `libc.a(memcpy.o)` → main.c, memcpy.o."""
    name = re.split(r"[/\\]", text.strip())[-1].rstrip(")").rpartition("(")[2]
    return re.sub(r"(\.(?:c|cc|cpp|cxx|s|S))\.(?:o|obj)$", r"\1", name)


def _arm_map(lines: list[str]) -> Iterator[Symbol]:
    is_local = False
    for line in lines:
        if line.strip() in ("Local Symbols", "Global Symbols"):
            is_local = line.strip() == "Local Symbols"
        match = _ARMLINK.fullmatch(line)
        if match and not match[1].startswith(("i.", ".text", ".data", ".bss", ".constdata", "../")):
            kind = _OBJECT if match[3] == "Data" else _FUNCTION
            more = {
                "source_file": match[5].partition("(")[0] if is_local else "",
                "binding": _LOCAL if is_local else _GLOBAL,
            }
            yield _symbol(match[1], int(match[2], 16), int(match[4]), kind, **more)


def _iar_map(lines: list[str]) -> Iterator[Symbol]:
    start = next(i for i, line in enumerate(lines) if "*** ENTRY LIST" in line)
    wrapped = ""
    for line in lines[start:]:
        match = _ILINK.fullmatch(line)
        if match:
            size_bytes = int(match[3].replace("'", ""), 16) if match[3] else 0
            kind = _FUNCTION if match[4] == "Code" else _OBJECT
            binding = {"Gb": _GLOBAL, "Lc": _LOCAL, "Wk": _WEAK}[match[5]]
            name = match[1] or wrapped
            if name:
                file = match[6] if binding is _LOCAL else ""
                addr = int(match[2].replace("'", ""), 16)
                yield _symbol(name, addr, size_bytes, kind, source_file=file, binding=binding)
        wrapped = line.strip() if not match and _ILINK_NAME.fullmatch(line) else ""
