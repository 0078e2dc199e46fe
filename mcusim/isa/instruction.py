"""One Thumb instruction as data: what the pipeline models and the address evaluator need to know.

Core registers are bits 0-15 of a mask (13 SP, 14 LR, 15 PC); single-precision FP registers are bits 0-31
(S0-S31), a double-precision register sets the two bits of its halves.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

SP, LR, PC = 13, 14, 15


class Kind(Enum):
    """What the instruction does, as coarse as the pipelines see it."""

    ALU = "alu"
    MUL = "mul"  # 32-bit result, including the DSP multiplies and multiply-accumulates with a 32-bit result
    MLA = "mla"  # MLA, MLS
    LONG_MUL = "long_mul"  # UMULL, SMULL
    LONG_MLA = "long_mla"  # UMLAL, SMLAL, UMAAL, SMLALxy, SMLALD…
    DIV = "div"
    LOAD = "load"  # one LDR/VLDR.32 of any size
    STORE = "store"
    LOAD_MULTIPLE = "load_multiple"  # LDM, POP, LDRD, VLDM, VPOP, VLDR.64
    STORE_MULTIPLE = "store_multiple"
    BRANCH = "branch"
    IT = "it"
    NOP = "nop"
    FP = "fp"
    STATUS = "status"  # MRS, MSR, CPS
    BARRIER = "barrier"  # DMB, DSB, ISB
    EXCEPTION = "exception"  # SVC, BKPT, UDF
    SLEEP = "sleep"  # WFI, WFE
    HINT = "hint"  # SEV, YIELD, …
    UNKNOWN = "unknown"


class Branch(Enum):
    """How the program counter is written."""

    NONE = "none"
    IMMEDIATE = "immediate"  # B, B<c>, CBZ, CBNZ
    LINK = "link"  # BL
    LINK_REGISTER = "link_register"  # BLX Rm
    REGISTER = "register"  # BX, MOV PC, ADD PC
    POP = "pop"  # POP/LDM with PC
    LOAD = "load"  # LDR PC
    TABLE = "table"  # TBB, TBH


class Condition(Enum):
    """Condition codes by their encoding."""

    EQ, NE, CS, CC, MI, PL, VS, VC, HI, LS, GE, LT, GT, LE, AL = range(15)


class Shift(Enum):
    """Shift of a register operand."""

    NONE, LSL, LSR, ASR, ROR, RRX = range(6)


class FpClass(Enum):
    """Timing class of a floating-point data instruction."""

    NONE = "none"
    MOVE = "move"  # VMOV reg/imm, VABS, VNEG
    COMPARE = "compare"  # VCMP, VCMPE
    ARITHMETIC = "arithmetic"  # VADD, VSUB, VMUL, VNMUL, VCVT, VRINT
    MULTIPLY_ACCUMULATE = "multiply_accumulate"
    DIVIDE = "divide"  # VDIV, VSQRT
    CORE_TRANSFER = "core_transfer"  # VMOV between one core and one FP register
    CORE_TRANSFER_2 = "core_transfer_2"  # VMOV of two core registers
    STATUS = "status"  # VMRS, VMSR


@dataclass(frozen=True, slots=True)
class Register:
    """A register operand with its shift; `shift_register` is -1 when the amount is immediate."""

    number: int
    shift: Shift = Shift.NONE
    shift_amount: int = 0
    shift_register: int = -1


@dataclass(frozen=True, slots=True)
class Immediate:
    """A constant operand, as an unsigned 32-bit value."""

    value: int


@dataclass(frozen=True, slots=True)
class Access:
    """A data memory access: address = base + (index << index_shift) + offset.

    `offset` is added before the access (0 for post-indexed); `writeback_offset` is what the base gains when
    `has_writeback`. PC-relative accesses have base 15 and count from the aligned PC (addr + 4) & ~3.
    LDM/STM/PUSH/POP/VLDM/LDRD: `offset` is the first, lowest address; `words_count` words follow each other.
    """

    is_load: bool
    base: int
    offset: int
    size_bytes: int
    """Bytes of one element: 1, 2 or 4."""
    words_count: int = 1
    index: int = -1
    index_shift: int = 0
    is_signed: bool = False
    has_writeback: bool = False
    writeback_offset: int = 0


@dataclass(frozen=True, slots=True)
class Instruction:
    """One decoded instruction."""

    addr: int
    size_bytes: int
    mnemonic: str
    """Lower case, without condition, width, data-type suffix and flag-setting s: "add", "ldrb", "vfma"."""
    text: str
    """As a disassembler prints it, for people."""
    kind: Kind
    branch: Branch = Branch.NONE
    condition: Condition = Condition.AL
    operands: tuple[Register | Immediate, ...] = ()
    """Core-register data-processing: destination first, as in the manual's full form ("add rd, rn, op2").

    MOVW is "mov", ADDW "add"; ADR holds the absolute address; RRX is a "mov" with that shift. LDRD and STRD: the two
    data registers in memory order. Empty for everything else.
    """
    access: Access | None = None
    reads_mask: int = 0
    writes_mask: int = 0
    address_mask: int = 0
    """Registers that form a memory address, also in `reads_mask`."""
    fp_reads_mask: int = 0
    fp_writes_mask: int = 0
    fp_accumulator_mask: int = 0
    """FP registers that a multiply-accumulate reads as its addend."""
    fp_class: FpClass = FpClass.NONE
    is_double: bool = False
    sets_flags: bool = False
    reads_flags: bool = False
    registers_count: int = 1
    """Words moved by a load or store multiple (the N of the manuals, PC included)."""
    target_addr: int = -1
    """Destination of an immediate branch."""
    changes_masks: bool = False
    """CPS or MSR: may unmask a pending interrupt."""

    @property
    def end_addr(self) -> int:
        """Address of the instruction that follows in memory."""
        return self.addr + self.size_bytes

    @property
    def is_conditional(self) -> bool:
        """Predicated by an IT block or a conditional branch."""
        return self.condition is not Condition.AL
