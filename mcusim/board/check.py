"""Checks that the parts of a board file fit each other (flash: check_flash.py); single values are checked when read."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from mcusim.board.schema import Board, Chip, MemoryRegion
from mcusim.errors import DataFileError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CORES = ("cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33")
_CORES_WITH_FPU = ("cortex-m4", "cortex-m7", "cortex-m33")
_CORES_WITH_BIT_BAND = ("cortex-m3", "cortex-m4")
_MOST_INTERRUPTS = {"cortex-m0": 32, "cortex-m0plus": 32}  # ARMv6-M ARM B3.4; ARMv7-M has up to 496
_ADDRESS_SPACE_END = 0x1_0000_0000
_PRIVATE_START = 0xE000_0000
"""From here on the core itself answers (ARMv7-M ARM, B3.1)."""
_VENDOR_START, _VENDOR_END = 0xE010_0000, 0xFF00_0000
"""Vendor_SYS, where a chip may have devices of its own (ARMv7-M ARM, B3.1), but for the values of EXC_RETURN."""
_PERIPHERALS_START, _PERIPHERALS_END = 0x4000_0000, 0x6000_0000
_PAGE_BYTES = 4096
_BIT_BAND_ALIASES = ((0x2200_0000, 0x2400_0000), (0x4200_0000, 0x4400_0000))  # ARMv7-M ARM, A3.3


def check_chip(chip: Chip, path: Path) -> None:
    """Raise a DataFileError when regions, devices, core and boot addresses contradict each other."""
    _check_core(chip, path)
    check_unique("region", [region.name for region in chip.regions], path)
    check_unique("device", [device.name for device in chip.devices], path)
    for region in chip.regions:
        _check_region(region, path)
        _check_alias(region, chip.regions, path)
    for device in chip.devices:
        where = f"{path}: [[device]] '{device.name}'"
        _check_range(where, device.base_addr, device.size_bytes)
        if device.irq_number >= chip.interrupts_count:
            raise DataFileError(
                f"device '{device.name}' uses interrupt {device.irq_number}",
                where=f"{where}: irq_number",
                why=f"the chip has interrupts 0 to {chip.interrupts_count - 1}",
                fix="correct irq_number here or interrupts_count at the top",
            )
    _check_overlaps(_spans(chip), path)
    _check_mapping(chip.regions, path)
    _check_boot_addrs(chip.boot_addrs, chip.regions, path)


def check_board(board: Board) -> None:
    """Raise a DataFileError when the board's own settings contradict its chip."""
    where = f"{board.path}: boot_addrs"
    for addr in board.chip.boot_addrs:
        _check_boot_addr(addr, board.chip.regions, where)


def _check_core(chip: Chip, path: Path) -> None:
    if chip.core not in CORES:
        raise unknown_name("core", chip.core, CORES, where=f"{path}: core")
    if chip.has_fpu and chip.core not in _CORES_WITH_FPU:
        raise DataFileError(
            f"a {chip.core} has no FPU",
            where=f"{path}: has_fpu",
            fix="set has_fpu = false, or core to one that has: cortex-m4, cortex-m7, cortex-m33",
        )
    if chip.has_bit_band and chip.core not in _CORES_WITH_BIT_BAND:
        raise DataFileError(
            f"a {chip.core} has no bit-band alias",
            where=f"{path}: has_bit_band",
            fix="set has_bit_band = false",
        )
    most = _MOST_INTERRUPTS.get(chip.core, 480)
    if chip.interrupts_count > most:
        raise DataFileError(
            f"a {chip.core} has at most {most} interrupts",
            where=f"{path}: interrupts_count",
            why=f"the file says {chip.interrupts_count}",
            fix=f"use a value from 1 to {most}",
        )
    if chip.reset_clock_hz > chip.max_clock_hz:
        raise DataFileError(
            "the clock at reset is above the highest clock",
            where=f"{path}: [clock]: reset_clock_mhz",
            why=f"{chip.reset_clock_hz / 1e6:g} MHz is more than {chip.max_clock_hz / 1e6:g} MHz",
            fix="correct reset_clock_mhz or max_clock_mhz",
        )


def _check_region(region: MemoryRegion, path: Path) -> None:
    where = f"{path}: [[region]] '{region.name}'"
    _check_range(where, region.start_addr, region.size_bytes)
    for key, value in (("start_addr", region.start_addr), ("size_kib", region.size_bytes)):
        if value % 1024:
            raise DataFileError(
                f"region '{region.name}' is not a multiple of 1 KiB",
                where=f"{where}: {key}",
                why=f"it is {value:#x} bytes",
                fix="start and size of a region are multiples of 1 KiB",
            )


# The vendor's part of the private peripheral bus, where the STM32 has DBGMCU (ARMv7-M ARM, B3.1, table B3-3).
_DEBUG_COMPONENTS_START, _DEBUG_COMPONENTS_END = 0xE004_2000, 0xE00F_F000


def _check_range(where: str, start_addr: int, size_bytes: int) -> None:
    end_addr = start_addr + size_bytes
    if start_addr >= _VENDOR_START and end_addr <= _VENDOR_END:
        return
    if start_addr >= _DEBUG_COMPONENTS_START and end_addr <= _DEBUG_COMPONENTS_END:
        return
    if (
        start_addr < _PRIVATE_START < end_addr
        or end_addr > _ADDRESS_SPACE_END
        or start_addr >= _PRIVATE_START
    ):
        raise DataFileError(
            "the range reaches into the core's own address space",
            where=where,
            why=f"it is {start_addr:#010x} to {end_addr:#010x}; the core owns {_PRIVATE_START:#x} and above",
            fix="correct the start address or the size",
        )


def _check_alias(region: MemoryRegion, regions: tuple[MemoryRegion, ...], path: Path) -> None:
    if not region.alias_of:
        return
    where = f"{path}: [[region]] '{region.name}': alias_of"
    targets = {each.name: each for each in regions if each.name != region.name}
    if region.alias_of not in targets:
        raise unknown_name("region", region.alias_of, targets, where=where)
    target = targets[region.alias_of]
    if target.alias_of:
        raise DataFileError(
            f"'{region.name}' is an alias of '{target.name}', which is an alias itself",
            where=where,
            fix=f"make it an alias of '{target.alias_of}'",
        )
    if target.medium is not region.medium:
        raise DataFileError(
            f"'{region.name}' is {region.medium.value}, but '{target.name}' is {target.medium.value}",
            where=where,
            why="an alias shows the same memory",
            fix=f"set medium = '{target.medium.value}'",
        )
    if region.alias_offset_bytes + region.size_bytes > target.size_bytes:
        raise DataFileError(
            f"the alias '{region.name}' reaches beyond the end of '{target.name}'",
            where=where,
            why=f"offset and size make {region.alias_offset_bytes + region.size_bytes:#x} bytes, "
            f"'{target.name}' has {target.size_bytes:#x}",
            fix="make size_kib or alias_offset_kib smaller",
        )


def _spans(chip: Chip) -> list[tuple[int, int, str, str]]:
    spans = [(each.start_addr, each.end_addr, "region", each.name) for each in chip.regions]
    spans += [
        (each.base_addr, each.base_addr + each.size_bytes, "device", each.name) for each in chip.devices
    ]
    if chip.has_bit_band:
        spans += [(start, end, "the bit-band alias at", f"{start:#x}") for start, end in _BIT_BAND_ALIASES]
    return sorted(spans)


def _check_overlaps(spans: list[tuple[int, int, str, str]], path: Path) -> None:
    """Sorted by start, so that an overlap shows between neighbours."""
    for (_, end_addr, kind, name), (start_addr, _, next_kind, next_name) in pairwise(spans):
        if start_addr < end_addr:
            raise DataFileError(
                f"{kind} '{name}' and {next_kind} '{next_name}' overlap",
                where=str(path),
                why=f"'{name}' ends at {end_addr:#010x}, '{next_name}' starts at {start_addr:#010x}",
                fix=f"make '{name}' smaller or move '{next_name}'",
            )


def _check_mapping(regions: tuple[MemoryRegion, ...], path: Path) -> None:
    """The emulator maps memory in pages, and the architecture's peripheral space as devices."""
    pages: dict[int, str] = {}
    for region in regions:
        where = f"{path}: [[region]] '{region.name}'"
        if region.start_addr < _PERIPHERALS_END and region.end_addr > _PERIPHERALS_START:
            raise DataFileError(
                f"region '{region.name}' lies where the architecture has peripherals",
                where=where,
                why=f"memory at {_PERIPHERALS_START:#x} to {_PERIPHERALS_END:#x} cannot be mapped (ARMv7-M ARM, B3.1)",
                fix="leave the region out, or make it a register_file device",
            )
        for page in range(region.start_addr // _PAGE_BYTES, (region.end_addr - 1) // _PAGE_BYTES + 1):
            if page in pages:
                raise DataFileError(
                    f"regions '{pages[page]}' and '{region.name}' share a page of memory",
                    where=where,
                    why=f"both have bytes between {page * _PAGE_BYTES:#x} and {(page + 1) * _PAGE_BYTES:#x}",
                    fix="make them one region, or leave the smaller one out",
                )
            pages[page] = region.name


def _check_boot_addrs(addrs: tuple[int, ...], regions: tuple[MemoryRegion, ...], path: Path) -> None:
    where = f"{path}: boot_addrs"
    if not addrs:
        raise DataFileError(
            "the chip has no boot address",
            where=where,
            fix="list where the vector table may be, most likely first",
        )
    for addr in addrs:
        _check_boot_addr(addr, regions, where)


def _check_boot_addr(addr: int, regions: tuple[MemoryRegion, ...], where: str) -> None:
    if addr % 4:
        raise DataFileError(
            f"boot address {addr:#x} is not a multiple of 4",
            where=where,
            fix="a vector table is word-aligned",
        )
    if not any(region.start_addr <= addr < region.end_addr for region in regions):
        raise DataFileError(
            f"boot address {addr:#010x} is in no region",
            where=where,
            why="the regions are "
            + ", ".join(f"{each.start_addr:#x}-{each.end_addr:#x}" for each in regions),
            fix="correct the address or add the region",
        )


def check_unique(kind: str, names: Iterable[str], path: Path) -> None:
    """Raise a DataFileError when two tables [[kind]] have one name."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DataFileError(
                f"two {kind}s are called '{name}'",
                where=f"{path}: [[{kind}]] '{name}'",
                fix="rename one of them",
            )
        seen.add(name)
