"""The contract between the pipeline models and the machine: what one block costs after another."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.isa.instruction import Instruction


class Reason(IntEnum):
    """Why a cycle passed. The first group is static, the second is added at run time."""

    ISSUE = 0  # the instruction itself, one cycle
    MULTI_CYCLE = 1  # a multi-cycle operation beyond its first cycle
    LOAD_USE = 2  # waiting for a load or for the bus phase of one
    ADDRESS_INTERLOCK = 3  # waiting for an address register
    FETCH = 4  # core fetch buffer empty at zero wait states
    BRANCH_REFILL = 5
    FP_DEPENDENCY = 6
    IT_SKIPPED = 7
    FLASH_FETCH = 8  # instruction fetch waits for flash
    FLASH_DATA = 9  # data read waits for flash
    SLOW_MEMORY = 10  # data access to a slow RAM or bus
    UNALIGNED = 11
    DIVIDE = 12  # divider cycles beyond the shortest
    EXCEPTION = 13  # exception entry and return
    CONDITION = 14  # correction for instructions that an IT block skipped
    MISPREDICT = 16  # refill after a wrongly predicted branch
    INSTRUCTION_CACHE = 17  # fetch missed an instruction cache that is on
    DATA_CACHE = 18  # data access missed a data cache (or the unified one) that is on
    DEPENDENCY = 19  # waiting for the result of an ALU or multiply instruction
    BUS_TURNAROUND = 20  # an access right after one on the core's other bus


@dataclass(frozen=True, slots=True)
class BlockCost:
    """Cycles that one execution of a block adds when it follows `previous`, at zero wait states.

    `tail_cycles` belongs to the previous block's last instruction: its refill when it branched (or a negative
    number, when the first instruction of this block overlaps with it). `instruction_cycles[i]` are the cycles
    from the start of instruction i to the start of the next (to the drain of the pipeline for the last).
    Total = tail + sum.
    """

    tail_cycles: int
    instruction_cycles: tuple[int, ...]
    reasons: tuple[tuple[tuple[Reason, int], ...], ...]
    """Per instruction: (reason, cycles) that sum to its cycles."""
    tail_reasons: tuple[tuple[Reason, int], ...] = ()
    mispredict_saved_cycles: int = 0
    """How much less a wrong guess of the branch at the end costs than `mispredict_cycles`: its condition is early."""

    @property
    def total_cycles(self) -> int:
        """Tail and body."""
        return self.tail_cycles + sum(self.instruction_cycles)


@dataclass(frozen=True, slots=True)
class FetchPort:
    """How flash with zero wait states falls short of one word a cycle. Ideal memory has none of it."""

    line_bytes: int = 16
    """What one read of the array brings."""
    new_line_cycles: int = 0
    """Added to the first word of each line, where nothing reads ahead."""
    is_shared_with_data: bool = False
    """A data read of flash in the same cycle delays the first word of a line."""


@dataclass(frozen=True, slots=True)
class BlockContext:
    """What a pipeline model may know besides the instructions: which data accesses reach flash."""

    flash_access_addrs: frozenset[int] = frozenset()
    """Addresses of load/store instructions whose data is in flash (ICode/DCode side) rather than SRAM."""
    fetch_port: FetchPort | None = None
    """None: every word comes a cycle after its request, or what memory adds is counted at run time."""
    first_data_addrs: Mapping[int, int] = field(default_factory=dict)
    """By address of a load/store instruction: the data address of its first execution, where it is known."""


class CostModel(Protocol):
    """A core's pipeline at zero wait states. Pure: the same arguments give the same cost."""

    def block_cost(
        self,
        previous: tuple[Instruction, ...],
        block: tuple[Instruction, ...],
        context: BlockContext,
    ) -> BlockCost:
        """The cost of `block` right after `previous` (empty at reset or after an exception).

        The branch at the end of `previous` was taken unless `block` starts at its end address.
        """
        ...

    def divide_cycles(self, dividend: int, divisor: int, is_signed: bool) -> int:
        """Cycles of UDIV/SDIV with these operands (unsigned 32-bit patterns)."""
        ...

    def skipped_cycles_saved(self, instruction: Instruction) -> int:
        """Cycles less than `block_cost` said when an IT block skips `instruction` (0 when equal)."""
        ...

    def small_operands_saved(self, instruction: Instruction) -> tuple[int, int]:
        """Cycles less than `block_cost` said when both factors are small, and in how many bits they must fit.

        (0, 0) where the factors do not matter; a signed factor fits with its sign.
        """
        ...

    @property
    def depends_on_data_place(self) -> bool:
        """Whether `block_cost` asks where the data of loads is (`BlockContext.flash_access_addrs`)."""
        ...

    @property
    def divide_base_cycles(self) -> int:
        """Cycles that `block_cost` charges for a divide; the dynamic part is added to it."""
        ...

    @property
    def exception_entry_cycles(self) -> int: ...

    @property
    def exception_return_cycles(self) -> int: ...

    @property
    def tail_chain_cycles(self) -> int: ...

    @property
    def mispredict_cycles(self) -> int:
        """Cycles that a wrongly predicted conditional branch costs; 0: the core has no predictor."""
        ...

    @property
    def unaligned_word_cycles(self) -> tuple[int, int]:
        """Extra cycles of a word access at 2 mod 4 and at an odd address."""
        ...

    @property
    def unaligned_halfword_cycles(self) -> int:
        """Extra cycles of a halfword access at an odd address."""
        ...

    @property
    def unaligned_store_is_free(self) -> bool:
        """Whether only loads pay for being unaligned (the core has a store buffer that splits them)."""
        ...
