"""Compiles the value program of a block: the few steps from its entry registers to what run-time cost terms need.

That is data addresses, divider operands and IT conditions. Works on the block alone: a value that comes from an
instruction we do not follow (DSP, FP, status registers) is unknown, and an access that depends on it is counted as
unresolved. A load's value is read when the block starts, so a store earlier in the same block is not seen. The steps
run in native/values.c; the numbers must agree with core.h.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from mcusim.isa.instruction import PC, SP, Condition, Immediate, Instruction, Kind, Register, Shift

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.isa.instruction import Access


class Code(IntEnum):
    """What a step computes; STEP_ in core.h."""

    CONST = 0
    ADD = 1
    SUB = 2
    AND = 3
    ORR = 4
    EOR = 5
    BIC = 6
    MVN = 7
    LSL = 8
    LSR = 9
    ASR = 10
    ROR = 11
    MUL = 12
    EXTRACT = 13
    EXTRACT_SIGNED = 14
    LOAD = 15
    FLAGS_SUB = 16
    FLAGS_ADD = 17
    FLAGS_LOGIC = 18
    FLAGS_PSR = 19
    CONDITION = 20
    SELECT = 21
    ACCESS = 22
    DIVIDE = 23
    SKIP = 24
    DIV = 25
    ADD_CONST = 26
    ENTRY = 255  # a register at block entry; never emitted as a step


_ALWAYS = 255
_VALUES_MAX = 250
_PSR = 16
_STEP = struct.Struct("<BBBBI")
_ACCESS_LOAD, _ACCESS_SIGNED = 256, 512
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
class Wanted:
    """Which terms the board and the user need; everything else is left out of the program."""

    flash_data: bool = False
    slow_memory: bool = False
    unaligned: bool = False
    every_access: bool = False
    divides: bool = False
    saved_cycles: Callable[[Instruction], int] = lambda _instruction: 0
    """Cycles that an IT-skipped instruction saves."""

    def wants(self, access: Access) -> bool:
        """Whether this access can cost anything, or must be seen."""
        if self.every_access or self.slow_memory:
            return True
        if access.base == SP:
            return False
        if access.base == PC:
            return self.flash_data
        is_single = access.words_count == 1 and access.size_bytes > 1
        return (self.flash_data and access.is_load) or (self.unaligned and is_single)


@dataclass(frozen=True, slots=True)
class ValueProgram:
    """A compiled program, ready for the native core."""

    registers: tuple[int, ...]
    """Core register numbers to read at entry; 16 is the program status register."""
    steps: bytes
    unresolved_count: int
    access_addrs: tuple[int, ...]
    """Instruction address of each ACCESS step, in order."""

    @property
    def is_empty(self) -> bool:
        """Nothing to run."""
        return not self.steps


@dataclass(frozen=True, slots=True)
class _Node:
    code: Code
    left: int = -1
    right: int = -1
    constant: int = 0
    predicate: int = -1
    """Index of the node that must hold, for SELECT and for actions."""


@dataclass(frozen=True, slots=True)
class _Flags:
    node: int
    has_carry: bool
    has_overflow: bool


_UNKNOWN = -1


class _Compiler:
    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.nodes: list[_Node] = []
        self.registers: dict[int, int] = {}
        self.flags: _Flags | None = None
        self.is_flags_known = True
        self.actions: list[int] = []
        self.access_addrs: list[int] = []
        self.unresolved_count = 0

    # --- values ---

    def node(
        self, code: Code, left: int = -1, right: int = -1, constant: int = 0, predicate: int = -1
    ) -> int:
        self.nodes.append(_Node(code, left, right, constant & _MASK, predicate))
        return len(self.nodes) - 1

    def constant(self, value: int) -> int:
        return self.node(Code.CONST, constant=value)

    def register(self, number: int) -> int:
        if number not in self.registers:
            self.registers[number] = self.node(Code.ENTRY, constant=number)
        return self.registers[number]

    def combined(self, code: Code, left: int, right: int) -> int:
        if _UNKNOWN in (left, right):
            return _UNKNOWN
        if self.nodes[right].code is Code.CONST and code in (Code.ADD, Code.SUB):
            return self.moved(left, self.nodes[right].constant * (1 if code is Code.ADD else -1))
        return self.node(code, left, right)

    def moved(self, value: int, by: int) -> int:
        """`value` plus a constant, in one step however often it was moved before."""
        node = self.nodes[value]
        if node.code is Code.CONST:
            return self.constant(node.constant + by)
        if node.code is Code.ADD_CONST:
            return self.node(Code.ADD_CONST, node.left, constant=node.constant + by)
        return self.node(Code.ADD_CONST, value, constant=by)

    def operand(self, operand: Register | Immediate, addr: int) -> int:
        if isinstance(operand, Immediate):
            return self.constant(operand.value)
        value = self.constant(addr + 4) if operand.number == PC else self.register(operand.number)
        if operand.shift is Shift.NONE:
            return value
        if operand.shift not in _SHIFTS:
            return _UNKNOWN
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
        """The node that holds when `condition` does; -2 for always, -1 unknown."""
        if condition is Condition.AL:
            return -2
        flags = self.flags
        if flags is None:
            if not self.is_flags_known:
                return _UNKNOWN
            psr = self.register(_PSR)
            flags = self.flags = _Flags(self.node(Code.FLAGS_PSR, psr), has_carry=True, has_overflow=True)
        if (condition in _NEEDS_CARRY and not flags.has_carry) or (
            condition in _NEEDS_OVERFLOW and not flags.has_overflow
        ):
            return _UNKNOWN
        return self.node(Code.CONDITION, flags.node, constant=condition.value)

    def set_flags(self, code: Code, left: int, right: int = -1) -> None:
        is_logic = code is Code.FLAGS_LOGIC
        self.is_flags_known = left != _UNKNOWN and (is_logic or right != _UNKNOWN)
        if self.is_flags_known:
            self.flags = _Flags(self.node(code, left, right), not is_logic, not is_logic)
        else:
            self.flags = None

    def forget_flags(self) -> None:
        self.flags, self.is_flags_known = None, False

    # --- instructions ---

    def assign(self, number: int, value: int, predicate: int) -> None:
        if predicate == -2 or value == _UNKNOWN:
            self.registers[number] = value
        elif predicate == _UNKNOWN or self.register(number) == _UNKNOWN:
            self.registers[number] = _UNKNOWN
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
            return _UNKNOWN if value == _UNKNOWN else self.node(Code.MVN, value)
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
        if name in ("udiv", "sdiv") and _UNKNOWN not in values:
            return self.node(Code.DIV, values[0], values[1], constant=name == "sdiv")
        return _UNKNOWN

    def extracted(self, code: Code, left_shift: int, right_shift: int, value: int) -> int:
        if value == _UNKNOWN:
            return _UNKNOWN
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
            for number in _written_registers(instruction, access):  # the status of an exclusive store
                self.registers[number] = _UNKNOWN
        if access.has_writeback:
            moved = self.combined(
                Code.ADD, self.register(access.base), self.constant(access.writeback_offset)
            )
            self.assign(access.base, moved, predicate)

    def act_on_access(self, instruction: Instruction, access: Access, address: int, predicate: int) -> None:
        if _UNKNOWN in (address, predicate):
            self.unresolved_count += 1
            return
        how = access.size_bytes | (_ACCESS_LOAD if access.is_load else 0) | access.words_count << 16
        self.actions.append(self.node(Code.ACCESS, address, constant=how, predicate=predicate))
        self.access_addrs.append(instruction.addr)

    def load(self, instruction: Instruction, access: Access, address: int, predicate: int) -> None:
        results = _loaded_registers(instruction, access)
        if address == _UNKNOWN or (access.words_count == 1 and len(results) != 1):
            for number in results:
                self.assign(number, _UNKNOWN, predicate)
            return
        how = access.size_bytes | (_ACCESS_SIGNED if access.is_signed else 0)
        for position, number in enumerate(results):
            at = self.combined(Code.ADD, address, self.constant(4 * position)) if position else address
            self.assign(number, self.node(Code.LOAD, at, constant=how), predicate)

    def add(self, instruction: Instruction) -> None:
        predicate = self.predicate_of(instruction.condition)
        saved_cycles = (
            self.wanted.saved_cycles(instruction) if instruction.condition is not Condition.AL else 0
        )
        if saved_cycles and predicate >= 0:
            self.actions.append(self.node(Code.SKIP, constant=saved_cycles, predicate=predicate))
        if instruction.access is not None:
            self.memory(instruction, predicate)
            return
        if instruction.kind is Kind.DIV and self.wanted.divides:
            self.divide(instruction, predicate)
        if instruction.operands and instruction.kind in (Kind.ALU, Kind.MUL, Kind.MLA, Kind.DIV):
            self.data_processing(instruction, predicate)
            if instruction.sets_flags and instruction.condition is not Condition.AL:
                self.forget_flags()
            return
        for number in range(15):
            if instruction.writes_mask >> number & 1:
                self.registers[number] = _UNKNOWN
        if instruction.sets_flags:
            self.forget_flags()

    def divide(self, instruction: Instruction, predicate: int) -> None:
        left, right = (self.operand(each, instruction.addr) for each in instruction.operands[1:3])
        if _UNKNOWN in (left, right, predicate):
            self.unresolved_count += 1
            return
        is_signed = instruction.mnemonic == "sdiv"
        self.actions.append(self.node(Code.DIVIDE, left, right, constant=is_signed, predicate=predicate))

    # --- output ---

    def program(self) -> ValueProgram:
        needed = self.needed()
        entries = [n for n in needed if self.nodes[n].code is Code.ENTRY]
        last_use = {}
        for n in needed:
            node = self.nodes[n]
            for source in (node.left, node.right, node.predicate):
                last_use[source] = n
        if len(entries) > 17:
            return ValueProgram((), b"", self.unresolved_count + len(self.access_addrs), ())
        slots = {n: position for position, n in enumerate(entries)}
        free = list(range(_VALUES_MAX - 1, len(entries) - 1, -1))
        steps = bytearray()
        for n in needed:
            node = self.nodes[n]
            if node.code is Code.ENTRY:
                continue
            is_action = node.code in (Code.ACCESS, Code.DIVIDE, Code.SKIP)
            predicate = slots[node.predicate] if node.predicate >= 0 else _ALWAYS
            left, right = slots.get(node.left, 0), slots.get(node.right, 0)
            sources = {node.left, node.right, node.predicate}
            free += [slots.pop(each) for each in sorted(sources) if each >= 0 and last_use[each] == n]
            if not is_action:
                if not free:
                    return ValueProgram((), b"", self.unresolved_count + len(self.access_addrs), ())
                slots[n] = free.pop()
            constant = predicate if node.code is Code.SELECT else node.constant
            steps += _STEP.pack(node.code, predicate if is_action else slots[n], left, right, constant)
        registers = tuple(self.nodes[n].constant for n in entries)
        return ValueProgram(registers, bytes(steps), self.unresolved_count, tuple(self.access_addrs))

    def needed(self) -> list[int]:
        """Actions and what they depend on, in program order (a node's sources precede it)."""
        marked: set[int] = set()
        waiting = list(self.actions)
        while waiting:
            n = waiting.pop()
            if n < 0 or n in marked:
                continue
            marked.add(n)
            node = self.nodes[n]
            waiting += [node.left, node.right, node.predicate]
        return sorted(marked)


def _loaded_registers(instruction: Instruction, access: Access) -> list[int]:
    """Core registers that a load fills, in the order of their words in memory."""
    if instruction.mnemonic == "ldrd":
        return [each.number for each in instruction.operands if isinstance(each, Register)]
    return _written_registers(instruction, access)


def _written_registers(instruction: Instruction, access: Access) -> list[int]:
    """Core registers that a load or store writes, besides its base."""
    written_back = access.base if access.has_writeback else -1
    return [n for n in range(15) if instruction.writes_mask >> n & 1 and n != written_back]


def compile_values(block: tuple[Instruction, ...], wanted: Wanted) -> ValueProgram:
    """The value program of `block` for the terms in `wanted`."""
    compiler = _Compiler(wanted)
    for instruction in block:
        compiler.add(instruction)
    return compiler.program()
