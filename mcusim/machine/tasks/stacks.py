"""The stacks that the firmware uses: where each is, and how low SP went on it (the native core watches that)."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.recording.recording import StackUse

if TYPE_CHECKING:
    from mcusim.machine.native._core import Core

MAIN_STACK = 0
_BOOT_STACK = "boot ROM"


@dataclass(slots=True)
class _Stack:
    name: str
    top_addr: int
    start_addr: int = -1
    """Where it ends, downwards; -1: unknown."""


class Stacks:
    """All of them; the native core knows them by index."""

    def __init__(self, core: Core, initial_sp_addr: int) -> None:
        self._core = core
        self._stacks: list[_Stack] = []
        self.add("main", initial_sp_addr)
        self.use(MAIN_STACK)

    def add(self, name: str, top_addr: int, start_addr: int = -1) -> int:
        """A stack that begins at `top_addr` and may reach down to `start_addr`."""
        for index, stack in enumerate(self._stacks):
            if (stack.top_addr, stack.start_addr, stack.name) == (top_addr, start_addr, name):
                return index
        self._stacks.append(_Stack(name, top_addr, start_addr))
        return self._core.add_stack(top_addr, name != _BOOT_STACK)

    def use_for_boot(self, top_addr: int) -> None:
        """SP is where the boot ROM has it: memory that is free again when the firmware begins, so it counts nowhere."""
        self.use(self.add(_BOOT_STACK, top_addr))

    def use(self, index: int) -> None:
        """SP is on this one now."""
        self._core.use_stack(index)

    def lower(self, index: int, sp_addr: int) -> None:
        """SP was here, at least for a moment."""
        self._core.lower_stack(index, sp_addr)

    def left(self, index: int, sp_addr: int) -> None:
        """SP went to another one and stood here before."""
        self._core.left_stack(index, sp_addr)

    def clear(self) -> None:
        """After a reset nothing is on any."""
        for index, stack in enumerate(self._stacks):
            self._core.left_stack(index, stack.top_addr)

    def rename(self, index: int, name: str) -> None:
        """The stack's owner got a name."""
        self._stacks[index].name = name

    def at(self, sp_addr: int) -> int:
        """The stack that holds an SP; -1: none known. Of several, the one that was met last: memory is used again."""
        lows = self._lows()
        for index in range(len(self._stacks) - 1, -1, -1):
            stack = self._stacks[index]
            low_addr = lows[index] if stack.start_addr < 0 else min(lows[index], stack.start_addr)
            if low_addr <= sp_addr <= stack.top_addr and stack.name != _BOOT_STACK:
                return index
        return -1

    def size_bytes(self, index: int) -> int:
        """-1: unknown."""
        stack = self._stacks[index]
        return stack.top_addr - stack.start_addr if stack.start_addr >= 0 else -1

    def used_bytes(self, index: int) -> int:
        """Its high-water mark."""
        return self._stacks[index].top_addr - self._lows()[index]

    def used(self) -> tuple[StackUse, ...]:
        """Every stack that the firmware used."""
        lows = self._lows()
        rows = ((self._stacks[index], lows[index]) for index in self.used_indexes())
        return tuple(StackUse(each.name, each.top_addr, low) for each, low in rows)

    def used_indexes(self) -> tuple[int, ...]:
        """Their indexes, in the order of `used`."""
        rows = zip(self._stacks, self._lows(), strict=True)
        return tuple(
            index
            for index, (each, low) in enumerate(rows)
            if low < each.top_addr and each.name != _BOOT_STACK
        )

    def _lows(self) -> array[int]:
        lows = array("I")
        lows.frombytes(self._core.stack_lows())
        return lows
