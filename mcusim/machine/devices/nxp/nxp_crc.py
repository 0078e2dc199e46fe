"""CRC units of Kinetis K and LPC55: any polynomial of 16 or 32 bits, or one of three.

Offsets, bits and reset values: NXP's SVD files of the MK64F12 and the LPC55S69; what the bits do: fsl_crc.h of both.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import WORD_MASK, Register, RegisterDevice

_TCRC, _WAS, _FXOR = 1 << 24, 1 << 25, 1 << 26
_POLYNOMIALS = ((0x1021, 16), (0x8005, 16), (0x04C1_1DB7, 32), (0x04C1_1DB7, 32))  # CCITT, CRC-16, CRC-32
_BIT_RVS_WR, _CMPL_WR, _BIT_RVS_SUM, _CMPL_SUM = 1 << 2, 1 << 3, 1 << 4, 1 << 5


def _fed(value: int, byte: int, polynomial: int, width: int) -> int:
    """`value` after eight more bits, the highest first."""
    value ^= byte << width - 8
    for _ in range(8):
        value = value << 1 ^ (polynomial if value >> width - 1 & 1 else 0)
        value &= (1 << width) - 1
    return value


def _reversed_bits(value: int, width: int) -> int:
    return int(f"{value:0{width}b}"[::-1], 2)


def _transposed(data: bytes, kind: int) -> bytes:
    """0: as it is; 1: bits in each byte; 2: bits and bytes; 3: bytes."""
    if kind in (1, 2):
        data = bytes(_reversed_bits(byte, 8) for byte in data)
    return data[::-1] if kind in (2, 3) else data


class KinetisCrc(RegisterDevice):
    """Data and seed come through DATA, the highest byte first."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "DATA": Register(0x0, WORD_MASK),
        "GPOLY": Register(0x4, 0x1021),
        "CTRL": Register(0x8, writable_mask=0xF700_0000),
    }

    def load(self, name: str) -> int:
        """The sum, transposed and complemented as CTRL says."""
        if name != "DATA":
            return super().load(name)
        control = self.values["CTRL"]
        word = int.from_bytes(_transposed(self.values["DATA"].to_bytes(4, "big"), control >> 28 & 3), "big")
        mask = WORD_MASK if control & _TCRC else 0xFFFF
        return word ^ mask if control & _FXOR else word

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Only the bytes of the access are fed."""
        control = self.values["CTRL"]
        if offset >= 4 or control & _WAS:
            super().write(offset, size_bytes, value)
            return
        width = 32 if control & _TCRC else 16
        total = self.values["DATA"] & (1 << width) - 1
        polynomial = self.values["GPOLY"] & (1 << width) - 1
        for byte in _transposed(value.to_bytes(size_bytes, "big"), control >> 30):
            total = _fed(total, byte, polynomial, width)
        self.values["DATA"] = total


class Lpc55Crc(RegisterDevice):
    """Data of 8, 16 or 32 bits, the lowest byte first."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "MODE": Register(0x0, writable_mask=0x3F),
        "SEED": Register(0x4, 0xFFFF),
        "SUM": Register(0x8, 0xFFFF),
    }

    def load(self, name: str) -> int:
        """The sum, reversed and complemented as MODE says."""
        if name != "SUM":
            return super().load(name)
        mode, (_, width) = self.values["MODE"], _POLYNOMIALS[self.values["MODE"] & 3]
        total = self.values["SUM"] & (1 << width) - 1
        total = _reversed_bits(total, width) if mode & _BIT_RVS_SUM else total
        return total ^ (1 << width) - 1 if mode & _CMPL_SUM else total

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """SUM is where data are written; SEED loads the sum."""
        if offset & ~3 != self.registers["SUM"].offset:
            super().write(offset, size_bytes, value)
            if offset & ~3 == self.registers["SEED"].offset:
                self.values["SUM"] = self.values["SEED"]
            return
        mode, (polynomial, width) = self.values["MODE"], _POLYNOMIALS[self.values["MODE"] & 3]
        total = self.values["SUM"] & (1 << width) - 1
        for byte in value.to_bytes(size_bytes, "little"):
            data = _reversed_bits(byte, 8) if mode & _BIT_RVS_WR else byte
            total = _fed(total, data ^ 0xFF if mode & _CMPL_WR else data, polynomial, width)
        self.values["SUM"] = total
