"""Which core registers a load fills and a store writes, in the order of their words in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.isa.instruction import Register

if TYPE_CHECKING:
    from mcusim.isa.instruction import Access, Instruction


def loaded_registers(instruction: Instruction, access: Access) -> list[int]:
    """Core registers that a load fills, in the order of their words in memory."""
    if instruction.mnemonic == "ldrd":
        return [each.number for each in instruction.operands if isinstance(each, Register)]
    return written_registers(instruction, access)


def stored_registers(instruction: Instruction, access: Access) -> list[int]:
    """Core registers that a store writes to memory, in the order of their words; empty when that is not clear."""
    if instruction.mnemonic == "strd":
        return [each.number for each in instruction.operands if isinstance(each, Register)]
    data_mask = instruction.reads_mask & ~instruction.address_mask
    found = [n for n in range(15) if data_mask >> n & 1]
    return found if len(found) == access.words_count else []


def written_registers(instruction: Instruction, access: Access) -> list[int]:
    """Core registers that a load or store writes, besides its base."""
    written_back = access.base if access.has_writeback else -1
    return [n for n in range(15) if instruction.writes_mask >> n & 1 and n != written_back]
