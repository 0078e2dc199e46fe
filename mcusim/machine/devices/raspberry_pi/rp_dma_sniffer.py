"""The checksum that the DMA controller computes over what passes through one channel (RP2040 datasheet, 2.5.5.1)."""

from __future__ import annotations

_WORD = 0xFFFF_FFFF
_CRC32, _CRC32_REVERSED, _CRC16, _CRC16_REVERSED, _PARITY, _SUM = 0, 1, 2, 3, 14, 15
_POLYNOMIALS = {_CRC32: (32, 0x04C1_1DB7), _CRC16: (16, 0x1021)}


def reversed_bits(value: int, bits: int) -> int:
    """`value` with its bits in the opposite order."""
    return int(f"{value:0{bits}b}"[::-1], 2)


def sniffed(total: int, data: bytes, method: int) -> int:
    """The checksum `total` after `data`, given in the order in which its bytes count."""
    if method == _SUM:
        return total + int.from_bytes(data, "big") & _WORD
    if method == _PARITY:
        return total ^ (int.from_bytes(data, "big").bit_count() & 1)
    if method & ~1 not in _POLYNOMIALS:
        return total
    width, polynomial = _POLYNOMIALS[method & ~1]
    top = 1 << width - 1
    for byte in data:
        total ^= (reversed_bits(byte, 8) if method & 1 else byte) << width - 8
        for _ in range(8):
            total = (total << 1 ^ (polynomial if total & top else 0)) & (top << 1) - 1
    return total
