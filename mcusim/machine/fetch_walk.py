"""What native/walk.c needs to walk fetches and data over the one bus of a Cortex-M0 or M0+ (docs/concepts/memory.md).

Used where the chip file's flash interface says `model = "walk"`. Not modelled: the waits of vector fetch and stacking.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from mcusim.board.schema import FetchModel
from mcusim.timing.numbers import TableNumbers, load_table

if TYPE_CHECKING:
    from mcusim.board.schema import CacheSpec, Chip, FlashInterface
    from mcusim.isa.instruction import Instruction
    from mcusim.machine.flash_control import FlashState
    from mcusim.machine.native._core import Core
    from mcusim.machine.values import ValueProgram
    from mcusim.timing.cost import BlockCost

_STEP = struct.Struct("<BBBB")  # WalkStep in native/walk.h
_WORD_SHIFT = 2


def is_walked(chip: Chip) -> bool:
    """Whether this chip's fetches are walked word by word."""
    return chip.flash_interface is not None and chip.flash_interface.model is FetchModel.WALK


def set_core_numbers(core: Core, chip: Chip) -> None:
    """Tell the native core how this chip's pipeline fetches."""
    numbers = load_table(chip.core, TableNumbers).numbers
    core.set_walk(numbers.branch_refill_cycles, numbers.fetch_ahead_cycles, numbers.fetch_queue_words_count)


def set_flash_state(core: Core, interface: FlashInterface, state: FlashState, wait_cycles: int) -> None:
    """Tell the native core what firmware made of the flash interface."""
    data_shift, data_lines = _buffers(interface.data_cache, is_on=state.data_cache_on)
    _, lines = _buffers(interface.instruction_cache, is_on=state.instruction_cache_on)
    line_shift = interface.granule_bytes.bit_length() - 1
    ratio = interface.fetch_exposed_prefetch_ratio if state.prefetch_on else interface.fetch_exposed_ratio
    waits = (round(ratio * wait_cycles), wait_cycles)
    core.set_walk_state(*waits, state.prefetch_on, line_shift, lines, data_shift, data_lines)


def _buffers(spec: CacheSpec | None, *, is_on: bool) -> tuple[int, int]:
    """Binary logarithm of the bytes in a line, and how many lines are in use."""
    if spec is None:
        return _WORD_SHIFT, 0
    return spec.line_bytes.bit_length() - 1, spec.lines_count if is_on else 0


def walk_steps(block: tuple[Instruction, ...], cost: BlockCost, program: ValueProgram) -> bytes:
    """The block as the walk sees it; the value program gives the addresses of some of its data accesses."""
    known = set(program.access_addrs)
    return b"".join(
        _STEP.pack(each.size_bytes // 2, cycles, _transfers_count(each), each.addr in known)
        for each, cycles in zip(block, cost.instruction_cycles, strict=True)
    )


def _transfers_count(instruction: Instruction) -> int:
    return instruction.access.words_count if instruction.access is not None else 0
