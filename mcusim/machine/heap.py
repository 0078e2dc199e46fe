"""The heap's high-water mark: what `_sbrk` was asked for, or how far memory after the static data was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.machine.memory import Memory

_SIGN_MASK = 0x8000_0000


class HeapWatch:
    """Follows calls of sbrk(increment)."""

    def __init__(self) -> None:
        self._size_bytes = 0
        self.peak_bytes = 0
        self.was_called = False

    @property
    def size_bytes(self) -> int:
        """Now; a program that gives back what it never took has none."""
        return max(0, self._size_bytes)

    def clear(self) -> None:
        """After a reset nothing was taken."""
        self._size_bytes = 0

    def grow(self, increment: int) -> None:
        """sbrk was called with this 32-bit pattern."""
        self.was_called = True
        self._size_bytes += increment - (1 << 32) if increment & _SIGN_MASK else increment
        self.peak_bytes = max(self.peak_bytes, self._size_bytes)


def written_bytes(memory: Memory, start_addr: int, end_addr: int) -> int:
    """Bytes from `start_addr` to the last byte before `end_addr` that is not as it was after power-up (zero)."""
    data = memory.read(start_addr, max(0, end_addr - start_addr)) or b""
    return len(data.rstrip(b"\0"))
