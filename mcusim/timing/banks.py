"""What the Cortex-M7's memory ports make of addresses: banks of dual loads, reloads, and multiple transfers.

Addresses are those of each access's first execution where the context has them; else two accesses are compared by
their offsets when nothing wrote their common base register in between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.isa.instruction import Kind

if TYPE_CHECKING:
    from mcusim.isa.instruction import Access, Instruction
    from mcusim.timing.cost import BlockContext

_BANK_MASK = 4
"""Even and odd words (jnk0le/random cortex_m7.md)."""


class BankRule:
    """Remembers recent stores and which bases changed since."""

    def __init__(self, context: BlockContext, reload_cycles: int) -> None:
        self._addrs = context.first_data_addrs
        self._reload_cycles = reload_cycles
        self._stores: list[tuple[int, Access]] = []

    def conflict(self, older: Instruction, younger: Instruction) -> bool:
        """Whether two loads want the same bank in one cycle."""
        if older.kind is not Kind.LOAD or younger.kind is not Kind.LOAD:
            return False
        assert older.access is not None
        assert younger.access is not None
        if older.addr in self._addrs and younger.addr in self._addrs:
            return not (self._addrs[older.addr] ^ self._addrs[younger.addr]) & _BANK_MASK
        first, second = older.access, younger.access
        if first.base != second.base or first.index >= 0 or second.index >= 0:
            return False
        offset = second.offset + (first.writeback_offset if first.has_writeback else 0)
        return not (offset ^ first.offset) & _BANK_MASK

    def reload_ready(self, instruction: Instruction) -> int:
        """When a load may issue that reads what a store just wrote; long ago when it does not."""
        access = instruction.access
        if access is None or not access.is_load or access.index >= 0:
            return -1000
        return max(
            (
                cycle + self._reload_cycles
                for cycle, store in self._stores
                if store.base == access.base and _overlap(store, access)
            ),
            default=-1000,
        )

    def note(self, instruction: Instruction, cycle: int) -> None:
        """An access issued."""
        access = instruction.access
        assert access is not None
        if access.has_writeback:
            self._stores = [each for each in self._stores if each[1].base != access.base]
        elif instruction.kind is Kind.STORE and access.index < 0:
            self._stores = [*self._stores[-7:], (cycle, access)]

    def forget(self, written_mask: int) -> None:
        """Registers that no longer hold the base of a remembered store."""
        if self._stores and written_mask:
            self._stores = [each for each in self._stores if not written_mask >> each[1].base & 1]

    def transfer_cycles(self, instruction: Instruction) -> int:
        """Two words a cycle; an even number stored at 4 mod 8 takes one more."""
        words_count = instruction.registers_count
        cycles = (words_count + 1) // 2
        addr = self._addrs.get(instruction.addr, 0)
        is_split = instruction.kind is Kind.STORE_MULTIPLE and not words_count & 1 and bool(addr & _BANK_MASK)
        return cycles + is_split


def _overlap(store: Access, load: Access) -> bool:
    return store.offset < load.offset + load.size_bytes * load.words_count and load.offset < (
        store.offset + store.size_bytes
    )
