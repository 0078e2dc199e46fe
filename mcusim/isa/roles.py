"""What part each operand of an instruction plays in a pipeline: shifted first, multiplied, added or stored."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from mcusim.isa.instruction import Branch, Immediate, Instruction, Kind, Register, Shift
from mcusim.isa.source import names


class OpClass(Enum):
    """Which unit of a dual-issue core an instruction needs."""

    ALU = "alu"
    SHIFT = "shift"  # LSL, LSR, ASR, ROR and RRX that do nothing else
    SHIFTED = "shifted"  # arithmetic, logic or comparison with a shifted register
    SHIFTED_CONSTANT = "shifted_constant"  # the same with an 8-bit constant rotated to somewhere else
    EXTEND = "extend"  # UXTB, UXTH, SXTB, SXTH
    EXTEND_PAIR = "extend_pair"  # UXTB16, SXTB16
    EXTEND_ADD = "extend_add"  # UXTAB, SXTAH, UXTAB16…
    EXTRACT = "extract"  # UBFX, SBFX
    INSERT = "insert"  # BFI, BFC
    REVERSE = "reverse"  # RBIT, REV, REV16, REVSH
    PACK = "pack"  # PKHBT, PKHTB
    SATURATE = "saturate"  # SSAT, USAT, SSAT16, USAT16
    COUNT_ZEROS = "count_zeros"  # CLZ
    SELECT = "select"  # SEL
    SIMD = "simd"  # parallel and saturating additions, sums of absolute differences
    MULTIPLY = "multiply"  # every multiply and multiply-accumulate of core registers
    DIVIDE = "divide"
    LOAD = "load"
    STORE = "store"
    LOAD_MULTIPLE = "load_multiple"
    STORE_MULTIPLE = "store_multiple"
    IT = "it"
    NOP = "nop"
    BRANCH = "branch"  # immediate, BL excepted
    LINK = "link"  # BL
    BRANCH_REGISTER = "branch_register"  # every other write of the PC: BX, BLX, POP, LDM, LDR
    TABLE = "table"
    FP = "fp"
    SYSTEM = "system"


BITFIELD_CLASSES = frozenset(
    (
        OpClass.EXTEND,
        OpClass.EXTEND_PAIR,
        OpClass.EXTEND_ADD,
        OpClass.EXTRACT,
        OpClass.INSERT,
        OpClass.REVERSE,
        OpClass.PACK,
        OpClass.SATURATE,
        OpClass.COUNT_ZEROS,
        OpClass.SELECT,
    )
)


@dataclass(frozen=True, slots=True)
class OperandRoles:
    """The class of an instruction, and masks of core registers by what they are read for.

    The masks overlap with nothing else of the same kind: a factor that is the addend too counts as a factor.
    """

    op_class: OpClass
    early_mask: int = 0
    """Read by a shifter in front of the ALU: shifted, extracted from, inserted, packed or reversed."""
    multiplicand_mask: int = 0
    accumulator_mask: int = 0
    index_mask: int = 0
    """The index register of a single load or store, or of a table branch."""
    store_data_mask: int = 0
    is_early_capable: bool = False
    """ADD, SUB, MOV, MOVW, MOVT and ADR without a shift: an early ALU can do them."""
    is_compare: bool = False
    """CMP, CMN, TST, TEQ."""
    is_narrow_load: bool = False
    """A load of a byte or a halfword."""
    is_long_multiply: bool = False
    """A multiply with a 64-bit result."""
    is_short_flag_setting_multiply: bool = False
    """The 16-bit MULS."""


_EXTENDS = names("uxtb uxth sxtb sxth")
_EXTRACTS = names("ubfx sbfx")
_REVERSES = names("rbit rev rev16 revsh")
_BITFIELD_CLASS_BY_NAME: dict[str, OpClass] = (
    dict.fromkeys(_EXTENDS, OpClass.EXTEND)
    | dict.fromkeys(("uxtb16", "sxtb16"), OpClass.EXTEND_PAIR)
    | dict.fromkeys(names("uxtab uxtah sxtab sxtah uxtab16 sxtab16"), OpClass.EXTEND_ADD)
    | dict.fromkeys(_EXTRACTS, OpClass.EXTRACT)
    | dict.fromkeys(_REVERSES, OpClass.REVERSE)
    | dict.fromkeys(("bfi", "bfc"), OpClass.INSERT)
    | dict.fromkeys(("pkhbt", "pkhtb"), OpClass.PACK)
    | dict.fromkeys(names("ssat usat ssat16 usat16"), OpClass.SATURATE)
    | {"clz": OpClass.COUNT_ZEROS, "sel": OpClass.SELECT}
)
_SIMD = names(
    "usad8 usada8 qadd qsub qdadd qdsub "
    "sadd8 sadd16 ssub8 ssub16 sasx ssax qadd8 qadd16 qsub8 qsub16 qasx qsax "
    "shadd8 shadd16 shsub8 shsub16 shasx shsax uadd8 uadd16 usub8 usub16 uasx usax "
    "uqadd8 uqadd16 uqsub8 uqsub16 uqasx uqsax uhadd8 uhadd16 uhsub8 uhsub16 uhasx uhsax"
)
_SHIFTS = names("lsl lsr asr ror")
_EARLY_CAPABLE = names("add sub mov movt adr")
_COMPARES = names("cmp cmn tst teq")
_CLASS_BY_KIND = {
    Kind.MUL: OpClass.MULTIPLY,
    Kind.MLA: OpClass.MULTIPLY,
    Kind.LONG_MUL: OpClass.MULTIPLY,
    Kind.LONG_MLA: OpClass.MULTIPLY,
    Kind.DIV: OpClass.DIVIDE,
    Kind.LOAD: OpClass.LOAD,
    Kind.STORE: OpClass.STORE,
    Kind.LOAD_MULTIPLE: OpClass.LOAD_MULTIPLE,
    Kind.STORE_MULTIPLE: OpClass.STORE_MULTIPLE,
    Kind.IT: OpClass.IT,
    Kind.NOP: OpClass.NOP,
    Kind.HINT: OpClass.NOP,
    Kind.FP: OpClass.FP,
}


@lru_cache(maxsize=1 << 16)
def roles_of(instruction: Instruction) -> OperandRoles:
    """The roles of the operands of `instruction`."""
    op_class = _op_class_of(instruction)
    kind, access = instruction.kind, instruction.access
    multiplicands, accumulators = _multiply_masks(instruction)
    is_index = access is not None and access.index >= 0
    is_store = kind in (Kind.STORE, Kind.STORE_MULTIPLE)
    return OperandRoles(
        op_class=op_class,
        early_mask=_early_mask(instruction, op_class),
        multiplicand_mask=multiplicands,
        accumulator_mask=accumulators & ~multiplicands,
        index_mask=1 << access.index if access is not None and is_index else 0,
        store_data_mask=instruction.reads_mask & ~instruction.address_mask if is_store else 0,
        is_early_capable=op_class is OpClass.ALU and instruction.mnemonic in _EARLY_CAPABLE,
        is_compare=instruction.mnemonic in _COMPARES,
        is_narrow_load=kind is Kind.LOAD and access is not None and access.size_bytes < 4,
        is_long_multiply=kind in (Kind.LONG_MUL, Kind.LONG_MLA),
        is_short_flag_setting_multiply=(
            instruction.mnemonic == "mul" and instruction.size_bytes == 2 and instruction.sets_flags
        ),
    )


def _op_class_of(instruction: Instruction) -> OpClass:
    branch = instruction.branch
    if branch is Branch.IMMEDIATE:
        return OpClass.BRANCH
    if branch is Branch.LINK:
        return OpClass.LINK
    if branch is Branch.TABLE:
        return OpClass.TABLE
    if branch is not Branch.NONE:
        return OpClass.BRANCH_REGISTER
    if instruction.kind is Kind.ALU:
        return _alu_class_of(instruction)
    return _CLASS_BY_KIND.get(instruction.kind, OpClass.SYSTEM)


def _alu_class_of(instruction: Instruction) -> OpClass:
    name = instruction.mnemonic
    if name in _BITFIELD_CLASS_BY_NAME:
        return _BITFIELD_CLASS_BY_NAME[name]
    if name in _SIMD:
        return OpClass.SIMD
    if name in _SHIFTS:
        return OpClass.SHIFT
    if any(isinstance(each, Register) and each.shift is not Shift.NONE for each in instruction.operands):
        return OpClass.SHIFT if name == "mov" else OpClass.SHIFTED
    return OpClass.SHIFTED_CONSTANT if _has_shifted_constant(instruction) else OpClass.ALU


def _has_shifted_constant(instruction: Instruction) -> bool:
    """Whether the constant is a rotated byte, not a byte, a repeated byte or the 12 or 16 bits of ADDW and MOVW.

    ThumbExpandImm() of the ARMv7-M ARM, A5.3.2: 000000XY, 00XY00XY, XY00XY00 and XYXYXYXY need no rotation.
    """
    last = instruction.operands[-1] if instruction.operands else None
    is_plain_form = instruction.text.startswith(("movw", "movt", "addw", "subw", "adr"))
    if not isinstance(last, Immediate) or instruction.size_bytes == 2 or is_plain_form:
        return False
    value = last.value
    low, high = value & 0xFF, value >> 8 & 0xFF
    return value not in (low, low * 0x0001_0001, high * 0x0100_0100, low * 0x0101_0101)


def _early_mask(instruction: Instruction, op_class: OpClass) -> int:
    """Registers that pass a shifter first; of a 16-bit or plain shift all sources do."""
    if op_class in (OpClass.SHIFT, OpClass.EXTRACT, OpClass.REVERSE):
        return instruction.reads_mask
    operands = instruction.operands
    if op_class is OpClass.PACK and instruction.mnemonic == "pkhtb":
        return instruction.reads_mask
    if op_class is OpClass.INSERT:
        return _mask_of(operands[1])
    if op_class in (OpClass.PACK, OpClass.EXTEND_ADD):
        return _mask_of(operands[-1])
    mask = 0
    for operand in operands:
        if isinstance(operand, Register) and operand.shift is not Shift.NONE:
            mask |= 1 << operand.number
    return mask


def _multiply_masks(instruction: Instruction) -> tuple[int, int]:
    """Factors and addends of a multiply; those of the others are empty."""
    kind, operands = instruction.kind, instruction.operands
    if kind is Kind.LONG_MUL:
        return _mask_of(*operands[2:]), 0
    if kind is Kind.LONG_MLA:
        return _mask_of(*operands[2:]), _mask_of(*operands[:2])
    if kind in (Kind.MUL, Kind.MLA):
        return _mask_of(*operands[1:3]), _mask_of(*operands[3:])
    return 0, 0


def _mask_of(*operands: Register | Immediate) -> int:
    mask = 0
    for operand in operands:
        if isinstance(operand, Register):
            mask |= 1 << operand.number
    return mask
