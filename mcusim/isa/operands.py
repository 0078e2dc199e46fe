"""Reads the operand text of a Thumb disassembly into register numbers, immediates and memory operands."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mcusim.isa.instruction import LR, PC, SP, Immediate, Register, Shift

CORE_NUMBERS = {f"r{number}": number for number in range(16)} | {
    "sb": 9,
    "sl": 10,
    "fp": 11,
    "ip": 12,
    "sp": SP,
    "lr": LR,
    "pc": PC,
}
FP_MASKS = {f"s{number}": 1 << number for number in range(32)} | {
    f"d{number}": 3 << (2 * number) for number in range(16)
}
_SHIFTS = {"lsl": Shift.LSL, "lsr": Shift.LSR, "asr": Shift.ASR, "ror": Shift.ROR, "rrx": Shift.RRX}
_COMMA_OUTSIDE_BRACKETS = re.compile(r",\s*(?![^\[{]*[\]}])")


@dataclass(frozen=True, slots=True)
class MemoryOperand:
    """`[base, offset]`, `[base, index, lsl #n]`, with "!" or a post-index after the bracket."""

    base: int
    offset: int = 0
    index: int = -1
    index_shift: int = 0
    has_writeback: bool = False
    is_post_indexed: bool = False


def split_operands(text: str) -> tuple[str, ...]:
    """The operands of "r0, [r1, #4]" as ("r0", "[r1, #4]")."""
    return tuple(_COMMA_OUTSIDE_BRACKETS.split(text)) if text else ()


def value_of(token: str) -> int:
    """The integer of "#-0x8", "#8" or "#-0"."""
    return int(token.lstrip("#"), 0)


def parse_data_operands(tokens: tuple[str, ...]) -> tuple[Register | Immediate, ...] | None:
    """Registers, with the shift that follows them in the text, and immediates; None for anything else."""
    found: list[Register | Immediate] = []
    for token in tokens:
        if token in CORE_NUMBERS:
            found.append(Register(CORE_NUMBERS[token]))
        elif token.startswith("#"):
            try:
                found.append(Immediate(value_of(token) & 0xFFFF_FFFF))
            except ValueError:
                return None
        elif found and isinstance(found[-1], Register) and token[:3] in _SHIFTS:
            found[-1] = _shifted(found[-1].number, token)
        else:
            return None
    return tuple(found)


def _shifted(number: int, token: str) -> Register:
    name, _, amount = token.partition(" ")
    return Register(number, _SHIFTS[name], value_of(amount) if amount else 1)


def parse_memory(tokens: tuple[str, ...]) -> MemoryOperand | None:
    """The memory operand at the end of an operand list: ("[r1], ", "#4") or ("[r1, #4]!",)."""
    if tokens and tokens[-1].startswith("#") and len(tokens) > 1:
        inner = _parse_bracket(tokens[-2])
        if inner is None:
            return None
        return MemoryOperand(inner.base, value_of(tokens[-1]), has_writeback=True, is_post_indexed=True)
    return _parse_bracket(tokens[-1]) if tokens else None


def _parse_bracket(token: str) -> MemoryOperand | None:
    if not token.startswith("["):
        return None
    inside, _, after = token[1:].partition("]")
    parts = [part.strip() for part in inside.split(",")]
    if parts[0] not in CORE_NUMBERS:
        return None
    base = CORE_NUMBERS[parts[0]]
    if len(parts) == 1:
        return MemoryOperand(base, has_writeback=after == "!")
    if parts[1].startswith("#"):
        return MemoryOperand(base, value_of(parts[1]), has_writeback=after == "!")
    if parts[1] not in CORE_NUMBERS:
        return None
    shift = value_of(parts[2].split(" ")[1]) if len(parts) > 2 else 0
    return MemoryOperand(base, index=CORE_NUMBERS[parts[1]], index_shift=shift)


def parse_list(token: str) -> tuple[str, ...]:
    """The names in "{r1, r2}"; empty when it is not a list."""
    if not (token.startswith("{") and token.endswith("}")):
        return ()
    return tuple(part.strip() for part in token[1:-1].split(","))


def core_mask(names: tuple[str, ...]) -> int:
    """The registers named as a mask; names that are no core register count nothing."""
    mask = 0
    for name in names:
        if name in CORE_NUMBERS:
            mask |= 1 << CORE_NUMBERS[name]
    return mask


def fp_mask(name: str) -> int:
    """The single-precision registers that "s1", "d1" or the lane "d1[0]" stands for; 0 for anything else."""
    if name.endswith("]"):
        whole, _, lane = name[:-1].partition("[")
        halves = FP_MASKS.get(whole, 0)
        low = halves & -halves
        return low << 1 if lane == "1" else low
    return FP_MASKS.get(name, 0)
