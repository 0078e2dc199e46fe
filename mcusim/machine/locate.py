"""Finds the instruction behind a device access: Unicorn's PC is the start of its block while a callback runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.isa.instruction import PC
from mcusim.machine.registers import Reg

if TYPE_CHECKING:
    from mcusim.isa.instruction import Access, Instruction
    from mcusim.machine.counting import BlockFiller
    from mcusim.machine.cpu import Cpu
    from mcusim.machine.native._core import Core

_MASK = 0xFFFF_FFFF


def access_addr(cpu: Cpu, instruction: Instruction, access: Access) -> int:
    """The (first) address that `instruction` is about to access, from the registers as they are."""
    base = (instruction.addr + 4) & ~3 if access.base == PC else cpu.read(Reg(access.base))
    if access.index >= 0:
        base += cpu.read(Reg(access.index)) << access.index_shift
    return base + access.offset & _MASK


class AccessLocator:
    """Remembers how far the block has come, so that two stores to one register are told apart."""

    def __init__(self, cpu: Cpu, core: Core, filler: BlockFiller) -> None:
        self._cpu = cpu
        self._core = core
        self._filler = filler
        self._execution = (-1, -1)
        self._next_position = 0
        self._pending: tuple[int, bool] | None = None
        self._found: Instruction | None = None

    def begin(self, addr: int, *, is_write: bool) -> None:
        """A device access started."""
        _, _, index = self._core.last_block()
        if (index, self._core.now) != self._execution:
            self._execution, self._next_position = (index, self._core.now), 0
        self._pending = (addr, is_write)
        # Always: an access nobody asks about must be passed too, before its base register changes.
        self._found = self._search(index, addr, is_write) if index < len(self._filler.blocks) else None

    def end(self) -> None:
        """The device access is over."""
        self._pending = None

    @property
    def is_active(self) -> bool:
        """Inside a device access."""
        return self._pending is not None

    @property
    def plain_store(self) -> Instruction | None:
        """The accessing instruction when the emulator may stop at it: Unicorn then stands at the store, which is done.

        Not inside an IT block, whose state would be lost, and not where the base register is still to be written.
        """
        found = self._found
        if found is None or found.is_conditional or found.access is None or found.access.is_load:
            return None
        return found if found.access.words_count == 1 and not found.access.has_writeback else None

    def pc_addr(self) -> int:
        """Address of the accessing instruction (of the block when it cannot be told)."""
        if self._pending is not None and self._found is not None:
            return self._found.addr
        return self._core.last_block()[0]

    def instructions(self) -> tuple[int, tuple[Instruction, ...]]:
        """The accessing instruction's address and the rest of its block from it on."""
        pc_addr = self.pc_addr()
        _, _, index = self._core.last_block()
        if index >= len(self._filler.blocks):
            return pc_addr, ()
        block = self._filler.blocks[index].instructions
        return pc_addr, tuple(each for each in block if each.addr >= pc_addr)

    def _search(self, index: int, addr: int, is_write: bool) -> Instruction | None:
        instructions = self._filler.blocks[index].instructions
        for position in range(self._next_position, len(instructions)):
            instruction = instructions[position]
            access = instruction.access
            if access is None or access.is_load is is_write:
                continue
            first_addr = access_addr(self._cpu, instruction, access)
            if first_addr <= addr < first_addr + access.size_bytes * access.words_count:
                is_last = addr + 4 >= first_addr + access.size_bytes * access.words_count
                self._next_position = position + is_last
                return instruction
        return None
