"""MSPLIM and PSPLIM, which Unicorn enforces but has no register names for: they are found in its saved contexts."""

from __future__ import annotations

import ctypes
from typing import Any

from mcusim.machine.registers import Reg

_SET_BOTH = bytes.fromhex("80f30a88 81f30b88")  # msr msplim, r0; msr psplim, r1
_MARKS = {Reg.MSPLIM: 0x5AA5_C3E8, Reg.PSPLIM: 0x3C96_A5D0}  # multiples of 8, as the registers are
_CODE_ADDR, _CODE_BYTES = 0x1000, 0x1000
_WORD_BYTES = 4


def find_stack_limits(scratch: Any, argument_ids: tuple[int, int]) -> dict[Reg, int]:
    """Offsets of the two registers in a context: an engine that nobody needs sets them to rare values.

    `argument_ids` are the engine's names of R0 and R1.
    """
    scratch.mem_map(_CODE_ADDR, _CODE_BYTES)
    scratch.mem_write(_CODE_ADDR, _SET_BOTH)
    for number, mark in zip(argument_ids, _MARKS.values(), strict=True):
        scratch.reg_write(number, mark)
    scratch.emu_start(_CODE_ADDR | 1, _CODE_ADDR + len(_SET_BOTH))
    for number in argument_ids:
        scratch.reg_write(number, 0)
    context = scratch.context_save()
    content = ctypes.string_at(context.context, context.size)
    return {
        register: content.index(mark.to_bytes(_WORD_BYTES, "little")) for register, mark in _MARKS.items()
    }


class StackLimits:
    """The two registers of one engine. Reading takes a microsecond: the engine copies its whole state."""

    def __init__(self, engine: Any, offsets: dict[Reg, int]) -> None:
        self._engine, self._offsets = engine, offsets
        self._context = engine.context_save()

    def _place(self, register: Reg) -> int:
        start: int = ctypes.cast(self._context.context, ctypes.c_void_p).value or 0
        return start + self._offsets[register]

    def read(self, register: Reg) -> int:
        """The register's value."""
        self._engine.context_update(self._context)
        return int.from_bytes(ctypes.string_at(self._place(register), _WORD_BYTES), "little")

    def write(self, register: Reg, value: int) -> None:
        """Set it; the other registers stay as they are."""
        self._engine.context_update(self._context)
        ctypes.memmove(self._place(register), value.to_bytes(_WORD_BYTES, "little"), _WORD_BYTES)
        self._engine.context_restore(self._context)
