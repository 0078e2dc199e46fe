"""Cortex-M0 and M0+: every instruction costs what the manual's table says, whatever surrounds it.

Not modelled: the 32-cycle multiplier option, and the single-cycle I/O port (a property of the memory).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.isa.instruction import Branch, Kind
from mcusim.timing.cost import BlockContext, BlockCost, Reason
from mcusim.timing.reasons import cost_of, occupied

if TYPE_CHECKING:
    from mcusim.isa.instruction import Instruction
    from mcusim.timing.numbers import TableNumbers


class TableDrivenModel:
    """The cost model of a core without state between instructions."""

    depends_on_data_place = False
    mispredict_cycles = 0
    divide_base_cycles = 0
    """ARMv6-M has no divide instruction."""
    unaligned_word_cycles = (0, 0)
    """ARMv6-M faults on unaligned data."""
    unaligned_halfword_cycles = 0
    unaligned_store_is_free = False

    def __init__(self, numbers: TableNumbers) -> None:
        self._numbers = numbers
        self._cycles_by_kind = {
            Kind.LOAD: numbers.load_cycles,
            Kind.STORE: numbers.store_cycles,
            Kind.MUL: numbers.multiply_cycles,
            Kind.SLEEP: numbers.sleep_cycles,
            Kind.BARRIER: numbers.data_barrier_cycles,
            Kind.STATUS: numbers.status_cycles,
        }
        self.exception_entry_cycles = numbers.exception_entry_cycles
        self.exception_return_cycles = numbers.exception_return_cycles
        self.tail_chain_cycles = numbers.tail_chain_cycles

    def block_cost(
        self,
        previous: tuple[Instruction, ...],
        block: tuple[Instruction, ...],
        context: BlockContext,
    ) -> BlockCost:
        """The sum of the block's instructions, after the refill if the previous block's branch was taken."""
        del context  # one bus, no overlap: where data lies does not matter
        refill_cycles = self._numbers.branch_refill_cycles if was_taken(previous, block) else 0
        tail = [(Reason.BRANCH_REFILL, refill_cycles)]
        return cost_of(tail, (occupied(self._occupied_cycles(each)) for each in block))

    def divide_cycles(self, dividend: int, divisor: int, is_signed: bool) -> int:
        """Nothing: these cores have no divide instruction."""
        del dividend, divisor, is_signed
        return self.divide_base_cycles

    def small_operands_saved(self, instruction: Instruction) -> tuple[int, int]:
        """Nothing: these cores have no long multiplies."""
        del instruction
        return 0, 0

    def skipped_cycles_saved(self, instruction: Instruction) -> int:
        """Nothing: these cores have no IT blocks."""
        del instruction
        return 0

    def _occupied_cycles(self, instruction: Instruction) -> int:
        if instruction.branch is Branch.LINK:
            return self._numbers.link_cycles
        if instruction.kind in (Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE):
            return self._numbers.multiple_base_cycles + instruction.registers_count
        if instruction.mnemonic == "isb":
            return self._numbers.instruction_barrier_cycles
        if instruction.mnemonic.startswith("cps"):
            return self._numbers.change_state_cycles
        return self._cycles_by_kind.get(instruction.kind, 1)


def was_taken(previous: tuple[Instruction, ...], block: tuple[Instruction, ...]) -> bool:
    """Whether the branch at the end of `previous` led to `block`.

    A branch to the instruction after it is taken too when it has no condition.
    """
    if not previous or previous[-1].branch is Branch.NONE:
        return False
    last = previous[-1]
    is_unconditional = not last.is_conditional and last.mnemonic not in ("cbz", "cbnz")
    return is_unconditional or block[0].addr != last.end_addr
