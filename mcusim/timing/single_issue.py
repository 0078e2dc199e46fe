"""Cortex-M3 and M4: the cost of a block from simulating the block before it and then the block.

Cost of a block after another = pipeline run over both - run over the first alone, at zero wait states. Summed
along the edges of a run this differs from simulating the whole run by about 0.01 %.

Not modelled: bit-band stores (+1), LDR literal after STR (+1 by one report), the second cycle of a not-taken
branch in a loop without 16-bit instructions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.isa.instruction import Kind
from mcusim.timing.cost import BlockContext, BlockCost, Reason
from mcusim.timing.divider import divide_cycles_of
from mcusim.timing.pipeline import Pipeline, has_register_offset, occupied_cycles_of
from mcusim.timing.reasons import cost_of, occupied
from mcusim.timing.table_driven import was_taken

if TYPE_CHECKING:
    from mcusim.isa.instruction import Instruction
    from mcusim.timing.numbers import PipelineNumbers


class SingleIssueModel:
    """The cost model of a Cortex-M3 or M4 with these numbers."""

    def __init__(self, numbers: PipelineNumbers) -> None:
        self._numbers = numbers
        self.depends_on_data_place = True
        self.exception_entry_cycles = numbers.exception_entry_cycles
        self.exception_return_cycles = numbers.exception_return_cycles
        self.tail_chain_cycles = numbers.tail_chain_cycles
        self.mispredict_cycles = 0
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

        Predicated instructions count as executed, divides as their shortest.
        """
        in_flash = context.flash_access_addrs
        pipeline = Pipeline(self._numbers, (previous or block)[0].addr, context.fetch_port)
        for instruction in previous:
            pipeline.execute(instruction, instruction.addr in in_flash)
        tail: list[tuple[Reason, int]] = []
        if previous:
            tail.append((Reason.LOAD_USE, -pipeline.bus_cycles))
            if was_taken(previous, block) or block[0].addr != previous[-1].end_addr:
                pipeline.branch_to(block[0].addr)
        body: list[list[tuple[Reason, int]]] = []
        waiting = tail
        for instruction in block:
            step = pipeline.execute(instruction, instruction.addr in in_flash)
            waiting.extend(step.waits)
            body.append(occupied(step.occupied_cycles))
            if not step.is_folded:
                waiting = body[-1]
        waiting.append((Reason.LOAD_USE, pipeline.bus_cycles))
        return cost_of(tail, body)

    def divide_cycles(self, dividend: int, divisor: int, is_signed: bool) -> int:
        """Cycles by the distance of the operands' highest bits (measured; see the table's source)."""
        return divide_cycles_of(self._numbers, dividend, divisor, is_signed)

    def small_operands_saved(self, instruction: Instruction) -> tuple[int, int]:
        """Long multiplies end early on a Cortex-M3."""
        numbers = self._numbers
        saved_cycles = {
            Kind.LONG_MUL: numbers.small_long_multiply_saved_cycles,
            Kind.LONG_MLA: numbers.small_long_accumulate_saved_cycles,
        }.get(instruction.kind, 0)
        return (saved_cycles, numbers.small_operand_bits) if saved_cycles else (0, 0)

    def skipped_cycles_saved(self, instruction: Instruction) -> int:
        """A skipped instruction costs one cycle; a load counts as not chained."""
        if instruction.kind is Kind.LOAD:
            return self._numbers.load_cycles - 1
        if instruction.kind is Kind.STORE and has_register_offset(instruction):
            return self._numbers.register_store_cycles - 1
        return occupied_cycles_of(instruction, self._numbers) - 1
