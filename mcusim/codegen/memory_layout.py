"""Chooses where in a chip's memory a firmware goes, and writes the linker script that says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.board.schema import Medium
from mcusim.errors import DataFileError

if TYPE_CHECKING:
    from mcusim.board.schema import Board, Chip, MemoryRegion

RP2040_BOOT2_BYTES = 256
_SRAM_ADDR = 0x2000_0000
"""Below it the core reaches RAM over its code bus, from it on over another: a word must not lie across (Armv7-M,
B3.1); and what lies below is better kept for code."""


@dataclass(frozen=True, slots=True)
class Span:
    """A contiguous piece of memory."""

    start_addr: int
    size_bytes: int
    names: tuple[str, ...]
    """The chip's regions that it is made of, by address."""


@dataclass(frozen=True, slots=True)
class MemoryLayout:
    """Where code and data go."""

    flash: Span
    ram: Span
    ram_reason: str
    """Why this RAM and no other, for a person who knows the chip."""
    boot2: Span | None = None
    """The RP2040's second-stage boot code, in front of the vector table."""


def memory_layouts(board: Board) -> tuple[MemoryLayout, ...]:
    """Layouts to try in this order: data in the fastest RAM, then in the largest contiguous one if that is another.

    Raises:
        DataFileError: the board's chip has no flash at its boot address, or no RAM.
    """
    chip = board.chip
    flash, boot2 = _flash(board)
    fast, large = _fastest(chip), _largest(chip)
    if large is None:
        raise DataFileError(
            "the chip has no RAM",
            where=board.path,
            fix="add a [[region]] with medium 'sram' to the chip file",
        )
    if fast is None or fast.size_bytes < large.size_bytes:
        layouts = [MemoryLayout(flash, large, _reason_of_large(large, fast), boot2)]
        if fast is not None:
            layouts.insert(0, MemoryLayout(flash, fast, _reason_of_fast(fast, large), boot2))
        return tuple(layouts)
    return (MemoryLayout(flash, fast, _reason_of_large(fast, None), boot2),)


def linker_script(layout: MemoryLayout, sections: str, stack_bytes: int) -> str:
    """The whole script; `sections` is firmware_samples/common/link/sections.ld.

    Static data ends where the stack's reserve begins, so that the linker says when both do not fit.
    """
    flash, ram = layout.flash, layout.ram
    boot2 = ""
    rows = [("FLASH (rx) ", flash.start_addr, flash.size_bytes)]
    if layout.boot2 is not None:
        rows.insert(0, ("BOOT2 (rx) ", layout.boot2.start_addr, layout.boot2.size_bytes))
        boot2 = "SECTIONS\n{\n    .boot2 :\n    {\n        KEEP(*(.boot2))\n    } > BOOT2\n}\n"
    rows.append(("RAM   (rwx)", ram.start_addr, ram.size_bytes - stack_bytes))
    memory = "".join(f"    {name} : ORIGIN = {start:#010x}, LENGTH = {size}\n" for name, start, size in rows)
    return (
        f"/* Flash: {', '.join(flash.names)}. RAM: {layout.ram_reason}. Generated. */\n"
        f"_stack_top = {ram.start_addr + ram.size_bytes:#010x};\n"
        f"MEMORY\n{{\n{memory}}}\n{boot2}{sections}"
    )


def _flash(board: Board) -> tuple[Span, Span | None]:
    """From the boot address to the end of its region; on the RP2040 boot code fits in front."""
    boot_addr = board.chip.boot_addrs[0]
    for region in board.chip.regions:
        if region.medium is not Medium.FLASH or not region.start_addr <= boot_addr < region.end_addr:
            continue
        flash = Span(boot_addr, region.end_addr - boot_addr, (region.name,))
        if needs_boot2(board.chip):
            return flash, Span(boot_addr - RP2040_BOOT2_BYTES, RP2040_BOOT2_BYTES, (region.name,))
        return flash, None
    raise DataFileError(
        f"the board has no flash at {boot_addr:#010x}, where it looks for its vector table",
        where=board.path,
        why="a firmware is linked to the first of boot_addrs",
        fix="put an address in flash first in boot_addrs, or correct the chip's [[region]]s",
    )


def needs_boot2(chip: Chip) -> bool:
    """The chip's boot ROM runs 256 bytes from the start of flash, which lead to the vector table behind them."""
    return chip.name == "rp2040" and any(
        each.start_addr + RP2040_BOOT2_BYTES == chip.boot_addrs[0] for each in chip.regions
    )


def _fastest(chip: Chip) -> Span | None:
    """The largest without wait states that no cache has to hide; tightly coupled memory on a Cortex-M7."""
    return _best(
        [
            each
            for each in _ram(chip)
            if not (each.read_wait_cycles or each.write_wait_cycles or each.line_fill_cycles)
        ]
    )


def _largest(chip: Chip) -> Span | None:
    return _best(_ram(chip))


def _ram(chip: Chip) -> list[MemoryRegion]:
    return [each for each in chip.regions if each.medium is Medium.SRAM and not each.alias_of]


def _best(regions: list[MemoryRegion]) -> Span | None:
    """The largest contiguous span; of two alike the one at the higher address, off the code bus."""
    return max(_spans(regions), key=lambda span: (span.size_bytes, span.start_addr), default=None)


def _spans(regions: list[MemoryRegion]) -> list[Span]:
    spans: list[Span] = []
    for region in sorted(regions, key=lambda each: each.start_addr):
        last = spans[-1] if spans else None
        follows = last is not None and last.start_addr + last.size_bytes == region.start_addr
        if last is not None and follows and region.start_addr != _SRAM_ADDR:
            spans[-1] = Span(last.start_addr, last.size_bytes + region.size_bytes, (*last.names, region.name))
        else:
            spans.append(Span(region.start_addr, region.size_bytes, (region.name,)))
    return spans


def _reason_of_fast(fast: Span, large: Span) -> str:
    return (
        f"{_named(fast)}, which the core reads without waiting; {_named(large)} would be larger and slower, "
        "and is not needed"
    )


def _reason_of_large(large: Span, fast: Span | None) -> str:
    if fast is not None:
        return f"{_named(large)}, the largest; the data does not fit in the faster {_named(fast)}"
    return f"{_named(large)}, the largest"


def _named(span: Span) -> str:
    return f"{'+'.join(span.names)} ({span.size_bytes // 1024} KiB)"
