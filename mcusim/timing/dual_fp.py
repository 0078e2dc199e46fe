"""The Cortex-M7's floating-point unit: latencies, the shadow of a multiply-accumulate, long operations.

Rules of jnk0le/random cortex_m7.md (STM32H743) unless noted. An addition shares its adder with the second half of a
multiply-accumulate: independent VFMA and VADD take 5 cycles a pair (Arm Community, "Cortex-M7 VFMA usage").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.isa.instruction import FpClass, Kind
from mcusim.timing.pairing import is_fp_arithmetic, is_fp_constant, needs_fp_port
from mcusim.timing.readiness import (
    FP_CHAINED,
    FP_FUSED,
    FP_LOADED,
    FP_MOVED,
    FP_RESULT,
    FpProfile,
    FpStage,
    Readiness,
)

if TYPE_CHECKING:
    from mcusim.isa.instruction import Instruction
    from mcusim.timing.numbers import DualIssueNumbers

_NEVER = -1000
_MULTIPLIES = frozenset(("vmul", "vnmul"))


class FpUnit:
    """When FP instructions may issue; registers are in the common Readiness."""

    def __init__(self, numbers: DualIssueNumbers, ready: Readiness) -> None:
        self._numbers = numbers
        self._ready = ready
        self._accumulated_at = _NEVER
        self._before_accumulated_at = _NEVER
        self._was_chained = False
        self._was_double = False

    def ready(self, instruction: Instruction) -> int:
        """When its FP operands and the adder are free."""
        addend = instruction.fp_accumulator_mask
        others = instruction.fp_reads_mask & ~addend
        ready = self._ready.fp_ready(others, _stage_of(instruction))
        if addend:
            stage = FpStage.FUSED_ADDEND if _is_fused(instruction) else FpStage.CHAINED_ADDEND
            ready = max(ready, self._ready.fp_ready(addend, stage))
            if _is_fused(instruction) and self._was_chained:
                ready = max(ready, self._accumulated_at + 2)
        elif self._is_shadowed(instruction):
            shadow_cycles = 1 if self._was_double else self._numbers.fp_accumulate_shadow_cycles
            ready = max(ready, self._accumulated_at + shadow_cycles + 1)
        return ready

    def may_pair(self, older: Instruction, younger: Instruction, cycle: int) -> bool:
        """Whether multiply-accumulates, in the pair or before it, allow the pair."""
        accumulates = (
            older.fp_class is FpClass.MULTIPLY_ACCUMULATE,
            younger.fp_class is FpClass.MULTIPLY_ACCUMULATE,
        )
        if any(accumulates) and (older.is_double or younger.is_double):
            return older.access is None and younger.access is None
        if not needs_fp_port(younger):
            return True
        shadow_cycles = self._numbers.fp_accumulate_shadow_cycles
        if accumulates[0]:
            return cycle - self._before_accumulated_at > shadow_cycles
        is_in_shadow = cycle - self._accumulated_at <= shadow_cycles
        if accumulates[1]:
            return not (is_in_shadow and needs_fp_port(older))
        return not (is_in_shadow and not is_fp_arithmetic(younger))

    def occupied_cycles(self, instruction: Instruction) -> int:
        """Issue cycles; long operations lock the pipeline."""
        numbers, name = self._numbers, instruction.mnemonic
        if instruction.fp_class is FpClass.DIVIDE:
            if instruction.is_double:
                return numbers.double_divide_cycles
            return numbers.fp_divide_cycles if name == "vdiv" else numbers.fp_square_root_cycles
        if not instruction.is_double:
            return 1
        if instruction.fp_class is FpClass.MULTIPLY_ACCUMULATE:
            return numbers.double_fused_cycles if _is_fused(instruction) else numbers.double_chained_cycles
        if name in _MULTIPLIES:
            return numbers.double_multiply_cycles
        return numbers.double_add_cycles if name in ("vadd", "vsub") else 1

    def retire(self, instruction: Instruction, cycle: int) -> None:
        """The instruction issued at `cycle`."""
        if instruction.fp_class is FpClass.MULTIPLY_ACCUMULATE:
            self._before_accumulated_at = self._accumulated_at
            self._accumulated_at = cycle + self.occupied_cycles(instruction) - 1
            self._was_chained = not _is_fused(instruction)
            self._was_double = instruction.is_double
        if instruction.fp_writes_mask:
            ends_at = cycle + self.occupied_cycles(instruction) - 1 if instruction.kind is Kind.FP else cycle
            self._ready.write_fp(instruction.fp_writes_mask, ends_at, _profile_of(instruction))

    def retire_loads(self, mask: int, cycle: int) -> None:
        """A multiple load issued at `cycle`: two words a cycle."""
        words_count = 0
        while mask:
            low = mask & -mask
            mask ^= low
            self._ready.write_fp(low, cycle + words_count // 2, FP_LOADED)
            words_count += 1

    def _is_shadowed(self, instruction: Instruction) -> bool:
        """Additions and what else needs the adder; multiple and double transfers; constants."""
        if instruction.kind is Kind.FP:
            if is_fp_constant(instruction):
                return True
            return is_fp_arithmetic(instruction) and instruction.mnemonic not in _MULTIPLIES
        return instruction.kind in (Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE)


def _is_fused(instruction: Instruction) -> bool:
    return instruction.mnemonic.startswith("vf")


def _stage_of(instruction: Instruction) -> FpStage:
    """Where the operands other than an addend are read."""
    if instruction.access is not None:
        return FpStage.STORED
    if instruction.fp_class in (FpClass.CORE_TRANSFER, FpClass.CORE_TRANSFER_2):
        return FpStage.TO_CORE
    if instruction.mnemonic == "vmov":
        return FpStage.MOVED
    if instruction.mnemonic in _MULTIPLIES or instruction.fp_accumulator_mask:
        return FpStage.FACTOR
    return FpStage.OPERAND


def _profile_of(instruction: Instruction) -> FpProfile:
    if instruction.kind is not Kind.FP:
        return FP_LOADED
    if instruction.mnemonic == "vmov":
        return FP_MOVED
    if instruction.fp_class is FpClass.MULTIPLY_ACCUMULATE and not instruction.is_double:
        return FP_FUSED if _is_fused(instruction) else FP_CHAINED
    return FP_RESULT
