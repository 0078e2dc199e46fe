"""Which two Cortex-M7 instructions may issue in the same cycle, as far as the units they need decide it.

Unless noted, rules are of jnk0le/random cortex_m7.md (STM32H743); "older" is the first of the pair in the program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.isa.instruction import FpClass, Kind
from mcusim.isa.roles import BITFIELD_CLASSES, OpClass

if TYPE_CHECKING:
    from mcusim.isa.instruction import Instruction
    from mcusim.isa.roles import OperandRoles

# Multiple transfers, VLDR.64 and VSTR.64, register branches, divides (LLVM ARMScheduleM7.td: single issue).
_ALONE = frozenset(
    (
        OpClass.LOAD_MULTIPLE,
        OpClass.STORE_MULTIPLE,
        OpClass.BRANCH_REGISTER,
        OpClass.TABLE,
        OpClass.DIVIDE,
        OpClass.SYSTEM,
    )
)
_FP_ALONE = frozenset((FpClass.CORE_TRANSFER_2, FpClass.STATUS))
_OLDER_ONLY = BITFIELD_CLASSES | {OpClass.SIMD}
_SHIFTED = frozenset((OpClass.SHIFTED, OpClass.SHIFTED_CONSTANT))
EARLY_SHIFTER_CLASSES = frozenset(
    (OpClass.INSERT, OpClass.EXTRACT, OpClass.REVERSE, OpClass.EXTEND_ADD, OpClass.PACK)
)
"""Bit-field instructions that keep the early shifter busy."""
_BEFORE_SHIFTED = EARLY_SHIFTER_CLASSES | _SHIFTED | {OpClass.SHIFT}
_MULTIPLY_OR_STORE = frozenset((OpClass.MULTIPLY, OpClass.STORE))


def issues_alone(instruction: Instruction, roles: OperandRoles) -> bool:
    """Whether the instruction never pairs."""
    return (
        roles.op_class in _ALONE
        or instruction.fp_class in _FP_ALONE
        or (instruction.kind is Kind.STORE and "ex" in instruction.mnemonic)
    )


def may_pair(older: Instruction, younger: Instruction, roles: tuple[OperandRoles, OperandRoles]) -> bool:
    """Whether the units allow the pair; `roles` are of the older and the younger, neither issues alone."""
    first, second = roles[0].op_class, roles[1].op_class
    if second in _OLDER_ONLY:
        return False
    if second in _SHIFTED and first in _BEFORE_SHIFTED:
        return False
    if first in _MULTIPLY_OR_STORE and second in _MULTIPLY_OR_STORE:
        return False
    if older.sets_flags and younger.reads_flags and second is not OpClass.BRANCH:
        return False  # "flags generated in early ALU cannot be forwarded to late ALU in 0 cycles"
    return _fp_allows(older, younger)


def _fp_allows(older: Instruction, younger: Instruction) -> bool:
    """One FP arithmetic unit; two register ports, both of which a double needs (LLVM ARMScheduleM7.td)."""
    if younger.is_double and needs_fp_port(younger):
        return False
    if not needs_fp_port(older) or not needs_fp_port(younger):
        return True
    if older.is_double:
        return False
    return not (
        (is_fp_arithmetic(older) and is_fp_arithmetic(younger))
        or (is_fp_constant(older) and is_fp_constant(younger))
    )


def needs_fp_port(instruction: Instruction) -> bool:
    """Whether it reads or writes an FP register."""
    return bool(instruction.fp_reads_mask | instruction.fp_writes_mask)


def is_fp_arithmetic(instruction: Instruction) -> bool:
    """Every FP data instruction but the moves."""
    return instruction.kind is Kind.FP and instruction.mnemonic not in ("vmov", "vmrs", "vmsr")


def is_fp_constant(instruction: Instruction) -> bool:
    """`vmov sd, #imm`."""
    return instruction.mnemonic == "vmov" and not instruction.fp_reads_mask | instruction.reads_mask
