"""Which peripherals an image's code names, to tell what chip it was built for; it knows no chip by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mcusim.firmware.image import Image, Segment

_FIRST_ADDR, _LAST_ADDR = 0x4000_0000, 0x5FFF_FFFF
"""The peripheral region of the address map (Armv7-M ARM, B3.1)."""
_NEAR_BYTES = 0x400
"""Code names a peripheral by its first address or one of its first registers; ST's and Nordic's are 1 KiB or more."""
_LOOK_BACK_HALFWORDS = 12


def peripheral_addrs(image: Image) -> frozenset[int]:
    """Every address of the peripheral region that an instruction loads as a constant.

    Data that looks like such a load adds an address now and then: count several before believing them.
    """
    found: set[int] = set()
    for segment in image.segments:
        if segment.is_executable and segment.data:
            found.update(_literals(segment))
            found.update(_moved(segment))
    return frozenset(addr for addr in found if _FIRST_ADDR <= addr <= _LAST_ADDR)


def named_devices(addrs: Iterable[int], base_addrs: Iterable[int]) -> frozenset[int]:
    """Those of `base_addrs` at or right behind which one of `addrs` lies."""
    blocks = {addr // _NEAR_BYTES for addr in addrs}
    return frozenset(base for base in base_addrs if base // _NEAR_BYTES in blocks)


def _literals(segment: Segment) -> Iterator[int]:
    """Words that LDR (literal) loads: encodings T1 and T2 (Armv7-M ARM, A7.7.44)."""
    code = np.frombuffer(segment.data, dtype="<u2", count=len(segment.data) // 2).astype(np.int64)
    places = segment.addr + 2 * np.arange(len(code)) + 4 & ~3
    short = np.flatnonzero(code & 0xF800 == 0x4800)
    targets = [places[short] + 4 * (code[short] & 0xFF)]
    wide = np.flatnonzero(code[:-1] & 0xFF7F == 0xF85F)
    offsets = code[wide + 1] & 0xFFF
    targets.append(places[wide] + np.where(code[wide] & 0x80, offsets, -offsets))
    inside = np.unique(np.concatenate(targets)) - segment.addr
    for offset in inside[(inside >= 0) & (inside <= len(segment.data) - 4)]:
        yield int.from_bytes(segment.data[offset : offset + 4], "little")


def _moved(segment: Segment) -> Iterator[int]:
    """Values that MOVW and MOVT put together (Armv7-M ARM, A7.7.76 T3 and A7.7.79)."""
    code = np.frombuffer(segment.data, dtype="<u2", count=len(segment.data) // 2)
    for index in np.flatnonzero(code[:-1] & 0xFBF0 == 0xF2C0):
        high = _immediate(code, int(index))
        if not _FIRST_ADDR <= high << 16 <= _LAST_ADDR:
            continue
        register = int(code[index + 1]) >> 8 & 0xF
        for before in range(int(index) - 2, max(-1, int(index) - _LOOK_BACK_HALFWORDS), -1):
            is_low_half = code[before] & 0xFBF0 == 0xF240 and int(code[before + 1]) >> 8 & 0xF == register
            if is_low_half:
                yield high << 16 | _immediate(code, before)
                break


def _immediate(code: np.ndarray[tuple[int], np.dtype[np.uint16]], index: int) -> int:
    """imm4:i:imm3:imm8."""
    first, second = int(code[index]), int(code[index + 1])
    return (first & 0xF) << 12 | (first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | second & 0xFF
