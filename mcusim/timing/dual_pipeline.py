"""The state of the Cortex-M7's issue stage while a few instructions pass through it at zero wait states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.isa.instruction import Kind
from mcusim.isa.roles import OpClass, OperandRoles, roles_of
from mcusim.timing.banks import BankRule
from mcusim.timing.cost import Reason
from mcusim.timing.dense_code import DenseCode
from mcusim.timing.dual_fp import FpUnit
from mcusim.timing.pairing import EARLY_SHIFTER_CLASSES, issues_alone, may_pair
from mcusim.timing.readiness import (
    EARLY_RESULT,
    LATE_RESULT,
    LOADED_NARROW,
    LOADED_WORD,
    MULTIPLIED,
    REVERSED_RESULT,
    SATURATED,
    WRITTEN_BACK,
    Profile,
    Readiness,
    Stage,
)

if TYPE_CHECKING:
    from mcusim.isa.instruction import Instruction
    from mcusim.timing.cost import BlockContext
    from mcusim.timing.numbers import DualIssueNumbers

_NEVER = -1000
_EARLY_SHIFTER_USERS = EARLY_SHIFTER_CLASSES | {OpClass.SHIFTED, OpClass.SHIFTED_CONSTANT}
# Instructions whose late operand cannot come from the word load right before (LLVM: M7Ex1ReadNoFastBypass).
_LATE_BESIDE_SHIFT = frozenset((OpClass.SHIFTED, OpClass.INSERT, OpClass.EXTEND_ADD, OpClass.PACK))
# LLVM ARMScheduleM7.td gives SSAT and USAT their operand in EX1; the extensions read in EX2 whatever they rotate.
_READS_LATE = frozenset((OpClass.EXTEND, OpClass.EXTEND_PAIR, OpClass.COUNT_ZEROS, OpClass.SELECT))
_SATURATING_PREFIXES = ("q", "uq", "usad")


@dataclass(frozen=True, slots=True)
class Issue:
    """How one instruction issued."""

    is_paired: bool
    """In the cycle of the instruction before it."""
    waits: tuple[tuple[Reason, int], ...]
    """Cycles between the end of the instruction before and this one, by why."""
    occupied_cycles: int
    """Issue cycles that it, or the pair it completes, takes."""


class DualPipeline:
    """`issue` must see instructions in the order they run; branches are predicted correctly."""

    def __init__(self, numbers: DualIssueNumbers, context: BlockContext) -> None:
        self._numbers = numbers
        self._ready = Readiness()
        self._fp = FpUnit(numbers, self._ready)
        self._banks = BankRule(context, numbers.reload_cycles)
        self._density = DenseCode(numbers)
        self._free = 0
        self._older: tuple[Instruction, OperandRoles] | None = None
        self._older_cycles = 1
        self._flags_ready = _NEVER

    def issue(self, instruction: Instruction) -> Issue:
        """Pass one instruction."""
        roles = roles_of(instruction)
        stall_cycles = self._density.stall_cycles(self._free)
        if stall_cycles:  # the instruction arrives late: it does not pair either
            self._free, self._older = self._free + stall_cycles, None
        ready, reason = self._operands_ready(instruction, roles)
        occupied_cycles = self._occupied_cycles(instruction, roles)
        start = self._free - self._older_cycles
        if self._older is not None and ready <= start and self._pairs(instruction, roles, start):
            self._retire(instruction, roles, start, is_younger=True)
            occupied_cycles = max(self._older_cycles, occupied_cycles)
            self._free, self._older = start + occupied_cycles, None
            return Issue(True, (), occupied_cycles)
        start = max(self._free, ready)
        waits = ((Reason.FETCH, stall_cycles), (reason, start - self._free))
        self._retire(instruction, roles, start, is_younger=False)
        self._free, self._older_cycles = start + occupied_cycles, occupied_cycles
        self._older = None if issues_alone(instruction, roles) else (instruction, roles)
        return Issue(False, waits, occupied_cycles)

    def branch(self, last: Instruction) -> int:
        """`last` was a taken branch: nothing pairs across it. Returns its extra cycles."""
        self._older = None
        self._density.branch()
        if roles_of(last).op_class not in (OpClass.BRANCH_REGISTER, OpClass.TABLE):
            return 0
        self._free += self._numbers.register_branch_cycles
        return self._numbers.register_branch_cycles

    def _pairs(self, instruction: Instruction, roles: OperandRoles, cycle: int) -> bool:
        assert self._older is not None
        older, older_roles = self._older
        return (
            not issues_alone(instruction, roles)
            and may_pair(older, instruction, (older_roles, roles))
            and self._fp.may_pair(older, instruction, cycle)
            and not self._banks.conflict(older, instruction)
        )

    def _operands_ready(self, instruction: Instruction, roles: OperandRoles) -> tuple[int, Reason]:
        """When every operand can be read, and what a wait would be called."""
        waits = [
            self._ready.core_ready(mask, stage) for mask, stage in _stages_of(instruction, roles) if mask
        ]
        if instruction.reads_flags and roles.op_class is not OpClass.BRANCH:
            waits.append((self._flags_ready, Reason.DEPENDENCY))
        if instruction.kind is Kind.FP or instruction.fp_reads_mask | instruction.fp_writes_mask:
            waits.append((self._fp.ready(instruction), Reason.FP_DEPENDENCY))
        if instruction.access is not None:
            waits.append((self._banks.reload_ready(instruction), Reason.LOAD_USE))
        return max(waits, key=lambda wait: wait[0], default=(_NEVER, Reason.DEPENDENCY))

    def _occupied_cycles(self, instruction: Instruction, roles: OperandRoles) -> int:
        numbers, kind = self._numbers, instruction.kind
        if kind in (Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE):
            return self._banks.transfer_cycles(instruction)
        if kind is Kind.FP:
            return self._fp.occupied_cycles(instruction)
        if kind is Kind.DIV:
            return numbers.divide_by_zero_cycles
        if kind is Kind.STATUS:
            is_change = instruction.mnemonic.startswith("cps")
            return numbers.change_state_cycles if is_change else numbers.status_cycles
        if kind is Kind.BARRIER:
            is_isb = instruction.mnemonic == "isb"
            return numbers.instruction_barrier_cycles if is_isb else numbers.data_barrier_cycles
        return numbers.sleep_cycles if kind is Kind.SLEEP else 1

    def _retire(self, instruction: Instruction, roles: OperandRoles, cycle: int, is_younger: bool) -> None:
        self._density.note(instruction, cycle)
        if instruction.sets_flags:
            self._flags_ready = cycle + 1
        writes = instruction.writes_mask
        self._banks.forget(writes)
        access = instruction.access
        if access is not None and access.has_writeback:
            self._ready.write_core(1 << access.base, cycle, WRITTEN_BACK)
            writes &= ~(1 << access.base)
        if access is not None:
            self._banks.note(instruction, cycle)
        if instruction.kind is Kind.LOAD_MULTIPLE:
            self._retire_multiple(writes, instruction.fp_writes_mask, cycle)
        elif writes:
            if instruction.kind is Kind.DIV:
                cycle += self._numbers.divide_by_zero_cycles - 1
            self._ready.write_core(writes, cycle, self._profile(instruction, roles, cycle, is_younger))
        if instruction.kind is not Kind.LOAD_MULTIPLE:
            self._fp.retire(instruction, cycle)

    def _retire_multiple(self, core_mask: int, fp_mask: int, cycle: int) -> None:
        """Two words a cycle, in the order of the registers."""
        mask, words_count = core_mask, 0
        while mask:
            low = mask & -mask
            mask ^= low
            self._ready.write_core(low, cycle + words_count // 2, LOADED_WORD)
            words_count += 1
        self._fp.retire_loads(fp_mask, cycle)

    def _profile(
        self, instruction: Instruction, roles: OperandRoles, cycle: int, is_younger: bool
    ) -> Profile:
        """When the result can be read by whom."""
        op_class = roles.op_class
        if op_class is OpClass.LOAD:
            return LOADED_NARROW if roles.is_narrow_load else LOADED_WORD
        if op_class is OpClass.MULTIPLY:
            return MULTIPLIED
        if op_class is OpClass.SATURATE or (
            op_class is OpClass.SIMD and instruction.mnemonic.startswith(_SATURATING_PREFIXES)
        ):
            return SATURATED
        if op_class is OpClass.REVERSE:
            return REVERSED_RESULT
        if self._is_early(instruction, roles, cycle, is_younger):
            return EARLY_RESULT
        return LATE_RESULT

    def _is_early(self, instruction: Instruction, roles: OperandRoles, cycle: int, is_younger: bool) -> bool:
        """Whether the early ALU does it: ADD, SUB, MOV from the older slot, shifts from either."""
        if roles.op_class is OpClass.SHIFT:
            is_rrx = instruction.mnemonic == "mov"
            older = self._older[1].op_class if is_younger and self._older is not None else None
            if is_rrx or older in _EARLY_SHIFTER_USERS:
                return False
            stage = Stage.SHIFTER
        elif roles.is_early_capable and not is_younger:
            stage = Stage.EARLY
        else:
            return False
        return self._ready.core_ready(instruction.reads_mask & 0x7FFF, stage)[0] <= cycle


def _stages_of(instruction: Instruction, roles: OperandRoles) -> tuple[tuple[int, Stage], ...]:
    """Masks of the core registers read, with the stage that reads each."""
    reads = instruction.reads_mask & 0x7FFF
    if instruction.access is not None:
        return (
            (instruction.address_mask & ~roles.index_mask & 0x7FFF, Stage.ADDRESS),
            (roles.index_mask, Stage.INDEX),
            (roles.store_data_mask, Stage.STORED),
        )
    op_class = roles.op_class
    if op_class in (OpClass.MULTIPLY, OpClass.DIVIDE):
        late = reads & ~roles.multiplicand_mask & ~roles.accumulator_mask
        return (
            (roles.multiplicand_mask | late, Stage.FACTOR),
            (roles.accumulator_mask, Stage.ADDEND),
        )
    if op_class is OpClass.SATURATE:
        return ((reads, Stage.SHIFTER),)
    if op_class is OpClass.FP:
        return ((reads, Stage.TO_FP),)
    if op_class is OpClass.SHIFT or op_class in _READS_LATE:
        return ((reads, Stage.LATE),)
    early = roles.early_mask & 0x7FFF
    late_stage = Stage.LATE_BESIDE_SHIFT if op_class in _LATE_BESIDE_SHIFT else Stage.LATE
    return ((early, Stage.SHIFTER), (reads & ~early, late_stage))
