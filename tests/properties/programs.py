"""Random programs that end: functions with loops, branches, loads and stores, at any place in any chip's flash.

They are put together from Thumb encodings (Armv6-M ARM A6.7, Armv7-M ARM A7.7), so every one of them is a valid program
for its core. No instruction touches a device, and there is no timer: time cannot change what is executed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests import elf_factory
from tests.elf_factory import READ, WRITE, Elf, Name, Part

if TYPE_CHECKING:
    from collections.abc import Sequence

Code = tuple[int, ...]
"""Halfwords."""
RAM_ADDR, STACK_ADDR = 0x2000_0000, 0x2000_1000
_VARIABLES_BYTES, _TABLE_BYTES = 0x400, 0x400
_FIRST_VECTOR_BYTES = 64
_NOP, _BX_LR, _HERE = 0xBF00, 0x4770, 0xE7FE
_BASELINE = ("cortex-m0", "cortex-m0plus")
_ARCHITECTURES = {
    "cortex-m0": 12, "cortex-m0plus": 12, "cortex-m3": 10, "cortex-m4": 13, "cortex-m7": 13, "cortex-m33": 17,
}  # fmt: skip
"""Tag_CPU_arch (Addenda to the Arm ABI, 3.3.5.2): v6S-M, v7, v7E-M, v8-M.mainline."""

_LOW = st.integers(0, 3)
_SMALL = st.integers(0, 31)


def _joined(*parts: Code) -> Code:
    return tuple(halfword for part in parts for halfword in part)


_NARROW: st.SearchStrategy[Code] = st.one_of(
    st.builds(lambda rd, n: (0x2000 | rd << 8 | n,), _LOW, st.integers(0, 255)),  # movs rd, #n
    st.builds(lambda rd, rn, rm: (0x1800 | rm << 6 | rn << 3 | rd,), _LOW, _LOW, _LOW),  # adds rd, rn, rm
    st.builds(lambda rd, rm, n: (n << 6 | rm << 3 | rd,), _LOW, _LOW, _SMALL),  # lsls rd, rm, #n
    st.builds(lambda rd, rm: (0x4340 | rm << 3 | rd,), _LOW, _LOW),  # muls rd, rm
    st.builds(lambda rd, n: (0x6820 | n << 6 | rd,), _LOW, _SMALL),  # ldr rd, [r4, #4n]: RAM
    st.builds(lambda rd, n: (0x6020 | n << 6 | rd,), _LOW, _SMALL),  # str rd, [r4, #4n]
    st.builds(lambda rd, n: (0x6828 | n << 6 | rd,), _LOW, _SMALL),  # ldr rd, [r5, #4n]: flash
    st.builds(lambda rd, n: (0x7828 | n << 6 | rd,), _LOW, _SMALL),  # ldrb rd, [r5, #n]
    st.builds(lambda rd, n: (0x8828 | n << 6 | rd,), _LOW, _SMALL),  # ldrh rd, [r5, #2n]
    st.just((0xB40F, 0xBC0F)),  # push {r0-r3}; pop {r0-r3}
    st.just((_NOP,)),
)
_WIDE: st.SearchStrategy[Code] = st.one_of(
    st.builds(lambda rd, rn, rm: (0xFBB0 | rn, 0xF0F0 | rd << 8 | rm), _LOW, _LOW, _LOW),  # udiv rd, rn, rm
    st.builds(lambda rd, rn, rm: (0xFB00 | rn, rd << 8 | rm), _LOW, _LOW, _LOW),  # mla rd, rn, rm, r0
    st.builds(lambda rd, rn, rm: (0xEB00 | rn, rd << 8 | rm), _LOW, _LOW, _LOW),  # add.w rd, rn, rm
    st.builds(
        lambda rd, n: (0xF8D4, rd << 12 | n), _LOW, st.integers(0, 255)
    ),  # ldr.w rd, [r4, #n]: unaligned
    st.builds(lambda rd, n: (0xF8C4, rd << 12 | n), _LOW, st.integers(0, 255)),  # str.w rd, [r4, #n]
    st.builds(lambda rd, n: (0xF8D5, rd << 12 | n), _LOW, st.integers(0, 700)),  # ldr.w rd, [r5, #n]
    st.builds(lambda rd, n: (0x4281, 0xBF0C, 0x6820 | n << 6 | rd, 0x2000 | rd << 8 | n), _LOW, _SMALL),
    # cmp r1, r0; ite eq; ldreq rd, [r4, #4n]; movne rd, #n
)


@dataclass(frozen=True, slots=True)
class Program:
    """Functions that the reset handler calls one after the other, `rounds_count` times."""

    core: str
    functions: tuple[Code, ...]
    gaps_count: tuple[int, ...]
    """Halfwords before each function that nobody executes: where it begins decides what a fetch brings."""
    rounds_count: int

    def elf(self, flash_addr: int) -> bytes:
        """The firmware, with its vector table at `flash_addr`."""
        code_addr = flash_addr + _FIRST_VECTOR_BYTES
        code, names = self._code(code_addr)
        vectors = elf_factory.vector_table(STACK_ADDR, code_addr, names[1].addr & ~1)
        parts = (
            Part(".text", flash_addr, vectors + code),
            Part(".bss", RAM_ADDR, b"", memory_size_bytes=_VARIABLES_BYTES, flags=READ | WRITE),
        )
        architecture_id = _ARCHITECTURES[self.core]
        return elf_factory.to_bytes(Elf(parts, names, code_addr | 1, architecture_id=architecture_id))

    def _code(self, code_addr: int) -> tuple[bytes, tuple[Name, ...]]:
        """Reset handler, default handler, functions, and the table of constants that they read."""
        start_bytes = 2 * len(self._start(self.gaps_count, 0))
        placed: Code = (_HERE,)
        offsets = []
        for function, gap_count in zip(self.functions, self.gaps_count, strict=True):
            placed += gap_count * (_NOP,)
            offsets.append(start_bytes + 2 * len(placed))
            placed += function
        placed += (len(placed) & 1) * (_NOP,)
        end = start_bytes + 2 * len(placed)
        code = self._start(offsets, code_addr + end) + placed
        starts = [0, start_bytes, *offsets]
        labels = ["Reset_Handler", "Default_Handler", *(f"function_{n}" for n in range(len(offsets)))]
        names = tuple(
            Name(label, code_addr + start | 1, following - start)
            for label, start, following in zip(labels, starts, [*starts[1:], end], strict=True)
        )
        return struct.pack(f"<{len(code)}H", *code) + bytes(n * 37 & 255 for n in range(_TABLE_BYTES)), names

    def _start(self, offsets: Sequence[int], table_addr: int) -> Code:
        """ldr r4, =variables; ldr r5, =table; movs r6, #rounds; one BL per function; subs r6, #1; bne; b ."""
        calls = _joined(*(_call(6 + 4 * n, offset) for n, offset in enumerate(offsets)))
        back = (0x3E01, 0xD100 | (-(len(calls) + 3) & 255), _HERE)
        literal = (3 + len(calls) + len(back)) // 2  # in words: that many halfwords are even
        loads = (0x4C00 | literal - 1, 0x4D00 | literal, 0x2600 | self.rounds_count)
        literals = struct.unpack("<4H", struct.pack("<II", RAM_ADDR, table_addr))
        return _joined(loads, calls, back, literals)


def _call(at_offset: int, target_offset: int) -> Code:
    """BL to a function less than 2 KiB ahead or so (Armv6-M ARM A6.7.13, encoding T1)."""
    halfwords = (target_offset - at_offset - 4) >> 1
    return (0xF000 | halfwords >> 11 & 0x3FF, 0xF800 | halfwords & 0x7FF)


def _skipping(condition: int, atoms: list[Code]) -> Code:
    """cmp r0, r1; b<condition> over the rest."""
    inner = _joined(*atoms)
    return (0x4288, 0xD000 | condition << 8 | len(inner) - 1, *inner)


def _loop(times: int, atoms: list[Code]) -> Code:
    """movs r7, #times; the rest; subs r7, #1; bne."""
    inner = _joined(*atoms)
    return (0x2700 | times, *inner, 0x3F01, 0xD100 | (-(len(inner) + 3) & 255))


def programs(core: str) -> st.SearchStrategy[Program]:
    """Programs for this core; a run takes a few hundred to some ten thousand cycles."""
    atom = _NARROW if core in _BASELINE else st.one_of(_NARROW, _WIDE)
    skipping = st.builds(_skipping, st.integers(0, 13), st.lists(atom, min_size=1, max_size=6))
    straight = st.lists(st.one_of(atom, skipping), min_size=1, max_size=8)
    loop = st.builds(_loop, st.integers(1, 9), straight)
    body = st.lists(st.one_of(atom, skipping, loop), min_size=1, max_size=6)
    function = body.map(lambda atoms: (*_joined(*atoms), _BX_LR))
    pairs = st.lists(st.tuples(function, st.integers(0, 40)), min_size=1, max_size=4)
    return st.builds(
        lambda chosen, rounds: Program(core, *zip(*chosen, strict=True), rounds), pairs, st.integers(1, 5)
    )
