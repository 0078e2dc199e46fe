"""Lets firmware out of loops that wait for a status bit nobody models: finds the bit it tests and gives it to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.isa.instruction import Immediate, Kind, Register
from mcusim.recording.recording import SatisfiedPoll

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.isa.instruction import Instruction

_PATIENCE_READS = 256
_LOOK_AHEAD = 8
_ALL_BITS = 0xFFFF_FFFF


@dataclass(slots=True)
class _Loop:
    addr: int
    pc_addr: int
    reads_count: int = 0


class PollBreaker:
    """Watches reads of unmodelled registers."""

    def __init__(
        self,
        reader: Callable[[], tuple[int, tuple[Instruction, ...]]],
        end_at: Callable[[int], None] | None = None,
    ) -> None:
        """`reader` gives the address of the reading instruction and the instructions from it on.

        With `end_at` no loop is let through: it is called with the instruction's address, to end the run.
        """
        self._reader, self._end_at = reader, end_at
        self._loop = _Loop(-1, -1)
        self._satisfied: dict[tuple[int, int, int], SatisfiedPoll] = {}

    def other_access(self) -> None:
        """A modelled register was used or something was written: whatever loops here does more than wait."""
        self._loop = _Loop(-1, -1)

    def read(self, addr: int, value: int, shift: int = 0) -> int:
        """The value to answer for a read of the register at `addr` that holds `value`."""
        if addr != self._loop.addr:
            self._loop = _Loop(addr, -1)
        self._loop.reads_count += 1
        if self._loop.reads_count < _PATIENCE_READS:
            return value
        pc_addr, instructions = self._reader()
        self._loop = _Loop(addr, pc_addr)
        mask = tested_bits(instructions) << shift & _ALL_BITS
        if not mask:
            return value
        answer = value ^ mask
        if self._end_at is not None:
            if not self._satisfied:
                self._satisfied[addr, pc_addr, mask] = SatisfiedPoll(addr, mask, pc_addr, value)
                self._end_at(pc_addr)
            return value
        self._satisfied.setdefault((addr, pc_addr, mask), SatisfiedPoll(addr, mask, pc_addr, answer))
        return answer

    @property
    def satisfied(self) -> tuple[SatisfiedPoll, ...]:
        """Loops that were let through, by register; or the one that the run ended at."""
        return tuple(self._satisfied[key] for key in sorted(self._satisfied))


def tested_bits(instructions: tuple[Instruction, ...]) -> int:
    """The bits of the value loaded by the first instruction that the next few test; all bits when it is not clear.

    0 when the value is stored before it is tested: that is data, not a status.
    """
    if not instructions or instructions[0].access is None:
        return _ALL_BITS
    holder_mask = instructions[0].writes_mask
    constants: dict[int, int] = {}
    for instruction in instructions[1 : 1 + _LOOK_AHEAD]:
        mask = _tested_by(instruction, holder_mask, constants)
        if mask:
            return mask
        is_store = instruction.access is not None and not instruction.access.is_load
        if is_store and instruction.reads_mask & ~instruction.address_mask & holder_mask:
            return 0
        _note_constant(instruction, constants)
        if instruction.kind is Kind.ALU and instruction.reads_mask & holder_mask:
            holder_mask |= instruction.writes_mask
    return _ALL_BITS


def _note_constant(instruction: Instruction, constants: dict[int, int]) -> None:
    operands = instruction.operands
    if instruction.mnemonic != "mov" or len(operands) != 2:
        return
    if isinstance(operands[0], Register) and isinstance(operands[1], Immediate):
        constants[operands[0].number] = operands[1].value


def _value(operand: Register | Immediate, constants: dict[int, int]) -> int | None:
    return operand.value if isinstance(operand, Immediate) else constants.get(operand.number)


def _tested_by(  # noqa: PLR0911 - one return per form of test
    instruction: Instruction, holder_mask: int, constants: dict[int, int]
) -> int:
    if not instruction.reads_mask & holder_mask or not instruction.operands:
        return 0
    name, operands = instruction.mnemonic, instruction.operands
    other = [_value(each, constants) for each in operands]
    if name in ("tst", "and"):
        return next((value for value in reversed(other) if value), 0)
    if name in ("ubfx", "sbfx") and other[2] is not None and other[3] is not None:
        return ((1 << other[3]) - 1) << other[2]
    if name == "lsl" and instruction.sets_flags and other[-1] is not None and other[-1] < 32:
        return 1 << (31 - other[-1])
    if name == "lsr" and instruction.sets_flags and other[-1]:
        return 1 << (other[-1] - 1)
    if name == "cmp" and other[1] == 0:
        # `cmp r, #0; bge` looks at the sign, anything else at the whole word
        return _ALL_BITS
    return 0
