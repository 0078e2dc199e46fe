"""Cortex-M33: the cost of a block from simulating the block before it and then the block, at zero wait states.

Not modelled: what a skipped instruction of an IT block would have made others wait for, the unexplained penalty of LDM
or STM between POP {LR} and BX LR, and the prefetch that the second instruction of a pair needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.isa.roles import roles_of
from mcusim.timing.cost import BlockContext, BlockCost, Reason
from mcusim.timing.divider import divide_cycles_of
from mcusim.timing.reasons import cost_of, occupied
from mcusim.timing.scoreboard import Scoreboard, occupied_cycles_of
from mcusim.timing.table_driven import was_taken

if TYPE_CHECKING:
    from mcusim.isa.instruction import Instruction
    from mcusim.timing.numbers import LimitedDualIssueNumbers

_SYSTEM_BUS_ADDR = 0x2000_0000
"""First address of the system bus; all below it is on the code bus (Arm 100230, bus interfaces)."""


class LimitedDualIssueModel:
    """The cost model of a Cortex-M33 with these numbers."""

    mispredict_cycles = 0

    def __init__(self, numbers: LimitedDualIssueNumbers) -> None:
        self._numbers = numbers
        self.depends_on_data_place = True
        self.exception_entry_cycles = numbers.exception_entry_cycles
        self.exception_return_cycles = numbers.exception_return_cycles
        self.tail_chain_cycles = numbers.tail_chain_cycles
        self.divide_base_cycles = numbers.divide_by_zero_cycles
        self.unaligned_word_cycles = (
            numbers.unaligned_word_halfway_cycles,
            numbers.unaligned_word_odd_cycles,
        )
        self.unaligned_halfword_cycles = numbers.unaligned_halfword_cycles
        self.unaligned_store_is_free = False

    def block_cost(
        self,
        previous: tuple[Instruction, ...],
        block: tuple[Instruction, ...],
        context: BlockContext,
    ) -> BlockCost:
        """What `block` adds after `previous`; a wait is charged to the instruction before the one that waits.

        Predicated instructions count as executed, divides as their shortest. A branch that can issue with the
        instruction before it costs nothing in its own block; if it is taken, the tail of the next has all of it.
        """
        scoreboard = Scoreboard(self._numbers)
        for instruction in previous:
            scoreboard.execute(instruction, _is_on_code_bus(instruction, context))
        tail: list[tuple[Reason, int]] = []
        if previous and (was_taken(previous, block) or block[0].addr != previous[-1].end_addr):
            tail.extend(scoreboard.branch_to(block[0]))
        body: list[list[tuple[Reason, int]]] = []
        waiting = tail
        for instruction in block:
            step = scoreboard.execute(instruction, _is_on_code_bus(instruction, context))
            waiting.extend(step.waits)
            body.append(occupied(step.occupied_cycles))
            if not step.is_paired:
                waiting = body[-1]
        return cost_of(tail, body)

    def divide_cycles(self, dividend: int, divisor: int, is_signed: bool) -> int:
        """As on the Cortex-M4, whose divider is the only one of this family that was measured."""
        return divide_cycles_of(self._numbers, dividend, divisor, is_signed)

    def small_operands_saved(self, instruction: Instruction) -> tuple[int, int]:
        """Nothing: multiplies take the same time whatever the operands."""
        del instruction
        return 0, 0

    def skipped_cycles_saved(self, instruction: Instruction) -> int:
        """A skipped instruction is a NOP of one cycle."""
        return occupied_cycles_of(instruction, roles_of(instruction), self._numbers) - 1


def _is_on_code_bus(instruction: Instruction, context: BlockContext) -> bool:
    """By its first data address where that is known, else by the memory it reaches."""
    first_addr = context.first_data_addrs.get(instruction.addr)
    if first_addr is not None:
        return first_addr < _SYSTEM_BUS_ADDR
    return instruction.addr in context.flash_access_addrs
