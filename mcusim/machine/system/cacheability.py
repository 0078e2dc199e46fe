"""Which addresses a PMSAv7 memory protection unit keeps out of the core's caches (ARMv7-M ARM, B3.5.9)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_ENABLE = 1 << 0
_SUBREGIONS_COUNT = 8
_SUBREGION_BYTES_MIN = 32  # regions below 256 bytes have no subregions
_SHAREABLE, _CACHED, _BUFFERED = 1 << 18, 1 << 17, 1 << 16
_TEX_OUTER_POLICY = 4


@dataclass(frozen=True, slots=True)
class _Region:
    start_addr: int
    size_bytes: int
    disabled_mask: int
    is_cacheable: bool

    @property
    def part_bytes(self) -> int:
        return self.size_bytes // _SUBREGIONS_COUNT

    def bounds(self) -> set[int]:
        return {self.start_addr + n * self.part_bytes for n in range(_SUBREGIONS_COUNT + 1)}

    def covers(self, addr: int) -> bool:
        if not self.start_addr <= addr < self.start_addr + self.size_bytes:
            return False
        if self.part_bytes < _SUBREGION_BYTES_MIN:
            return True
        return not self.disabled_mask >> (addr - self.start_addr) // self.part_bytes & 1


def uncacheable_ranges(regions: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """[start, end) of all that enabled regions make device, strongly-ordered, non-cacheable or shareable memory.

    `regions` are (RBAR, RASR) by region number; where they overlap, the highest number decides.
    """
    found = [_region(base, attributes) for base, attributes in regions if attributes & _ENABLE]
    bounds = sorted({bound for each in found for bound in each.bounds()})
    ranges: list[tuple[int, int]] = []
    for start_addr, end_addr in pairwise(bounds):
        deciding = next((each for each in reversed(found) if each.covers(start_addr)), None)
        if deciding is None or deciding.is_cacheable:
            continue
        is_continued = bool(ranges) and ranges[-1][1] == start_addr
        first_addr = ranges.pop()[0] if is_continued else start_addr
        ranges.append((first_addr, end_addr))
    return tuple(ranges)


def _region(base: int, attributes: int) -> _Region:
    size_bytes = 2 << (attributes >> 1 & 0x1F)
    start_addr = base & ~0x1F & ~(size_bytes - 1)
    return _Region(start_addr, size_bytes, attributes >> 8 & 0xFF, _is_cacheable(attributes))


def _is_cacheable(attributes: int) -> bool:
    """TEX, S, C, B (table B3-13). A Cortex-M7 does not cache shareable data (DDI0489, CACR.SIWT)."""
    if attributes & _SHAREABLE:
        return False
    tex = attributes >> 19 & 7
    is_cached, is_buffered = bool(attributes & _CACHED), bool(attributes & _BUFFERED)
    if tex & _TEX_OUTER_POLICY:
        return is_cached or is_buffered  # the inner policy; 00 is non-cacheable
    if tex == 0:
        return is_cached
    return tex == 1 and is_cached and is_buffered
