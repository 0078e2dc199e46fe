"""Writes the checksum that the RP2040's boot ROM asks for into the second stage's object file."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from mcusim.errors import McusimError
from mcusim.firmware.headers import read_header, read_sections

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = "rp2040_boot2.S"
_SECTION = ".boot2"
_SUMMED_BYTES = 252


class Boot2Error(McusimError):
    """The second stage is not what the boot ROM can start."""


def crc32_msb_first(data: bytes) -> int:
    """The RP2040 boot ROM's checksum: polynomial 0x04C11DB7, start all ones, no inversion (2.8.1.3.1)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ (0x04C11DB7 if crc & 0x80000000 else 0)
            crc &= 0xFFFFFFFF
    return crc


def sign(path: Path) -> None:
    """Make the last word of the object file's `.boot2` the checksum of the 252 bytes before it.

    Raises:
        Boot2Error: it has no such section of 256 bytes.
    """
    data = bytearray(path.read_bytes())
    sections = read_sections(bytes(data), read_header(bytes(data)))
    found = [each for each in sections if each.name == _SECTION and each.size_bytes == _SUMMED_BYTES + 4]
    if not found:
        raise Boot2Error(
            "the RP2040's second-stage boot code was not assembled to 256 bytes",
            where=str(path),
            why="the boot ROM reads 252 bytes and their checksum",
            fix="use another compiler (--compiler gcc, clang or zig), and report this",
        )
    start = found[0].file_offset
    checksum = crc32_msb_first(bytes(data[start : start + _SUMMED_BYTES]))
    struct.pack_into("<I", data, start + _SUMMED_BYTES, checksum)
    path.write_bytes(data)
