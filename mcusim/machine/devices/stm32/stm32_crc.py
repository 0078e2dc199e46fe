"""CRC calculation unit of the STM32 (RM0351, CRC; the F1, F4 and L1 have the fixed polynomial, RM0090 chapter 4)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from mcusim.machine.devices.register_device import Register, RegisterDevice

if TYPE_CHECKING:
    from collections.abc import Mapping

_POLYNOMIAL, _INITIAL = 0x04C1_1DB7, 0xFFFF_FFFF
_RESET, _REV_OUT = 1 << 0, 1 << 7
_SIZES_BITS = (32, 16, 8, 7)


class Stm32Crc(RegisterDevice):
    """Option `is_fixed`: neither polynomial, initial value, sizes nor reversal can be chosen."""

    def register_table(self) -> Mapping[str, Register]:
        """INIT and POL only where they exist."""
        is_fixed = self.bool_option("is_fixed")
        table = {
            "DR": Register(0x00, _INITIAL),
            "IDR": Register(0x04, writable_mask=0xFF if is_fixed else 0xFFFF_FFFF),
            "CR": Register(0x08, writable_mask=0 if is_fixed else 0xF8),
        }
        return (
            table
            if is_fixed
            else table | {"INIT": Register(0x10, _INITIAL), "POL": Register(0x14, _POLYNOMIAL)}
        )

    def read(self, offset: int, size_bytes: int) -> int:
        """The result so far, reversed if asked for."""
        if offset & ~3:
            return super().read(offset, size_bytes)
        bits = self._size_bits
        crc = self.values["DR"] >> 32 - bits
        if self.values["CR"] & _REV_OUT:
            crc = _reversed_bits(crc, bits)
        return crc >> 8 * (offset & 3) & (1 << 8 * size_bytes) - 1

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Data of one, two or four bytes: the highest bit goes first."""
        if offset & ~3:
            super().write(offset, size_bytes, value)
            return
        if self.bool_option("is_fixed"):
            size_bytes = 4
        unit_bytes = min(size_bytes, (0, 1, 2, 4)[self.values["CR"] >> 5 & 0b11])
        data = value & (1 << 8 * size_bytes) - 1
        if unit_bytes:
            data = _reversed_units(data, size_bytes, unit_bytes)
        crc = self.values["DR"]
        table = _table(self.values.get("POL", _POLYNOMIAL) << 32 - self._size_bits & 0xFFFF_FFFF)
        for byte in data.to_bytes(size_bytes, "big"):
            crc = (crc << 8 & 0xFFFF_FFFF) ^ table[crc >> 24 ^ byte]
        self.values["DR"] = crc

    def after_write(self, name: str, written: int) -> None:
        """RESET and a new initial value put the initial value into the data register."""
        if name == "INIT" or (name == "CR" and written & _RESET):
            self.values["DR"] = self.values.get("INIT", _INITIAL) << 32 - self._size_bits & 0xFFFF_FFFF

    @property
    def _size_bits(self) -> int:
        return _SIZES_BITS[self.values["CR"] >> 3 & 0b11]


@lru_cache(maxsize=8)
def _table(polynomial: int) -> tuple[int, ...]:
    """The remainders of all bytes, for a polynomial that begins at bit 31."""
    remainders = []
    for byte in range(256):
        crc = byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ polynomial if crc >> 31 else crc << 1) & 0xFFFF_FFFF
        remainders.append(crc)
    return tuple(remainders)


def _reversed_bits(value: int, bits: int) -> int:
    return int(f"{value:0{bits}b}"[::-1], 2)


def _reversed_units(value: int, size_bytes: int, unit_bytes: int) -> int:
    bits, result = 8 * unit_bytes, 0
    for shift in range(0, 8 * size_bytes, bits):
        result |= _reversed_bits(value >> shift & (1 << bits) - 1, bits) << shift
    return result
