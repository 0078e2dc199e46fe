"""Cortex-M7: the cost of a block from simulating the block before it and then the block, two instructions a cycle.

Cost of a block after another = pipeline run over both - run over the first alone, at zero wait states and with every
branch predicted. A loop of one block is run through several times first, so that what one round leaves behind counts.

Not modelled: how 16- and 32-bit instructions share the 64-bit fetch (dense_code.py has the one part that is), a taken
branch that issues together with its target, a store buffer filled by bytes and halfwords, and data-dependent times of
double-precision arithmetic.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mcusim.isa.instruction import Branch
from mcusim.timing.cost import BlockContext, BlockCost, Reason
from mcusim.timing.divider import divide_cycles_of
from mcusim.timing.dual_pipeline import DualPipeline
from mcusim.timing.reasons import cost_of, occupied
from mcusim.timing.table_driven import was_taken

if TYPE_CHECKING:
    from mcusim.isa.instruction import Instruction
    from mcusim.timing.numbers import DualIssueNumbers

_ROUNDS_BEFORE_COUNT = 3


class DualIssueModel:
    """The cost model of a Cortex-M7 with these numbers."""

    def __init__(self, numbers: DualIssueNumbers) -> None:
        self._numbers = numbers
        self.depends_on_data_place = True
        self.exception_entry_cycles = numbers.exception_entry_cycles
        self.exception_return_cycles = numbers.exception_return_cycles
        self.tail_chain_cycles = numbers.tail_chain_cycles
        self.mispredict_cycles = numbers.mispredict_cycles
        self.divide_base_cycles = numbers.divide_by_zero_cycles
        self.unaligned_word_cycles = (numbers.unaligned_load_cycles, numbers.unaligned_load_cycles)
        self.unaligned_halfword_cycles = numbers.unaligned_load_cycles
        self.unaligned_store_is_free = True  # until five in a row (jnk0le/random, Cortex-M7 measurements)

    def block_cost(
        self,
        previous: tuple[Instruction, ...],
        block: tuple[Instruction, ...],
        context: BlockContext,
    ) -> BlockCost:
        """What `block` adds after `previous`; a wait is charged to the instruction before the one that waits.

        The first of a pair costs nothing, the second what the pair takes. Divides count as their shortest.
        """
        pipeline = DualPipeline(self._numbers, context)
        tail: list[tuple[Reason, int]] = []
        for _ in range(_ROUNDS_BEFORE_COUNT if _is_loop(previous, block) else min(len(previous), 1)):
            issues = [pipeline.issue(each) for each in previous]
            if was_taken(previous, block) or block[0].addr != previous[-1].end_addr:
                tail = [(Reason.BRANCH_REFILL, pipeline.branch(previous[-1]))]
        before = occupied(issues[-1].occupied_cycles) if previous else []
        waiting = tail
        body: list[list[tuple[Reason, int]]] = []
        for instruction in block:
            issue = pipeline.issue(instruction)
            waiting.extend(issue.waits)
            if issue.is_paired:
                if body:
                    body[-1] = []
                else:
                    tail.extend((reason, -cycles) for reason, cycles in before)
            body.append(occupied(issue.occupied_cycles))
            waiting = body[-1]
        cost = cost_of(tail, body)
        if not self._is_condition_early(block, cost):
            return cost
        numbers = self._numbers
        return replace(
            cost, mispredict_saved_cycles=numbers.mispredict_cycles - numbers.early_mispredict_cycles
        )

    def _is_condition_early(self, block: tuple[Instruction, ...], cost: BlockCost) -> bool:
        """Whether a conditional branch at the end finds its flags set long ago; CBZ and CBNZ compare themselves."""
        if block[-1].branch is not Branch.IMMEDIATE or not block[-1].is_conditional:
            return False
        setters = [index for index, each in enumerate(block[:-1]) if each.sets_flags]
        since_cycles = sum(cost.instruction_cycles[setters[-1] if setters else 0 : -1])
        return since_cycles >= self._numbers.early_flags_cycles

    def divide_cycles(self, dividend: int, divisor: int, is_signed: bool) -> int:
        """Cycles by the distance of the operands' highest bits, as in the table."""
        return divide_cycles_of(self._numbers, dividend, divisor, is_signed)

    def small_operands_saved(self, instruction: Instruction) -> tuple[int, int]:
        """Nothing: multiplies take the same time whatever the operands."""
        del instruction
        return 0, 0

    def skipped_cycles_saved(self, instruction: Instruction) -> int:
        """Nothing: a skipped instruction costs what it costs when it executes (jnk0le/random cortex_m7.md)."""
        del instruction
        return 0


def _is_loop(previous: tuple[Instruction, ...], block: tuple[Instruction, ...]) -> bool:
    return bool(previous) and previous[0].addr == block[0].addr
