"""Where a runtime's working memory is, and, of a run that counts touched RAM, how much of it an inference uses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby
from typing import TYPE_CHECKING

from mcusim.board.schema import Medium
from mcusim.recording.recording import ArenaUse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcusim.machine.machine import Machine

_WORD_BYTES = 4
_GAP_BYTES_MIN = 64


class TouchMap(IntEnum):
    """TOUCHED_ in native/core.h."""

    IN_REGION = 0
    IN_INFERENCE = 1
    SINCE_START = 2


@dataclass(frozen=True, slots=True)
class ArenaPlace:
    """A variable that holds a runtime's working memory."""

    name: str
    addr: int
    size_bytes: int


def arena_uses(machine: Machine) -> tuple[ArenaUse, ...]:
    """Every arena; with --touched-ram those that an inference touched, and what it touched of them."""
    layering = machine.options.layering
    if layering is None:
        return ()
    if not machine.options.touches_ram:
        return tuple(ArenaUse(each.name, each.addr, each.size_bytes) for each in _in_ram(machine))
    return tuple(_uses(machine, layering.arenas))


def _in_ram(machine: Machine) -> Iterator[ArenaPlace]:
    layering = machine.options.layering
    for each in layering.arenas if layering is not None else ():
        region = machine.memory.region_at(each.addr)
        if (
            region is not None
            and region.medium is Medium.SRAM
            and each.addr + each.size_bytes <= region.end_addr
        ):
            yield each


def _uses(machine: Machine, arenas: tuple[ArenaPlace, ...]) -> Iterator[ArenaUse]:
    low_addr, high_addr = machine.reads_ram()
    for each in arenas:
        end_addr = each.addr + each.size_bytes
        if not (low_addr <= each.addr and end_addr <= high_addr):
            continue
        touched = machine.core.touched_map(TouchMap.IN_INFERENCE, each.addr, end_addr)
        needed = machine.core.touched_map(TouchMap.SINCE_START, each.addr, end_addr)
        if not any(touched):
            continue
        touched_bytes = min(each.size_bytes, sum(touched) * _WORD_BYTES)
        needed_bytes = max(touched_bytes, each.size_bytes - _unused_bytes(needed))
        yield ArenaUse(each.name, each.addr, each.size_bytes, touched_bytes, needed_bytes)


def _unused_bytes(touched: bytes) -> int:
    """What nothing touched, in stretches of some length: shorter ones are padding of what lies around them.

    Not only the longest one counts: a planner that spreads its tables over all that is free touches a few words here
    and there, and would do with less.
    """
    stretches = (len(list(words)) * _WORD_BYTES for is_touched, words in groupby(touched) if not is_touched)
    return sum(each for each in stretches if each >= _GAP_BYTES_MIN)
