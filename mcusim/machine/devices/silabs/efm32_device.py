"""Silicon Labs' way to access a peripheral of series 2: set, clear and toggle addresses 4 KiB apart.

The peripherals of series 1 are shorter than 4 KiB; their set and clear regions lie elsewhere (efm32_bit_region.py).
"""

from __future__ import annotations

from mcusim.machine.devices.register_device import WORD_MASK, RegisterDevice
from mcusim.machine.devices.register_file import RegisterFile

_ALIAS_SHIFT, _OFFSET_MASK = 12, 0xFFF
_SET, _CLEAR, _TOGGLE = 1, 2, 3


class Efm32Device(RegisterDevice):
    """Offsets 0x0000 normal, 0x1000 set bits, 0x2000 clear bits, 0x3000 toggle bits."""

    def read(self, offset: int, size_bytes: int) -> int:
        """The same register through every alias."""
        return super().read(offset & _OFFSET_MASK, size_bytes)

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Combine with the register's present word as the alias asks."""
        alias, offset = offset >> _ALIAS_SHIFT & 0b11, offset & _OFFSET_MASK
        if alias:
            present = self.present_word(offset & ~3)
            value = {_SET: present | value, _CLEAR: present & ~value, _TOGGLE: present ^ value}[alias]
        super().write(offset, size_bytes, value & WORD_MASK)


class Efr32RegisterFile(Efm32Device, RegisterFile):
    """An unmodelled peripheral of series 2: memory, reachable through the aliases."""
