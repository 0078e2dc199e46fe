"""Static RAM, peak RAM and flash use, from the image's sections and what the run saw of stacks and heap."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.board.schema import Medium
from mcusim.firmware.image import SectionKind, SymbolKind
from mcusim.report.report import Flash, Ram, SectionUse, Stack
from mcusim.units import size

if TYPE_CHECKING:
    from mcusim.board.schema import Chip, MemoryRegion
    from mcusim.firmware.image import Image, Section
    from mcusim.recording.recording import Memory, StackUse

_RESERVED = re.compile(
    r"""^(?:
        \._?user_heap_stack | \.heap_stack             # STM32CubeIDE linker scripts
      | \._?heap\d* | \._?stack\d* | \.stack\d*_dummy  # CMSIS, nRF5 SDK, Pico SDK linker scripts
      | \.?[cp]stack | heap | stack                    # IAR (CSTACK, HEAP), Arm Compiler 5 start-up files
      | arm_lib_(?:stack|heap|stackheap)               # Arm Compiler scatter files
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
"""Sections that only reserve room for a stack or heap: what the run used of it counts instead."""


def region_at(chip: Chip, addr: int) -> MemoryRegion | None:
    """The memory region that holds `addr`."""
    for region in chip.regions:
        if region.start_addr <= addr < region.end_addr:
            return region
    return None


def is_ram(chip: Chip, addr: int) -> bool:
    """True when `addr` is in a RAM of the chip."""
    region = region_at(chip, addr)
    return region is not None and region.medium is Medium.SRAM


def is_reserved(section_name: str) -> bool:
    """True for a section in which the linker script only reserves a stack or heap."""
    return _RESERVED.match(section_name) is not None


@dataclass(frozen=True, slots=True)
class Range:
    """Addresses from `start_addr` to before `end_addr`."""

    start_addr: int
    end_addr: int


def ram_use(image: Image, chip: Chip, memory: Memory) -> Ram:
    """Static RAM of the image, and the stacks and heap of the run on top of it."""
    sections = _static_sections(image, chip)
    static = static_ranges(image, chip)
    stacks = tuple(_stack(use, static) for use in memory.stacks)
    used = [Range(use.low_addr, use.top_addr) for use in memory.stacks if use.low_addr < use.top_addr]
    return Ram(
        static_bytes=covered_bytes(static),
        peak_stack_bytes=covered_bytes(used),
        peak_heap_bytes=memory.heap_peak_bytes,
        peak_bytes=covered_bytes([*static, *used]) + memory.heap_peak_bytes,
        available_bytes=_capacity_bytes(chip, {Medium.SRAM}),
        touched_bytes=memory.touched_bytes if memory.touched_bytes >= 0 else None,
        heap_source=memory.heap_source,
        stacks=stacks,
        sections=tuple(SectionUse(each.name, each.addr, each.size_bytes) for each in sections),
    )


def flash_use(image: Image, chip: Chip) -> Flash:
    """What a flash tool would write, by section; code and constants linked to RAM are not in flash."""
    stored = [
        SectionUse(each.name, each.load_addr, each.size_bytes)
        for each in image.sections
        if each.size_bytes and each.kind is not SectionKind.ZERO and _is_flash(chip, each.load_addr)
    ]
    if not image.sections:  # a file without section headers still says what to load
        stored = [
            SectionUse(f"segment {index}", each.load_addr, len(each.data))
            for index, each in enumerate(image.segments)
            if each.data and _is_flash(chip, each.load_addr)
        ]
    stored.sort(key=lambda each: (each.addr, each.name))
    used = covered_bytes([Range(each.addr, each.addr + each.size_bytes) for each in stored])
    return Flash(used, _capacity_bytes(chip, {Medium.FLASH}), tuple(stored))


def memory_warnings(ram: Ram, flash: Flash, image: Image) -> tuple[str, ...]:
    """What a developer should know about the memory figures."""
    warnings = []
    static = {
        section.name: Range(section.addr, section.addr + section.size_bytes) for section in ram.sections
    }
    for stack in ram.stacks:
        if stack.is_in_static:
            continue
        hit = [name for name, each in static.items() if stack.low_addr < each.end_addr <= stack.top_addr]
        if hit:
            warnings.append(
                f"stack '{stack.name}' grew down to 0x{stack.low_addr:08X}, into section {hit[0]}: "
                "a stack overflow that overwrites variables"
            )
    if ram.available_bytes and ram.peak_bytes > ram.available_bytes:
        warnings.append(
            f"peak RAM of {size(ram.peak_bytes)} is more than the board's {size(ram.available_bytes)}"
        )
    if flash.available_bytes and flash.used_bytes > flash.available_bytes:
        warnings.append(
            f"flash use of {size(flash.used_bytes)} is more than the board's {size(flash.available_bytes)}"
        )
    if ram.heap_source == "none" and _has_allocator(image):
        warnings.append("the firmware has malloc, but its heap could not be located: peak RAM lacks the heap")
    if ram.heap_source == "unknown":
        warnings.append("the firmware has no symbols: whether it has a heap is not known, peak RAM lacks it")
    if not image.sections:
        warnings.append(
            f"the file has no sections: static RAM is what the named variables cover ({size(ram.static_bytes)}); "
            "for all of it add --symbols with the unstripped ELF"
        )
    return tuple(warnings)


def _static_sections(image: Image, chip: Chip) -> list[Section]:
    found = [
        each
        for each in image.sections
        if each.size_bytes and is_ram(chip, each.addr) and not is_reserved(each.name)
    ]
    return sorted(found, key=lambda each: (each.addr, each.name))


def static_ranges(image: Image, chip: Chip) -> list[Range]:
    """Of the sections; in a file without, of the segments that lie in RAM, and of the variables with a size."""
    if image.sections:
        return [Range(each.addr, each.addr + each.size_bytes) for each in _static_sections(image, chip)]
    segments = [(each.addr, each.memory_size_bytes) for each in image.segments]
    variables = [(each.addr, each.size_bytes) for each in image.symbols if each.kind is SymbolKind.OBJECT]
    return [Range(addr, addr + count) for addr, count in (*segments, *variables) if is_ram(chip, addr)]


def _stack(use: StackUse, static: list[Range]) -> Stack:
    in_static = any(each.start_addr <= use.top_addr - 1 < each.end_addr for each in static)
    return Stack(use.name, use.top_addr, use.low_addr, max(0, use.top_addr - use.low_addr), in_static)


def covered_bytes(ranges: list[Range]) -> int:
    """Bytes in any of the ranges; what several of them share counts once."""
    covered, reached_addr = 0, 0
    for each in sorted(ranges, key=lambda one: (one.start_addr, one.end_addr)):
        start = max(each.start_addr, reached_addr)
        covered += max(0, each.end_addr - start)
        reached_addr = max(reached_addr, each.end_addr)
    return covered


def _is_flash(chip: Chip, addr: int) -> bool:
    region = region_at(chip, addr)
    return region is not None and region.medium is not Medium.SRAM


def _capacity_bytes(chip: Chip, media: set[Medium]) -> int:
    return sum(each.size_bytes for each in chip.regions if each.medium in media and not each.alias_of)


def _has_allocator(image: Image) -> bool:
    return any(symbol.linkage_name in {"malloc", "_malloc_r"} for symbol in image.symbols)
