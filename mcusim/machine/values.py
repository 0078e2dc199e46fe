"""Value programs: the few steps from a block's entry registers to what the run-time cost terms need.

The steps run in native/values.c; the numbers must agree with core.h. value_compiler.py makes them from instructions.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from mcusim.isa.instruction import PC, SP

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.isa.instruction import Access, Instruction


class Code(IntEnum):
    """What a step computes; STEP_ in core.h."""

    CONST = 0
    ADD = 1
    SUB = 2
    AND = 3
    ORR = 4
    EOR = 5
    BIC = 6
    MVN = 7
    LSL = 8
    LSR = 9
    ASR = 10
    ROR = 11
    MUL = 12
    EXTRACT = 13
    EXTRACT_SIGNED = 14
    LOAD = 15
    FLAGS_SUB = 16
    FLAGS_ADD = 17
    FLAGS_LOGIC = 18
    FLAGS_PSR = 19
    CONDITION = 20
    SELECT = 21
    ACCESS = 22
    DIVIDE = 23
    SKIP = 24
    DIV = 25
    ADD_CONST = 26
    ENTRY = 255  # a register at block entry; never emitted as a step


_ALWAYS = 255
_VALUES_MAX = 250
_REGISTERS_MAX = 17
_STEP = struct.Struct("<BBBBI")
_ACTIONS = frozenset({Code.ACCESS, Code.DIVIDE, Code.SKIP})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which terms the board and the user need; everything else is left out of the program."""

    flash_data: bool = False
    slow_memory: bool = False
    unaligned: bool = False
    every_access: bool = False
    divides: bool = False
    saved_cycles: Callable[[Instruction], int] = lambda _instruction: 0
    """Cycles that an IT-skipped instruction saves."""
    small_operands_saved: Callable[[Instruction], tuple[int, int]] = lambda _instruction: (0, 0)
    """Cycles that small factors save, and in how many bits they must fit."""

    def wants(self, access: Access) -> bool:
        """Whether this access can cost anything, or must be seen."""
        if self.every_access or self.slow_memory:
            return True
        if access.base == SP:
            return False
        if access.base == PC:
            return self.flash_data
        is_single = access.words_count == 1 and access.size_bytes > 1
        return (self.flash_data and access.is_load) or (self.unaligned and is_single)


@dataclass(frozen=True, slots=True)
class ValueProgram:
    """A compiled program, ready for the native core."""

    registers: tuple[int, ...]
    """Core register numbers to read at entry; 16 is the program status register, 17 PSP."""
    steps: bytes
    unresolved_count: int
    access_addrs: tuple[int, ...]
    """Instruction address of each ACCESS step, in order."""


@dataclass(frozen=True, slots=True)
class Node:
    """One value or action of a program being compiled; sources are indices of earlier nodes."""

    code: Code
    left_index: int = -1
    right_index: int = -1
    constant_bits: int = 0
    predicate_index: int = -1
    """Index of the node that must hold, for SELECT and for actions."""
    halfword_index: int = 0
    """Of an action: where its instruction is in the block."""

    @property
    def sources(self) -> tuple[int, ...]:
        """The nodes it is computed from."""
        return tuple(each for each in (self.left_index, self.right_index, self.predicate_index) if each >= 0)


def emitted(nodes: list[Node], actions: list[int]) -> tuple[tuple[int, ...], bytes] | None:
    """Registers to read and steps for `actions` and what they depend on; None when they need too many slots."""
    needed = _needed(nodes, actions)
    entries = [n for n in needed if nodes[n].code is Code.ENTRY]
    last_use = {source: n for n in needed for source in nodes[n].sources}
    if len(entries) > _REGISTERS_MAX:
        return None
    slots = {n: position for position, n in enumerate(entries)}
    free = list(range(_VALUES_MAX - 1, len(entries) - 1, -1))
    steps = bytearray()
    for n in needed:
        node = nodes[n]
        if node.code is Code.ENTRY:
            continue
        predicate = slots[node.predicate_index] if node.predicate_index >= 0 else _ALWAYS
        left, right = slots.get(node.left_index, 0), slots.get(node.right_index, 0)
        free += [slots.pop(each) for each in sorted(set(node.sources)) if last_use[each] == n]
        if node.code in _ACTIONS:
            target = predicate
        elif free:
            target = slots[n] = free.pop()
        else:
            return None
        constant = predicate if node.code is Code.SELECT else node.constant_bits
        if node.code is Code.DIVIDE:
            constant |= node.halfword_index << 8
        elif node.code in _ACTIONS:
            right = min(node.halfword_index, 255)
        steps += _STEP.pack(node.code, target, left, right, constant)
    return tuple(nodes[n].constant_bits for n in entries), bytes(steps)


def _needed(nodes: list[Node], actions: list[int]) -> list[int]:
    """Actions and what they depend on, in program order (a node's sources precede it)."""
    marked: set[int] = set()
    waiting = list(actions)
    while waiting:
        n = waiting.pop()
        if n not in marked:
            marked.add(n)
            waiting += nodes[n].sources
    return sorted(marked)
