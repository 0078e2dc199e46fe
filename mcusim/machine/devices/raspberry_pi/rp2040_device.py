"""The RP2040's way to access a peripheral: atomic aliases, and writes that are always 32 bits wide.

RP2040 datasheet, sections 2.1.2 (atomic register access) and 2.1.4 (narrow IO register writes).
"""

from __future__ import annotations

from mcusim.machine.devices.register_device import WORD_MASK, RegisterDevice
from mcusim.machine.devices.register_file import RegisterFile

_ALIAS_SHIFT = 12  # each alias is 4 KB
_OFFSET_MASK = 0xFFF
_XOR, _SET, _CLEAR = 1, 2, 3


class Rp2040Device(RegisterDevice):
    """Offsets 0x0000 normal, 0x1000 exclusive or, 0x2000 set bits, 0x3000 clear bits."""

    def read(self, offset: int, size_bytes: int) -> int:
        """The same register through every alias."""
        return super().read(offset & _OFFSET_MASK, size_bytes)

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Combine with the register's present word as the alias asks."""
        word = replicated(size_bytes, value)
        alias, offset = offset >> _ALIAS_SHIFT & 0b11, offset & _OFFSET_MASK & ~3
        if alias:
            present = self.present_word(offset)
            word = {_XOR: present ^ word, _SET: present | word, _CLEAR: present & ~word}[alias]
        super().write(offset, 4, word & WORD_MASK)


class Rp2040RegisterFile(Rp2040Device, RegisterFile):
    """An unmodelled RP2040 peripheral: memory, reachable through the aliases."""


def replicated(size_bytes: int, value: int) -> int:
    """The 32-bit word that a narrow write puts on the bus: its byte or halfword repeated."""
    if size_bytes == 1:
        return (value & 0xFF) * 0x0101_0101
    return (value & 0xFFFF) * 0x0001_0001 if size_bytes == 2 else value & WORD_MASK
