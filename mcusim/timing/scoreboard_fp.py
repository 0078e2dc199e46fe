"""When the registers and the pipeline of the Cortex-M33's FPU (FPv5-SP) are ready.

An FP operation may issue a cycle before its operand is there; it then waits inside the FPU, which takes nothing else
meanwhile, while integer code goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.isa.instruction import FpClass, Kind

if TYPE_CHECKING:
    from mcusim.isa.instruction import Instruction
    from mcusim.timing.numbers import LimitedDualIssueNumbers

_WAITS_INSIDE = frozenset(
    (FpClass.MOVE, FpClass.COMPARE, FpClass.ARITHMETIC, FpClass.MULTIPLY_ACCUMULATE, FpClass.DIVIDE)
)
"""Not transfers, loads and stores: "vstr.32 can't be issued out of order" (jnk0le/random, cortex_m33.md)."""


class FpScoreboard:
    """Times in the same cycles as the integer scoreboard's."""

    def __init__(self, numbers: LimitedDualIssueNumbers) -> None:
        self._numbers = numbers
        self._ready = [0] * 32
        self._is_strict = [False] * 32
        """Whether nothing may issue ahead of the value in the register."""
        self._free = 0
        self._flags_ready = 0

    @staticmethod
    def concerns(instruction: Instruction) -> bool:
        """Whether the instruction uses the FPU or its registers."""
        return instruction.kind is Kind.FP or bool(instruction.fp_reads_mask | instruction.fp_writes_mask)

    def ready_for(self, instruction: Instruction) -> int:
        """The earliest cycle in which `instruction` may issue."""
        ready = self._free
        if instruction.fp_class is FpClass.STATUS:
            ready = max(ready, self._flags_ready)
        ahead_cycles = self._numbers.fp_issue_ahead_cycles if instruction.fp_class in _WAITS_INSIDE else 0
        for number, earliest in self._operands(instruction):
            is_addend = instruction.fp_accumulator_mask >> number & 1
            may_wait_inside = not is_addend and not self._is_strict[number]
            ready = max(ready, earliest - (ahead_cycles if may_wait_inside else 0))
        return ready

    def issue(self, instruction: Instruction, start: int) -> None:
        """Note the results of `instruction`, which issues in cycle `start`."""
        numbers, fp_class = self._numbers, instruction.fp_class
        executes_at = max([start, *(earliest for _, earliest in self._operands(instruction))])
        self._free = executes_at + 1
        ready = executes_at + 1
        if fp_class is FpClass.MULTIPLY_ACCUMULATE:
            ready = executes_at + numbers.fp_accumulate_result_cycles
            self._free = executes_at + numbers.fp_accumulate_cycles
        elif fp_class is FpClass.DIVIDE:
            ready = executes_at + numbers.fp_divide_result_cycles
            self._free = executes_at + numbers.fp_divide_cycles
        elif fp_class is FpClass.ARITHMETIC:
            ready = executes_at + numbers.fp_arithmetic_result_cycles
        elif fp_class is FpClass.COMPARE:
            self._flags_ready = executes_at + numbers.fp_flags_result_cycles
        elif fp_class is FpClass.CORE_TRANSFER_2:
            ready = executes_at + numbers.fp_from_core_2_result_cycles
        elif instruction.access is not None:
            ready = executes_at + instruction.registers_count
        mask = instruction.fp_writes_mask
        while mask:
            low = mask & -mask
            mask ^= low
            self._ready[low.bit_length() - 1] = ready
            self._is_strict[low.bit_length() - 1] = fp_class is FpClass.CORE_TRANSFER_2

    def _operands(self, instruction: Instruction) -> list[tuple[int, int]]:
        """FP registers that are read, and the cycle from which the operation may execute for each."""
        found = []
        mask = instruction.fp_reads_mask
        while mask:
            low = mask & -mask
            mask ^= low
            number = low.bit_length() - 1
            # The addend is read later than the factors.
            is_addend = bool(low & instruction.fp_accumulator_mask)
            ahead_cycles = self._numbers.fp_addend_ahead_cycles if is_addend else 0
            found.append((number, self._ready[number] - ahead_cycles))
        return found
