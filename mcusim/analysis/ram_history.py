"""RAM in use over time, apart by what it is used for; what two parts share counts once, as in the report's peak."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mcusim.analysis.memory import Range, covered_bytes, static_ranges
from mcusim.report.history import RamPoint

if TYPE_CHECKING:
    from mcusim.analysis.clock import Clock
    from mcusim.board.schema import Chip
    from mcusim.firmware.image import Image
    from mcusim.recording.recording import Recording


def ram_points(recording: Recording, image: Image, chip: Chip, clock: Clock) -> tuple[RamPoint, ...]:
    """One point per sample that differs from the one before.

    Stacks that lie in static variables (tasks' stacks mostly do) and arenas are taken out of the static part. An arena
    counts as far as it is static: what a heap holds is the heap's.
    """
    static = static_ranges(image, chip)
    arenas = _common([Range(each.addr, each.addr + each.size_bytes) for each in recording.arenas], static)
    tops = [each.top_addr for each in recording.memory.stacks]
    parts_of: dict[tuple[int, ...], tuple[int, int, int]] = {}
    points: list[RamPoint] = []
    for sample in recording.timeline.ram:
        if sample.each_stack_bytes not in parts_of:
            depths = zip(tops, sample.each_stack_bytes, strict=True)
            stacks = [Range(top_addr - depth, top_addr) for top_addr, depth in depths if depth]
            parts_of[sample.each_stack_bytes] = _parts(static, arenas, stacks)
        static_bytes, arena_bytes, stack_bytes = parts_of[sample.each_stack_bytes]
        at_s = clock.seconds_at(sample.begin_cycles)
        point = RamPoint(at_s, static_bytes, arena_bytes, sample.heap_bytes, stack_bytes)
        if not points or replace(point, at_s=points[-1].at_s) != points[-1]:
            points.append(point)
    return tuple(points)


def _parts(static: list[Range], arenas: list[Range], stacks: list[Range]) -> tuple[int, int, int]:
    """Bytes of static data, arenas and stacks: a stack's are its own, an arena's no longer static."""
    stack_bytes = covered_bytes(stacks)
    arena_bytes = covered_bytes([*stacks, *arenas]) - stack_bytes
    return covered_bytes([*stacks, *static]) - stack_bytes - arena_bytes, arena_bytes, stack_bytes


def _common(ranges: list[Range], others: list[Range]) -> list[Range]:
    """What lies in both."""
    pairs = ((one, other) for one in ranges for other in others)
    both = (
        Range(max(one.start_addr, other.start_addr), min(one.end_addr, other.end_addr))
        for one, other in pairs
    )
    return [each for each in both if each.end_addr > each.start_addr]
