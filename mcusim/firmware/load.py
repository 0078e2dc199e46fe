"""One way in for every firmware file: ELF, Intel HEX, S-record, UF2 or raw, told apart by content, and its names."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from mcusim.errors import FirmwareFileError
from mcusim.firmware import foreign, formats, headers, uf2
from mcusim.firmware.bases import Target, check_base, check_table, missing_base, refuse_base
from mcusim.firmware.elf import load_image, read_elf
from mcusim.firmware.image import Image, Segment, SymbolKind
from mcusim.firmware.maps import read_names
from mcusim.firmware.reading import read_file
from mcusim.firmware.vectors import with_vector_table

if TYPE_CHECKING:
    from pathlib import Path

    from mcusim.firmware.formats import Contents

_RAM_ADDRS = ((0x2000_0000, 0x4000_0000), (0x6000_0000, 0xA000_0000))
"""SRAM and external RAM in the address map (Armv7-M ARM, B3.1): what a file puts there may be written."""
_MAX_DIFFERING_RATIO = 0.001
"""Build dates and checksums that a tool patches in change a few words, another build nearly all that follow."""
_NO_NAMES = (
    "the firmware has no names: functions are called by their addresses; for names add --symbols with its "
    "unstripped ELF, its linker map or nm's list"
)
_MAX_OUTSIDE_RATIO = 0.1

__all__ = ["Target", "load_firmware"]


def load_firmware(
    path: Path, base_addr: int | None = None, symbols_path: Path | None = None, target: Target | None = None
) -> Image:
    """The firmware in `path`; a raw file begins at `base_addr`, names may come from `symbols_path`.

    Raises:
        FirmwareFileError: it is no firmware for a Cortex-M, or the names are of another build.
        UsageError: `base_addr` is missing, impossible, or given for a file that has addresses.
    """
    target = target or Target()
    data = read_file(path)
    if data.startswith(headers.MAGIC):
        refuse_base(base_addr, "an ELF file")
        image = load_image(path) if symbols_path is None else read_elf(path, data)
    else:
        image = _flat_image(path, data, _contents(path, data, base_addr, target))
    if symbols_path is not None:
        image = _with_names(image, symbols_path)
    elif not data.startswith(headers.MAGIC):
        image = with_vector_table(image, "this file")
    if base_addr is not None:
        check_table(image, base_addr, target)
    if not image.symbols:
        image = replace(image, warnings=(*image.warnings, _NO_NAMES))
    return image


def _contents(path: Path, data: bytes, base_addr: int | None, target: Target) -> Contents:
    for is_it, name, read in (
        (formats.is_intel_hex(data), "an Intel HEX file", formats.read_intel_hex),
        (formats.is_s_record(data), "a Motorola S-record file", formats.read_s_record),
    ):
        if is_it:
            refuse_base(base_addr, name)
            return read(path, data)
    if data.startswith(uf2.MAGIC):
        refuse_base(base_addr, "a UF2 file")
        return uf2.read_uf2(path, data, target.chip)
    what, fix = foreign.describe_other_format(data, path)
    if what not in (foreign.RAW, foreign.UNKNOWN):
        raise FirmwareFileError(f"this is {what}", where=str(path), fix=fix)
    if base_addr is None:
        raise missing_base(path, data, target)
    check_base(path, base_addr, target)
    return formats.read_raw(path, data, base_addr)


def _flat_image(path: Path, data: bytes, contents: Contents) -> Image:
    segments = tuple(
        Segment(
            addr=addr,
            load_addr=addr,
            data=run,
            memory_size_bytes=len(run),
            is_executable=True,
            is_writable=any(start <= addr < end for start, end in _RAM_ADDRS),
        )
        for addr, run in contents.runs
    )
    return Image(
        path=path,
        sha256=sha256(data).hexdigest(),
        architecture="",
        entry_addr=contents.entry_addr,
        vector_table_addr=0,
        initial_sp_addr=0,
        initial_pc_addr=0,
        segments=segments,
        sections=(),
        symbols=(),
        warnings=contents.warnings,
    )


def _with_names(image: Image, path: Path) -> Image:
    """`image` with the names in `path` in place of its own, and its vector table found with their help."""
    data = read_file(path, "file with names")
    if data.startswith(headers.MAGIC):
        return with_vector_table(_with_names_of_elf(image, read_elf(path, data)), "this file")
    symbols = read_names(path, data)
    code = [each.addr for each in symbols if each.kind is SymbolKind.FUNCTION]
    outside = [addr for addr in code if _should_hold(image, addr) and not _holds(image, addr)]
    if len(outside) > _MAX_OUTSIDE_RATIO * len(code):
        raise _other_build(
            path, f"{len(outside)} of its {len(code)} functions lie where the firmware has no code"
        )
    named = with_vector_table(replace(image, symbols=symbols), "this file")
    if code and named.initial_pc_addr not in set(code):
        text = f"{path.name} names no function at the reset vector (0x{named.initial_pc_addr:08X})"
        named = replace(named, warnings=(*named.warnings, f"{text}: is it of the same build?"))
    return named


def _with_names_of_elf(image: Image, other: Image) -> Image:
    """Names, sections and build attributes of an unstripped ELF of the same firmware."""
    if not other.symbols:
        raise FirmwareFileError(
            "this ELF file has no symbols either",
            where=str(other.path),
            fix="pass the ELF file as it was linked",
        )
    compared, differing, first_addr = _compared_words(image, other)
    if not compared:
        raise _other_build(other.path, f"they share no addresses: {_placed(image)}, and {_placed(other)}")
    if differing > _MAX_DIFFERING_RATIO * compared:
        where = f"the first difference is at 0x{first_addr:08X}"
        raise _other_build(other.path, f"{differing} of {compared} words of code differ; {where}")
    warnings = image.warnings
    if differing:
        warnings += (f"{differing} words of code differ between {image.path.name} and {other.path.name}",)
    return replace(
        image,
        architecture=image.architecture or other.architecture,
        entry_addr=other.entry_addr,
        sections=image.sections or other.sections,
        symbols=other.symbols,
        build_id=image.build_id or other.build_id,
        has_mve=image.has_mve or other.has_mve,
        lines_path=other.path,
        layer_table=image.layer_table or other.layer_table,
        warnings=warnings,
    )


def _compared_words(image: Image, other: Image) -> tuple[int, int, int]:
    """How many words of code both have, how many of them differ, and where the first of those is."""
    compared = differing = 0
    first_addr = -1
    for wanted in (each for each in other.segments if each.is_executable and each.data):
        for given in image.segments:
            start = max(wanted.load_addr, given.load_addr)
            end = min(wanted.load_addr + len(wanted.data), given.load_addr + len(given.data))
            for addr in range(start, end - 3, 4):
                compared += 1
                one = wanted.data[addr - wanted.load_addr : addr - wanted.load_addr + 4]
                if one != given.data[addr - given.load_addr : addr - given.load_addr + 4]:
                    differing += 1
                    first_addr = addr if first_addr < 0 else first_addr
    return compared, differing, first_addr


def _placed(image: Image) -> str:
    """Which file begins where."""
    addrs = [each.load_addr for each in image.segments if each.is_executable and each.data]
    return f"{image.path.name} begins at 0x{min(addrs):08X}" if addrs else f"{image.path.name} has no code"


def _other_build(path: Path, why: str) -> FirmwareFileError:
    return FirmwareFileError(
        "the names are of another build than the firmware",
        where=str(path),
        why=why,
        fix="pass the file that the linker wrote together with this firmware",
    )


def _should_hold(image: Image, addr: int) -> bool:
    """In the memory that the image is written to, not in RAM, where start-up code copies functions."""
    return any(each.load_addr >> 24 == addr >> 24 for each in image.segments)


def _holds(image: Image, addr: int) -> bool:
    return any(
        each.addr <= addr < each.addr + len(each.data)
        or each.load_addr <= addr < each.load_addr + len(each.data)
        for each in image.segments
    )
