"""A register of the private peripheral bus as a pair of functions, so that one table can route to all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WORD_MASK = 0xFFFFFFFF


def _zero() -> int:
    return 0


def _ignore(value: int, mask: int) -> None:
    """Writes have no effect."""


@dataclass(frozen=True, slots=True)
class Register:
    """`write` gets the value in place and a mask of the bytes written (0xFF00 for a byte at offset 1)."""

    read: Callable[[], int] = _zero
    write: Callable[[int, int], None] = _ignore


RegisterMap = dict[int, Register]
"""Registers by their offset from 0xE0000000, a multiple of 4."""

READS_ZERO = Register()


def constant(value: int) -> Register:
    """A read-only register."""
    return Register(read=lambda: value)


def merged(old: int, value: int, mask: int) -> int:
    """`old` with the bytes that `mask` covers replaced."""
    return (old & ~mask | value & mask) & WORD_MASK


class Remembered:
    """A register that keeps the writable bits of what was written and does nothing else."""

    def __init__(self, reset_value: int = 0, writable_mask: int = WORD_MASK) -> None:
        self._reset_value, self._writable_mask = reset_value, writable_mask
        self.value = reset_value

    def reset(self) -> None:
        """Back to the reset value."""
        self.value = self._reset_value

    def register(self) -> Register:
        """The two functions of this register."""
        return Register(self._read, self._write)

    def _read(self) -> int:
        return self.value

    def _write(self, value: int, mask: int) -> None:
        self.value = merged(self.value, value, mask & self._writable_mask)
