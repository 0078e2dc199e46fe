"""What peripherals with registers of one to four bytes side by side share: accesses of any width, byte by byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice

if TYPE_CHECKING:
    from collections.abc import Mapping


class PackedDevice(RegisterDevice):
    """Subclasses say what a byte that is written does, and bring registers up to date before they are read."""

    SIZE_BYTES: ClassVar[int] = 0x40

    def register_table(self) -> Mapping[str, Register]:
        """Plain words."""
        return {f"WORD_{offset:02X}": Register(offset) for offset in range(0, self.SIZE_BYTES, 4)}

    def field(self, offset: int, size_bytes: int = 1) -> int:
        """The stored register that starts at `offset`."""
        shift = 8 * (offset & 3)
        return self.present_word(offset & ~3) >> shift & (1 << 8 * size_bytes) - 1

    def set_field(self, offset: int, value: int, size_bytes: int = 1) -> None:
        """Store a register, without what writing it would do."""
        shift, mask = 8 * (offset & 3), (1 << 8 * size_bytes) - 1
        name = f"WORD_{offset & ~3:02X}"
        self.values[name] = self.values[name] & ~(mask << shift) | (value & mask) << shift

    def read(self, offset: int, size_bytes: int) -> int:
        """What is there once everything that is due has happened."""
        if offset >= self.SIZE_BYTES:
            return super().read(offset, size_bytes)
        self.refresh(offset)
        value = self.field(offset, size_bytes)
        self.was_read(offset)
        return value

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Every byte on its own, then once the whole."""
        if offset >= self.SIZE_BYTES:
            super().write(offset, size_bytes, value)
            return
        self.refresh(offset)
        for place in range(size_bytes):
            self.store_byte(offset + place, value >> 8 * place & 0xFF)
        self.was_written(offset, size_bytes)

    def refresh(self, offset: int) -> None:
        """Bring what time changes up to date; `offset` is what will be accessed."""

    def was_read(self, offset: int) -> None:
        """React to a read."""

    def store_byte(self, offset: int, byte: int) -> None:
        """Take a byte; this stores it."""
        self.set_field(offset, byte)

    def was_written(self, offset: int, size_bytes: int) -> None:
        """React to a whole write."""
