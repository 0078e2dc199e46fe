"""Where a raw image begins: refuses an address of --base that cannot be, and proposes the likely one."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.errors import UsageError
from mcusim.firmware import foreign
from mcusim.firmware.vectors import TABLE_ALIGNMENT_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from mcusim.firmware.image import Image


@dataclass(frozen=True, slots=True)
class Target:
    """What the board says about a file that says little."""

    chip: str = ""
    load_addrs: tuple[int, ...] = ()
    """Where its firmware may begin, most likely first."""
    flash_addr: int = 0x0800_0000
    """Where its flash begins."""


def refuse_base(base_addr: int | None, name: str) -> None:
    """Raise UsageError when there is a base for a file that has addresses; `name` is what the file is."""
    if base_addr is not None:
        raise UsageError(
            f"--base is for raw images, this is {name}",
            why="it says itself where it belongs",
            fix="leave --base out",
        )


def missing_base(path: Path, data: bytes, target: Target) -> UsageError:
    """A raw image without --base; its reset vector tells which of the chip's addresses can be meant."""
    fix = (
        "give the address of its first byte; the board's flash begins at "
        f"0x{target.flash_addr:08X} (--base 0x{target.flash_addr:08X})"
    )
    if foreign.starts_like_a_vector_table(data):
        (reset_addr,) = struct.unpack_from("<I", data, 4)
        for addr in target.load_addrs:
            if addr <= reset_addr < addr + len(data):
                fix = f"try --base 0x{addr:08X}: there its reset vector (0x{reset_addr:08X}) points into the image"
                break
        else:
            fix = (
                f"give the address of its first byte with --base; its reset vector is 0x{reset_addr:08X}, "
                f"so it lies between 0x{max(0, reset_addr - len(data)) + 1:08X} and 0x{reset_addr & ~1:08X}"
            )
    return UsageError(
        f"'{path}' is a raw image and needs --base", why="it says not where it belongs", fix=fix
    )


def check_base(path: Path, base_addr: int, target: Target) -> None:
    """Refuse a base at which no word of the image would be where words are.

    Raises:
        UsageError: it is no multiple of 4.
    """
    if base_addr % 4:
        raise UsageError(
            f"--base 0x{base_addr:08X} is no address where an image can begin",
            where=str(path),
            why="it is no multiple of 4, so none of its words would be in its place",
            fix=f"try --base 0x{_near(base_addr, base_addr % TABLE_ALIGNMENT_BYTES, target):08X}",
        )


def check_table(image: Image, base_addr: int, target: Target) -> None:
    """Refuse a base that puts the vector table of a raw image where a core cannot have it.

    Raises:
        UsageError: the table's address is no multiple of 128 bytes.
    """
    past = image.vector_table_addr % TABLE_ALIGNMENT_BYTES
    if past:
        raise UsageError(
            f"--base 0x{base_addr:08X} cannot be where the raw image begins",
            where=f"{image.path}, vector table at 0x{image.vector_table_addr:08X}",
            why=f"a vector table begins at a multiple of {TABLE_ALIGNMENT_BYTES} bytes (VTOR's lowest bits are zero)",
            fix=f"try --base 0x{_near(base_addr, past, target):08X}",
        )


def _near(base_addr: int, past: int, target: Target) -> int:
    """A place near `base_addr` where firmware may begin, else the multiple that it is `past`."""
    known = [each for each in target.load_addrs if abs(each - base_addr) < TABLE_ALIGNMENT_BYTES]
    return known[0] if known else max(0, base_addr - past)
