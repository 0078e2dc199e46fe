"""Where the core begins after reset on chips with a boot ROM: in the ROM, or in firmware that the ROM would start.

RP2040 datasheet, 2.8.1: the ROM copies the first 256 bytes of flash to the end of RAM and runs them when their checksum
is right. RP2350: a block loop with an IMAGE_DEF in the first 4 KiB of flash names the vector table or the entry point
(pico-sdk boot/picobin.h).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.firmware.image import Symbol, SymbolBinding, SymbolKind

if TYPE_CHECKING:
    from mcusim.board.schema import Chip
    from mcusim.firmware.image import Image

_FLASH_ADDR = 0x1000_0000
_SECOND_STAGE_BYTES, _SECOND_STAGE_RUNS_AT_ADDR = 256, 0x2004_1F00
_CRC_POLYNOMIAL, _WORD_MASK = 0x04C1_1DB7, 0xFFFF_FFFF
_BLOCK_BEGIN, _BLOCK_END = 0xFFFF_DED3, 0xAB12_3579
_SEARCHED_BYTES = 4096
_IMAGE_TYPE_ITEM, _VECTOR_TABLE_ITEM, _ENTRY_POINT_ITEM, _LAST_ITEM = 0x42, 0x03, 0x44, 0xFF
_CPU_SHIFT, _CPU_MASK, _CPU_ARM, _CPU_RISCV = 8, 0b111, 0, 1
_EXECUTABLE, _KIND_MASK = 1, 0xF


@dataclass(frozen=True, slots=True)
class Start:
    """The reset state."""

    vector_table_addr: int
    pc_addr: int
    symbols: tuple[Symbol, ...] = ()
    """Code that the ROM copies before it runs it."""
    warnings: tuple[str, ...] = ()


def start_of(image: Image, chip: Chip, rom: bytes) -> Start:
    """Where `chip` starts `image`."""
    as_linked = Start(image.vector_table_addr, image.initial_pc_addr)
    if chip.name == "rp2040" and has_second_stage(image):
        size_bytes = _SECOND_STAGE_BYTES - 4
        name = "boot2"
        copied = Symbol(
            name,
            name,
            _SECOND_STAGE_RUNS_AT_ADDR,
            size_bytes,
            SymbolKind.FUNCTION,
            binding=SymbolBinding.GLOBAL,
        )
        return Start(0, struct.unpack_from("<I", rom, 4)[0] & ~1, (copied,))
    if chip.name == "rp2350" and image.vector_table_addr == _FLASH_ADDR:
        return Start(image.vector_table_addr, image.initial_pc_addr, (), _image_warnings(image))
    return as_linked


def has_second_stage(image: Image) -> bool:
    """Whether flash begins with 256 bytes whose checksum the RP2040's ROM accepts."""
    data = flash_bytes(image, _SECOND_STAGE_BYTES)
    return len(data) == _SECOND_STAGE_BYTES and struct.unpack("<I", data[-4:])[0] == checksum(data[:-4])


def checksum(data: bytes) -> int:
    """CRC-32 as the RP2040's ROM computes it: not reflected, from all ones, not inverted (datasheet, 2.8.1.3.1)."""
    crc = _WORD_MASK
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (_CRC_POLYNOMIAL if crc >> 31 else 0)) & _WORD_MASK
    return crc


def flash_bytes(image: Image, size_bytes: int) -> bytes:
    """The first bytes of flash; gaps are erased."""
    content = bytearray(b"\xff" * size_bytes)
    used = 0
    for segment in image.segments:
        offset = segment.load_addr - _FLASH_ADDR
        if 0 <= offset < size_bytes and segment.data:
            part = segment.data[: size_bytes - offset]
            content[offset : offset + len(part)] = part
            used = max(used, offset + len(part))
    return bytes(content[:used])


def image_definition(data: bytes) -> dict[int, tuple[int, ...]] | None:
    """The items of the first block of flash `data`, by type; None when there is no block."""
    words = struct.unpack(f"<{len(data) // 4}I", data[: len(data) & ~3])
    if _BLOCK_BEGIN not in words:
        return None
    items: dict[int, tuple[int, ...]] = {}
    position = words.index(_BLOCK_BEGIN) + 1
    while position < len(words):
        header = words[position]
        kind = header & 0xFF
        # bit 7 of the type: a size of two bytes (pico-sdk boot/picobin.h, PICOBIN_BLOCK_ITEM_2BS)
        size_words = header >> 8 & (0xFFFF if kind & 0x80 else 0xFF)
        if kind == _LAST_ITEM:
            is_closed = position + 2 < len(words) and words[position + 2] == _BLOCK_END
            return items if is_closed else None
        if not size_words:
            return None
        items[kind] = words[position : position + size_words]
        position += size_words
    return None


def _image_warnings(image: Image) -> tuple[str, ...]:
    items = image_definition(flash_bytes(image, _SEARCHED_BYTES))
    if items is None or _IMAGE_TYPE_ITEM not in items:
        return (
            "no IMAGE_DEF block in the first 4 KiB of flash: the boot ROM of a real RP2350 would not start this",
        )
    flags = items[_IMAGE_TYPE_ITEM][0] >> 16
    if flags & _KIND_MASK == _EXECUTABLE and flags >> _CPU_SHIFT & _CPU_MASK == _CPU_RISCV:
        return ("its IMAGE_DEF block says that this image is for the RISC-V cores",)
    return ()
