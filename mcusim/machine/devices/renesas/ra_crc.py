"""CRC calculator of the RA6M4: five polynomials, either bit order, bytes or words.

Registers: R7FA6M4AF.h; polynomials and bit order by CRCCR0: r_crc_api.h of FSP. Not modelled: snooping on registers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice

if TYPE_CHECKING:
    from collections.abc import Iterable

_CLEAR, _MSB_FIRST = 1 << 7, 1 << 6
_DIR, _DOR = 0x4, 0x8
# CRCCR0.GPS: CRC-8 (8-2-1-0), CRC-16 (16-15-2-0), CRC-CCITT (16-12-5-0), CRC-32, CRC-32C: polynomial, width.
_POLYNOMIALS = {
    1: (0x07, 8), 2: (0x8005, 16), 3: (0x1021, 16), 4: (0x04C1_1DB7, 32), 5: (0x1EDC_6F41, 32),
}  # fmt: skip


class RaCrc(RegisterDevice):
    """The result is in CRCDOR, which is also where a start value is written."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CRCCR": Register(0x0, writable_mask=0xC000 | 0x47),
        "CRCDIR": Register(_DIR),
        "CRCDOR": Register(_DOR),
        "CRCSAR": Register(0xC),
    }

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Data come byte by byte, or as words for the 32-bit polynomials."""
        super().write(offset, size_bytes, value)
        if offset == 0 and value & _CLEAR:
            self.values["CRCDOR"] = 0
        if offset & ~3 == _DIR:
            self._feed(value.to_bytes(size_bytes, "little"))

    def _feed(self, data: Iterable[int]) -> None:
        selection = self.values["CRCCR"]
        polynomial, width = _POLYNOMIALS.get(selection & 0b111, (0, 32))
        total, mask = self.values["CRCDOR"], (1 << width) - 1
        for byte in reversed(list(data)) if selection & _MSB_FIRST else data:
            total = _fed(total & mask, byte, (polynomial, width), bool(selection & _MSB_FIRST))
        self.values["CRCDOR"] = total


def _fed(total: int, byte: int, kind: tuple[int, int], is_msb_first: bool) -> int:
    polynomial, width = kind
    if is_msb_first:
        total ^= byte << width - 8
        for _ in range(8):
            total = (total << 1 ^ (polynomial if total >> width - 1 & 1 else 0)) & (1 << width) - 1
        return total
    backwards = int(f"{polynomial:0{width}b}"[::-1], 2)
    total ^= byte
    for _ in range(8):
        total = total >> 1 ^ (backwards if total & 1 else 0)
    return total
