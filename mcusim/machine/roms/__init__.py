"""Boot ROMs: our stand-ins for those that firmware calls into, or the user's own image, as part of the firmware image.

A stand-in is real code for the core, built from the sources beside it (build.py), so that its cycles are counted and
its functions have names. It follows the documented interface and shares no code with the chip's ROM.

Cycles of the RP2040's against the chip's ROM (both run here on the same 60 arguments each; same results bit for bit
where there is one right result): fadd 1.3, fsub 1.4, fmul 1.5, float2int 1.2, int2float 1.7, fsqrt 7; dadd, dsub 2.5,
dmul 2.2, double2int 1.8, dsqrt 21; sine, cosine, tangent, exponential, logarithm and arc tangent 11 to 21 (single) and
4 to 11 (double); division was not compared. Firmware that spends its time in those needs `--rom` for good figures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from mcusim.board.schema import Medium
from mcusim.errors import UsageError
from mcusim.firmware import headers
from mcusim.firmware.elf import read_elf
from mcusim.firmware.image import Section, SectionKind, Segment, Symbol
from mcusim.firmware.reading import read_file
from mcusim.machine.roms.start import Start, start_of

if TYPE_CHECKING:
    from mcusim.board.schema import Chip, MemoryRegion
    from mcusim.firmware.image import Image

__all__ = ["BootRom", "Start", "boot_rom", "start_of", "with_boot_rom"]

_ROMS_DIR = Path(__file__).parent
_PREFIX = "rom_"
_MAGIC_OFFSET = 0x10
_MAGICS = {"rp2040": b"Mu\x01", "rp2350": b"Mu\x02"}
"""Raspberry Pi, picotool main.cpp: BOOTROM_MAGIC_RP2040 0x01754D and BOOTROM_MAGIC_RP2350 0x02754D at 0x10."""


@dataclass(frozen=True, slots=True)
class BootRom:
    """What stands in the ROM at reset."""

    data: bytes
    symbols: tuple[Symbol, ...]
    """All named rom_…, so that they cannot be taken for the firmware's."""
    is_ours: bool
    sha256: str


def boot_rom(chip: Chip, path: Path | None = None) -> BootRom | None:
    """The ROM of `chip`: the user's image at `path`, else our stand-in; None when there is neither.

    Raises:
        UsageError: the chip has no boot ROM, or the file is none for it.
    """
    region = next((each for each in chip.regions if each.medium is Medium.ROM), None)
    own = _ROMS_DIR / chip.name / f"{chip.name}.elf"
    if path is None:
        return _read(own, own.read_bytes(), region, is_ours=True) if region and own.is_file() else None
    if region is None or not own.is_file():  # what others call ROM holds identifiers or a boot loader
        raise UsageError(
            f"chip '{chip.name}' has no boot ROM that firmware uses",
            where=f"--rom {path}",
            fix="leave out --rom",
        )
    rom = _read(path, read_file(path, "ROM image"), region, is_ours=False)
    _check_magic(rom, chip, path)
    return rom


def _check_magic(rom: BootRom, chip: Chip, path: Path) -> None:
    magic = _MAGICS.get(chip.name, b"")
    found = rom.data[_MAGIC_OFFSET : _MAGIC_OFFSET + len(magic)]
    if found == magic:
        return
    other = next((name for name, each in _MAGICS.items() if each == found), "")
    raise UsageError(
        f"this is no image of the boot ROM of chip '{chip.name}'",
        where=f"--rom {path}",
        why=f"at 0x{_MAGIC_OFFSET:02X} it has {found.hex(' ') or 'nothing'}"
        + (f", as the ROM of the {other}," if other else "")
        + f" and not {magic.hex(' ')}",
        fix="give the chip's own ROM, or leave out --rom: mcusim has a stand-in",
    )


def _read(path: Path, data: bytes, region: MemoryRegion, *, is_ours: bool) -> BootRom:
    content = data
    symbols: tuple[Symbol, ...] = ()
    if data.startswith(headers.MAGIC):
        image = read_elf(path, data)
        content = _placed(image, region)
        symbols = tuple(_renamed(each) for each in image.symbols)
    if not content or len(content) > region.size_bytes:
        raise UsageError(
            f"this is no image of the chip's ROM of {region.size_bytes} bytes",
            where=str(path),
            why=f"it has {len(content)} bytes for addresses from 0x{region.start_addr:08X} on",
            fix="give the ROM's ELF file or its raw bytes",
        )
    return BootRom(content, symbols, is_ours, sha256(data).hexdigest())


def _placed(image: Image, region: MemoryRegion) -> bytes:
    """The ROM's bytes; what the ELF file puts elsewhere (RAM of its own) is left out."""
    inside = [each for each in image.segments if region.start_addr <= each.load_addr < region.end_addr]
    content = bytearray(
        max((each.load_addr + len(each.data) for each in inside), default=region.start_addr)
        - region.start_addr
    )
    for segment in inside:
        offset = segment.load_addr - region.start_addr
        content[offset : offset + len(segment.data)] = segment.data
    return bytes(content)


def _renamed(symbol: Symbol) -> Symbol:
    name = symbol.name if symbol.name.startswith(_PREFIX) else _PREFIX + symbol.name
    linkage_name = (
        symbol.linkage_name if symbol.linkage_name.startswith(_PREFIX) else _PREFIX + symbol.linkage_name
    )
    return replace(symbol, name=name, linkage_name=linkage_name)


def with_boot_rom(image: Image, chip: Chip, path: Path | None = None) -> Image:
    """`image` with the chip's ROM in it, and with the reset state that leads through the ROM where that boots it.

    Raises:
        UsageError: as `boot_rom`.
    """
    rom = boot_rom(chip, path)
    if rom is None:
        return image
    region = next(each for each in chip.regions if each.medium is Medium.ROM)
    addr, size_bytes = region.start_addr, len(rom.data)
    start = start_of(image, chip, rom.data)
    return replace(
        image,
        segments=(*image.segments, Segment(addr, addr, rom.data, size_bytes, True, False)),
        sections=(*image.sections, Section(".boot_rom", addr, addr, size_bytes, SectionKind.CODE)),
        symbols=(*image.symbols, *rom.symbols, *start.symbols),
        vector_table_addr=start.vector_table_addr,
        initial_pc_addr=start.pc_addr,
        warnings=(*image.warnings, *start.warnings),
    )
