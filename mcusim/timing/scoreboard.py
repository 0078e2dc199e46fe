"""The state of the Cortex-M33 pipeline while a few instructions pass through it at zero wait states.

In order, one instruction a cycle; a 16-bit NOP, IT or branch may issue together with the 16-bit instruction before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from mcusim.isa.instruction import Branch, FpClass, Kind
from mcusim.isa.roles import OpClass, roles_of
from mcusim.timing.cost import Reason
from mcusim.timing.scoreboard_fp import FpScoreboard

if TYPE_CHECKING:
    from mcusim.isa.instruction import Instruction
    from mcusim.isa.roles import OperandRoles
    from mcusim.timing.numbers import LimitedDualIssueNumbers

_LATE = frozenset((OpClass.SHIFTED, OpClass.SHIFTED_CONSTANT, OpClass.EXTEND_ADD, OpClass.MULTIPLY))
"""Results of the second execute stage that an accumulator can take from there."""
_LATE_UNCHAINED = frozenset((OpClass.PACK, OpClass.SELECT, OpClass.SIMD))
_MEMORY_KINDS = frozenset((Kind.LOAD, Kind.STORE, Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE))
_MULTIPLE_KINDS = frozenset((Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE))
_LOAD_KINDS = frozenset((Kind.LOAD, Kind.LOAD_MULTIPLE))
_REGISTER_BRANCHES = frozenset((Branch.REGISTER, Branch.LINK_REGISTER))


class _Source(Enum):
    """Which unit produced a register's value: decides who can take it early, and what a wait for it is called."""

    FIRST_STAGE = auto()
    SECOND_STAGE = auto()
    SECOND_STAGE_UNCHAINED = auto()
    LOAD = auto()
    LOAD_MULTIPLE = auto()


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction's passage: why it started late, and how long the next one cannot start."""

    waits: tuple[tuple[Reason, int], ...]
    occupied_cycles: int
    is_paired: bool = False


class Scoreboard:
    """When each register is ready; `execute` must see instructions in the order they run."""

    def __init__(self, numbers: LimitedDualIssueNumbers) -> None:
        self._numbers = numbers
        self._fp = FpScoreboard(numbers)
        self._free = 16  # later than every zero below, so that the first instruction waits for nothing
        self._last: Instruction | None = None
        self._last_start = 0
        self._last_is_paired = False
        self._partner_sets_flags = False
        self._ready = [0] * 16
        self._source = [_Source.FIRST_STAGE] * 16
        self._late_flags_ready = 0
        self._loaded_at = 0
        """Cycle of the last data transfer of the newest load."""
        self._loaded_from_code_bus = False

    def execute(self, instruction: Instruction, is_on_code_bus: bool) -> Step:
        """Pass one instruction; `is_on_code_bus` tells where its data is."""
        roles = roles_of(instruction)
        if self._pairs(instruction):
            ready, _ = self._core_operands_ready(instruction, roles)
            if max(ready, self._flags_ready(instruction)) <= self._last_start:
                self._last, self._last_is_paired = instruction, True
                return Step((), 0, is_paired=True)
        waits: list[tuple[Reason, int]] = []
        start = self._free
        ready, reason = self._core_operands_ready(instruction, roles)
        start = _later(waits, reason, start, ready)
        start = _later(waits, Reason.DEPENDENCY, start, self._flags_ready(instruction))
        if FpScoreboard.concerns(instruction):
            start = _later(waits, Reason.FP_DEPENDENCY, start, self._fp.ready_for(instruction))
        if instruction.kind in _MEMORY_KINDS:
            start = _later(waits, Reason.BUS_TURNAROUND, start, self._bus_ready(start, is_on_code_bus))
        occupied_cycles = occupied_cycles_of(instruction, roles, self._numbers)
        self._retire(instruction, roles, start, occupied_cycles)
        if instruction.kind in _LOAD_KINDS:
            self._loaded_at = start + occupied_cycles - 1
            self._loaded_from_code_bus = is_on_code_bus
        return Step(tuple(waits), occupied_cycles)

    def branch_to(self, target: Instruction) -> tuple[tuple[Reason, int], ...]:
        """The last instruction was a branch taken to `target`; what passes until that can start."""
        if self._last is None:
            return ()
        numbers = self._numbers
        refill_cycles = self._refill_cycles(self._last.branch)
        if self._last_is_paired:
            refill_cycles = numbers.paired_refill_cycles
            if self._partner_sets_flags:
                # It had to wait for the flags after all: a cycle of its own, then the refill.
                refill_cycles = 1 + numbers.immediate_refill_cycles
        is_split = target.size_bytes == 4 and target.addr & 3 == 2
        fetch_cycles = numbers.split_target_cycles if is_split else 0
        self._free += refill_cycles + fetch_cycles
        self._last = None
        return ((Reason.BRANCH_REFILL, refill_cycles), (Reason.FETCH, fetch_cycles))

    def _refill_cycles(self, branch: Branch) -> int:
        if branch in (Branch.IMMEDIATE, Branch.LINK):
            return self._numbers.immediate_refill_cycles
        if branch in _REGISTER_BRANCHES:
            return self._numbers.register_refill_cycles
        if branch is Branch.POP:
            return self._numbers.pop_refill_cycles
        return self._numbers.load_refill_cycles

    def _pairs(self, instruction: Instruction) -> bool:
        """Whether this may issue with the one before: as if not taken, when it is a branch (see `branch_to`)."""
        last = self._last
        if last is None or self._last_is_paired or instruction.size_bytes != 2 or last.size_bytes != 2:
            return False
        if instruction.kind is Kind.BRANCH:
            return instruction.branch in (Branch.IMMEDIATE, Branch.REGISTER)
        return instruction.kind in (Kind.NOP, Kind.IT)

    def _core_operands_ready(self, instruction: Instruction, roles: OperandRoles) -> tuple[int, Reason]:
        """When the slowest core operand allows a start, and what waiting for it is called."""
        ready, reason = 0, Reason.DEPENDENCY
        mask = instruction.reads_mask & 0x7FFF
        while mask:
            low = mask & -mask
            mask ^= low
            number = low.bit_length() - 1
            source = self._source[number]
            earliest = self._ready[number] + self._offset_cycles(instruction, roles, low, source)
            if earliest > ready:
                ready = earliest
                is_load = source in (_Source.LOAD, _Source.LOAD_MULTIPLE)
                reason = Reason.LOAD_USE if is_load else Reason.DEPENDENCY
        return ready, reason

    def _offset_cycles(self, instruction: Instruction, roles: OperandRoles, bit: int, source: _Source) -> int:
        """How much sooner (negative) or later than an ALU this operand is needed."""
        numbers = self._numbers
        offset_cycles = 0
        if bit & roles.store_data_mask:
            offset_cycles = -numbers.store_data_ahead_cycles
        elif bit & roles.accumulator_mask:
            if source in (_Source.SECOND_STAGE, _Source.LOAD):
                offset_cycles = -numbers.accumulator_ahead_cycles
        elif roles.op_class is OpClass.EXTEND_ADD:
            if source is _Source.SECOND_STAGE and not bit & roles.early_mask:
                offset_cycles = -numbers.accumulator_ahead_cycles
        elif instruction.kind is Kind.FP:
            if source in (_Source.SECOND_STAGE, _Source.SECOND_STAGE_UNCHAINED):
                offset_cycles = -numbers.fp_transfer_ahead_cycles
        elif instruction.branch in _REGISTER_BRANCHES and instruction.kind is Kind.BRANCH:
            if source is _Source.LOAD:
                offset_cycles = numbers.load_to_branch_cycles - numbers.load_result_cycles
            elif source is _Source.LOAD_MULTIPLE:
                offset_cycles = numbers.load_to_branch_cycles - 1
        return offset_cycles

    def _flags_ready(self, instruction: Instruction) -> int:
        return self._late_flags_ready if instruction.reads_flags or instruction.is_conditional else 0

    def _bus_ready(self, start: int, is_on_code_bus: bool) -> int:
        """An access on one bus cannot put out its address while a load on the other one ends."""
        if is_on_code_bus is not self._loaded_from_code_bus and start == self._loaded_at + 1:
            return start + self._numbers.bus_switch_cycles
        return start

    def _retire(
        self, instruction: Instruction, roles: OperandRoles, start: int, occupied_cycles: int
    ) -> None:
        self._last, self._last_start, self._last_is_paired = instruction, start, False
        self._partner_sets_flags = instruction.sets_flags
        self._free = start + occupied_cycles
        if instruction.sets_flags and roles.op_class is OpClass.SHIFTED:
            self._late_flags_ready = start + self._numbers.late_flags_cycles
        if instruction.writes_mask:
            self._write_core(instruction, roles, start)
        if FpScoreboard.concerns(instruction):
            self._fp.issue(instruction, start)

    def _write_core(self, instruction: Instruction, roles: OperandRoles, start: int) -> None:
        """Note when each written core register is ready."""
        ready, source = self._result(instruction, roles, start)
        access = instruction.access
        base = access.base if access is not None and access.has_writeback else -1
        mask = instruction.writes_mask & 0x7FFF
        while mask:
            low = mask & -mask
            mask ^= low
            number = low.bit_length() - 1
            is_base = number == base
            self._ready[number] = start + 1 if is_base else ready
            self._source[number] = _Source.FIRST_STAGE if is_base else source

    def _result(self, instruction: Instruction, roles: OperandRoles, start: int) -> tuple[int, _Source]:
        numbers, kind, op_class = self._numbers, instruction.kind, roles.op_class
        if kind is Kind.LOAD or (kind is Kind.STORE and instruction.access is not None):
            return start + numbers.load_result_cycles, _Source.LOAD  # a store's result: STREX status
        if kind in _MULTIPLE_KINDS:
            return self._free, _Source.LOAD_MULTIPLE
        if kind is Kind.FP and instruction.fp_class is FpClass.CORE_TRANSFER:
            return start + numbers.fp_to_core_result_cycles, _Source.SECOND_STAGE_UNCHAINED
        if op_class in _LATE and not _is_plain_constant(instruction, roles):
            return start + numbers.late_result_cycles, _Source.SECOND_STAGE
        if op_class in _LATE_UNCHAINED:
            return start + numbers.late_result_cycles, _Source.SECOND_STAGE_UNCHAINED
        return self._free, _Source.FIRST_STAGE


def occupied_cycles_of(
    instruction: Instruction, roles: OperandRoles, numbers: LimitedDualIssueNumbers
) -> int:
    """Cycles from the start of an instruction to the earliest start of the next, when it does not pair."""
    kind = instruction.kind
    cycles = 1
    if kind in _MULTIPLE_KINDS:
        cycles = numbers.multiple_base_cycles + instruction.registers_count
    elif roles.is_short_flag_setting_multiply:
        cycles = numbers.short_multiply_cycles
    elif roles.op_class is OpClass.MULTIPLY:
        cycles = numbers.multiply_cycles
    elif roles.op_class is OpClass.SHIFTED_CONSTANT:
        if instruction.sets_flags and not _is_plain_constant(instruction, roles):
            cycles = numbers.flag_setting_constant_cycles
    elif kind is Kind.DIV:
        cycles = numbers.divide_by_zero_cycles
    elif kind is Kind.FP:
        is_two_to_core = instruction.fp_class is FpClass.CORE_TRANSFER_2 and instruction.writes_mask
        cycles = numbers.fp_transfer_2_cycles if is_two_to_core else 1
    elif kind in (Kind.STATUS, Kind.BARRIER, Kind.SLEEP):
        cycles = _system_cycles_of(instruction, numbers)
    return cycles


def _is_plain_constant(instruction: Instruction, roles: OperandRoles) -> bool:
    """MOV of a shifted constant, which needs no second stage: "movs.w (any type) are unaffected" (jnk0le/random)."""
    return roles.op_class is OpClass.SHIFTED_CONSTANT and instruction.mnemonic == "mov"


def _system_cycles_of(instruction: Instruction, numbers: LimitedDualIssueNumbers) -> int:
    if instruction.kind is Kind.SLEEP:
        return numbers.sleep_cycles
    if instruction.kind is Kind.STATUS:
        is_cps = instruction.mnemonic.startswith("cps")
        return numbers.change_state_cycles if is_cps else numbers.status_cycles
    is_isb = instruction.mnemonic == "isb"
    return numbers.instruction_barrier_cycles if is_isb else numbers.data_barrier_cycles


def _later(waits: list[tuple[Reason, int]], reason: Reason, start: int, earliest: int) -> int:
    """The later of `start` and `earliest`; notes the wait between them."""
    if earliest <= start:
        return start
    waits.append((reason, earliest - start))
    return earliest
