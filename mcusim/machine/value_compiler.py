"""Compiles the value program of a block from its instructions.

Works on the block alone: a value that comes from an instruction we do not follow (DSP, FP, status registers other than
PSP, to which a switch of tasks saves) is unknown, and an access that depends on it is counted as unresolved. A load's
value is read when the block starts, or taken from a store earlier in the block to the same base and offset; a store
through another base goes elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mcusim.isa.instruction import PC, SP, Condition, Immediate, Instruction, Kind, Register, Shift
from mcusim.machine.transfers import loaded_registers, stored_registers, written_registers
from mcusim.machine.value_graph import UNKNOWN, WORD_BYTES, ValueGraph
from mcusim.machine.values import Code, Node, ValueProgram, Wanted, emitted

if TYPE_CHECKING:
    from mcusim.isa.instruction import Access

_PSR, _PSP = 16, 17
_ACCESS_LOAD = 256
_MASK = 0xFFFF_FFFF
_NEEDS_CARRY = {Condition.CS, Condition.CC, Condition.HI, Condition.LS}
_NEEDS_OVERFLOW = {Condition.VS, Condition.VC, Condition.GE, Condition.LT, Condition.GT, Condition.LE}
_SHIFTS = {Shift.LSL: Code.LSL, Shift.LSR: Code.LSR, Shift.ASR: Code.ASR, Shift.ROR: Code.ROR}
_BINARY = {
    "add": Code.ADD, "sub": Code.SUB, "and": Code.AND, "orr": Code.ORR, "eor": Code.EOR, "bic": Code.BIC,
    "lsl": Code.LSL, "lsr": Code.LSR, "asr": Code.ASR, "ror": Code.ROR, "mul": Code.MUL,
}  # fmt: skip
_EXTENDS = {
    "uxtb": (Code.EXTRACT, 24),
    "uxth": (Code.EXTRACT, 16),
    "sxtb": (Code.EXTRACT_SIGNED, 24),
    "sxth": (Code.EXTRACT_SIGNED, 16),
}
_COMPARES = {
    "cmp": ("sub", Code.FLAGS_SUB),
    "cmn": ("add", Code.FLAGS_ADD),
    "tst": ("and", Code.FLAGS_LOGIC),
    "teq": ("eor", Code.FLAGS_LOGIC),
}


@dataclass(frozen=True, slots=True)
class _Flags:
    node_index: int
    has_carry: bool
    has_overflow: bool


_ALWAYS = -2


class _Compiler(ValueGraph):
    def __init__(self, wanted: Wanted, block_addr: int) -> None:
        super().__init__()
        self.block_addr = block_addr
        self.wanted = wanted
        self.registers: dict[int, int] = {}
        self.flags: _Flags | None = None
        self.is_flags_known = True
        self.actions: list[int] = []
        self.access_addrs: list[int] = []
        self.unresolved_count = 0

    # --- values ---

    def register(self, number: int) -> int:
        if number not in self.registers:
            self.registers[number] = self.node(Code.ENTRY, constant=number)
        return self.registers[number]

    def operand(self, operand: Register | Immediate, addr: int) -> int:
        if isinstance(operand, Immediate):
            return self.constant(operand.value)
        value = self.constant(addr + 4) if operand.number == PC else self.register(operand.number)
        if operand.shift is Shift.NONE:
            return value
        if operand.shift not in _SHIFTS:
            return UNKNOWN
        amount = (
            self.register(operand.shift_register)
            if operand.shift_register >= 0
            else self.constant(operand.shift_amount)
        )
        return self.combined(_SHIFTS[operand.shift], value, amount)

    def address(self, instruction: Instruction, access: Access) -> int:
        base = self.constant(instruction.addr + 4 & ~3) if access.base == PC else self.register(access.base)
        if access.index >= 0:
            index = self.register(access.index)
            if access.index_shift:
                index = self.combined(Code.LSL, index, self.constant(access.index_shift))
            base = self.combined(Code.ADD, base, index)
        return self.combined(Code.ADD, base, self.constant(access.offset)) if access.offset else base

    # --- flags and conditions ---

    def predicate_of(self, condition: Condition) -> int:
        """The node that holds when `condition` does; _ALWAYS, or UNKNOWN."""
        if condition is Condition.AL:
            return _ALWAYS
        flags = self.flags
        if flags is None:
            if not self.is_flags_known:
                return UNKNOWN
            psr = self.register(_PSR)
            flags = self.flags = _Flags(self.node(Code.FLAGS_PSR, psr), has_carry=True, has_overflow=True)
        if (condition in _NEEDS_CARRY and not flags.has_carry) or (
            condition in _NEEDS_OVERFLOW and not flags.has_overflow
        ):
            return UNKNOWN
        return self.node(Code.CONDITION, flags.node_index, constant=condition.value)

    def set_flags(self, code: Code, left: int, right: int = -1) -> None:
        is_logic = code is Code.FLAGS_LOGIC
        self.is_flags_known = left != UNKNOWN and (is_logic or right != UNKNOWN)
        if self.is_flags_known:
            self.flags = _Flags(self.node(code, left, right), not is_logic, not is_logic)
        else:
            self.flags = None

    def forget_flags(self) -> None:
        self.flags, self.is_flags_known = None, False

    # --- instructions ---

    def assign(self, number: int, value: int, predicate: int) -> None:
        if predicate == _ALWAYS or value == UNKNOWN:
            self.registers[number] = value
        elif predicate == UNKNOWN or self.register(number) == UNKNOWN:
            self.registers[number] = UNKNOWN
        else:
            self.registers[number] = self.node(Code.SELECT, value, self.register(number), predicate=predicate)

    def result(self, instruction: Instruction) -> int:
        """The value of a data-processing instruction's destination."""
        name, operands, addr = instruction.mnemonic, instruction.operands, instruction.addr
        sources = operands[1:]
        if name == "movt" and isinstance(sources[0], Immediate) and isinstance(operands[0], Register):
            low = self.combined(Code.AND, self.register(operands[0].number), self.constant(0xFFFF))
            return self.combined(Code.ORR, low, self.constant(sources[0].value << 16))
        if name in ("mov", "adr"):
            return self.operand(sources[0], addr)
        if name == "mvn":
            value = self.operand(sources[0], addr)
            return UNKNOWN if value == UNKNOWN else self.node(Code.MVN, value)
        if name in _EXTENDS:
            return self.extracted(*_EXTENDS[name], _EXTENDS[name][1], self.operand(sources[0], addr))
        if (
            name in ("ubfx", "sbfx")
            and isinstance(sources[1], Immediate)
            and isinstance(sources[2], Immediate)
        ):
            lsb, width = sources[1].value, sources[2].value
            code = Code.EXTRACT if name == "ubfx" else Code.EXTRACT_SIGNED
            return self.extracted(code, 32 - lsb - width, 32 - width, self.operand(sources[0], addr))
        return self.arithmetic(name, [self.operand(each, addr) for each in sources])

    def arithmetic(self, name: str, values: list[int]) -> int:
        if name == "rsb":
            return self.combined(Code.SUB, values[1], values[0])
        if name in _BINARY:
            return self.combined(_BINARY[name], values[0], values[1])
        if name in ("mla", "mls"):
            product = self.combined(Code.MUL, values[0], values[1])
            return self.combined(Code.ADD if name == "mla" else Code.SUB, values[2], product)
        if name in ("udiv", "sdiv") and UNKNOWN not in values:
            return self.node(Code.DIV, values[0], values[1], constant=name == "sdiv")
        return UNKNOWN

    def extracted(self, code: Code, left_shift: int, right_shift: int, value: int) -> int:
        if value == UNKNOWN:
            return UNKNOWN
        return self.node(code, value, value, constant=left_shift << 8 | right_shift)

    def data_processing(self, instruction: Instruction, predicate: int) -> None:
        name, operands, addr = instruction.mnemonic, instruction.operands, instruction.addr
        if name in _COMPARES:
            left, right = self.operand(operands[0], addr), self.operand(operands[1], addr)
            binary, code = _COMPARES[name]
            if code is Code.FLAGS_LOGIC:
                self.set_flags(code, self.combined(_BINARY[binary], left, right))
            else:
                self.set_flags(code, left, right)
            return
        if instruction.sets_flags:
            self.flags_of(instruction)
        value = self.result(instruction)
        if instruction.sets_flags and name not in ("add", "sub", "rsb"):
            self.set_flags(Code.FLAGS_LOGIC, value)
        destination = operands[0]
        if isinstance(destination, Register):
            self.assign(destination.number, value, predicate)

    def flags_of(self, instruction: Instruction) -> None:
        if instruction.mnemonic not in ("add", "sub", "rsb"):
            return
        left, right = (self.operand(each, instruction.addr) for each in instruction.operands[1:3])
        if instruction.mnemonic == "rsb":
            left, right = right, left
        self.set_flags(Code.FLAGS_ADD if instruction.mnemonic == "add" else Code.FLAGS_SUB, left, right)

    def memory(self, instruction: Instruction, predicate: int) -> None:
        access = instruction.access
        assert access is not None
        address = self.address(instruction, access)
        if self.wanted.wants(access):
            self.act_on_access(instruction, access, address, predicate)
        if access.is_load:
            self.load(instruction, access, address, predicate)
        else:
            self.store(instruction, access, address, predicate)
        if access.has_writeback:
            moved = self.combined(
                Code.ADD, self.register(access.base), self.constant(access.writeback_offset)
            )
            self.assign(access.base, moved, predicate)

    def act_on_access(self, instruction: Instruction, access: Access, address: int, predicate: int) -> None:
        if UNKNOWN in (address, predicate):
            self.unresolved_count += 1
            return
        how = access.size_bytes | (_ACCESS_LOAD if access.is_load else 0) | access.words_count << 16
        self.act(Node(Code.ACCESS, address, constant_bits=how, predicate_index=predicate), instruction)
        self.access_addrs.append(instruction.addr)

    def act(self, node: Node, instruction: Instruction) -> None:
        """Something with a cost happens at `instruction`."""
        self.nodes.append(replace(node, halfword_index=(instruction.addr - self.block_addr) // 2))
        self.actions.append(len(self.nodes) - 1)

    def store(self, instruction: Instruction, access: Access, address: int, predicate: int) -> None:
        stored = stored_registers(instruction, access)
        if address != UNKNOWN:
            is_clear = bool(stored) and access.size_bytes == WORD_BYTES and predicate == _ALWAYS
            values = (
                [self.register(number) for number in stored] if is_clear else [UNKNOWN] * access.words_count
            )
            self.put(address, values, access.size_bytes)
        for number in written_registers(instruction, access):  # the status of an exclusive store
            self.registers[number] = UNKNOWN

    def load(self, instruction: Instruction, access: Access, address: int, predicate: int) -> None:
        results = loaded_registers(instruction, access)
        if address == UNKNOWN or (access.words_count == 1 and len(results) != 1):
            for number in results:
                self.assign(number, UNKNOWN, predicate)
            return
        for position, number in enumerate(results):
            at = self.combined(Code.ADD, address, self.constant(4 * position)) if position else address
            self.assign(number, self.loaded(at, access.size_bytes, is_signed=access.is_signed), predicate)

    def add(self, instruction: Instruction) -> None:
        predicate = self.predicate_of(instruction.condition)
        saved_cycles = (
            self.wanted.saved_cycles(instruction) if instruction.condition is not Condition.AL else 0
        )
        if saved_cycles and predicate >= 0:
            self.act(Node(Code.SKIP, constant_bits=saved_cycles, predicate_index=predicate), instruction)
        if instruction.access is not None:
            self.memory(instruction, predicate)
            return
        if instruction.kind is Kind.DIV and self.wanted.divides:
            self.divide(instruction, predicate)
        if instruction.kind in (Kind.LONG_MUL, Kind.LONG_MLA) and predicate == _ALWAYS:
            self.long_multiply(instruction)
        if instruction.operands and instruction.kind in (Kind.ALU, Kind.MUL, Kind.MLA, Kind.DIV):
            self.data_processing(instruction, predicate)
            if instruction.sets_flags and instruction.condition is not Condition.AL:
                self.forget_flags()
            return
        if instruction.kind is Kind.STATUS:
            self.status(instruction, predicate)
            return
        self.forget_written(instruction)

    def forget_written(self, instruction: Instruction) -> None:
        for number in range(15):
            if instruction.writes_mask >> number & 1:
                self.registers[number] = UNKNOWN
        if instruction.sets_flags:
            self.forget_flags()

    def status(self, instruction: Instruction, predicate: int) -> None:
        """MRS of PSP gives what it was at block entry, as long as neither MSR nor a push can have moved it."""
        self.forget_written(instruction)
        if instruction.mnemonic != "mrs":
            self.registers[_PSP] = UNKNOWN
            return
        is_sp_kept = SP not in self.registers or self.nodes[self.registers[SP]].code is Code.ENTRY
        if instruction.text.lower().endswith("psp") and is_sp_kept and predicate == _ALWAYS:
            number = instruction.writes_mask.bit_length() - 1
            self.registers[number] = self.register(_PSP)

    def divide(self, instruction: Instruction, predicate: int) -> None:
        left, right = (self.operand(each, instruction.addr) for each in instruction.operands[1:3])
        if UNKNOWN in (left, right, predicate):
            self.unresolved_count += 1
            return
        is_signed = instruction.mnemonic == "sdiv"
        self.act(Node(Code.DIVIDE, left, right, is_signed, predicate), instruction)

    def long_multiply(self, instruction: Instruction) -> None:
        """Take off what small factors save; factors that are not known count as large."""
        saved_cycles, bits = self.wanted.small_operands_saved(instruction)
        if not saved_cycles:
            return
        factors = [self.operand(each, instruction.addr) for each in instruction.operands[2:4]]
        if UNKNOWN in factors:
            return
        if instruction.mnemonic.startswith("s"):  # a negative factor's leading ones count as its zeros do
            sign = self.constant(31)
            factors = [self.combined(Code.EOR, each, self.combined(Code.ASR, each, sign)) for each in factors]
            bits -= 1
        together = self.combined(Code.ORR, *factors)
        beyond = self.combined(Code.LSR, together, self.constant(bits))
        # A SKIP takes its cycles off when its predicate is zero: here, when nothing lies beyond the bits.
        self.act(Node(Code.SKIP, constant_bits=saved_cycles, predicate_index=beyond), instruction)

    def program(self) -> ValueProgram:
        """The finished program; empty, and every access unresolved, when it would be too big."""
        made = emitted(self.nodes, self.actions)
        if made is None:
            return ValueProgram((), b"", self.unresolved_count + len(self.access_addrs), ())
        return ValueProgram(*made, self.unresolved_count, tuple(self.access_addrs))


def compile_values(block: tuple[Instruction, ...], wanted: Wanted) -> ValueProgram:
    """The value program of `block` for the terms in `wanted`."""
    compiler = _Compiler(wanted, block[0].addr)
    for instruction in block:
        compiler.add(instruction)
    return compiler.program()
