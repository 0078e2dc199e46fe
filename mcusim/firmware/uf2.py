"""UF2 files: 512-byte blocks, each with its address and the chip family it is for.

Source: microsoft/uf2, README.md ("UF2 format") and utils/uf2families.json; Raspberry Pi's families and the block
that the RP2350 needs for its erratum E10: pico-sdk 2.2, boot/uf2.h, and picotool, elf2uf2.cpp (gen_abs_block).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from mcusim.datafile import Table
from mcusim.errors import FirmwareFileError
from mcusim.firmware.formats import MAX_TEXT_BYTES, Contents, damaged, joined

MAGIC = b"UF2\n"
_BLOCK_BYTES, _DATA_OFFSET, _MAX_PAYLOAD_BYTES = 512, 32, 476
_SECOND_MAGIC, _END_MAGIC = 0x9E5D5157, 0x0AB16F30
_NOT_MAIN_FLASH, _FILE_CONTAINER, _HAS_FAMILY = 0x1, 0x1000, 0x2000
_ABSOLUTE_ID = 0xE48BFF57
_FAMILIES_FILE = Path(__file__).with_name("uf2_families.toml")


@dataclass(frozen=True, slots=True)
class _Block:
    number: int
    flags_mask: int
    addr: int
    blocks_count: int
    family_id: int
    data: bytes


def read_uf2(path: Path, data: bytes, chip: str = "") -> Contents:
    """The bytes for `chip` (the name of a chip file) in a UF2 file; without a chip the file must be for one family.

    Raises:
        FirmwareFileError: a block is damaged or missing, or none is for the chip.
    """
    if len(data) > MAX_TEXT_BYTES:
        raise damaged(
            path, f"the UF2 file is larger than {MAX_TEXT_BYTES >> 20} MiB", "no Cortex-M has so much"
        )
    by_family: dict[int, list[_Block]] = {}
    for block in _blocks(path, data):
        if not block.flags_mask & (_NOT_MAIN_FLASH | _FILE_CONTAINER) and not _is_workaround(block):
            by_family.setdefault(block.family_id, []).append(block)
    if not by_family:
        raise damaged(path, "the UF2 file holds no firmware", "none of its blocks is for the main flash")
    blocks = by_family[_chosen_family(path, tuple(by_family), chip)]
    missing = sorted(set(range(blocks[0].blocks_count)) - {each.number for each in blocks})
    if missing:
        why = f"block {missing[0]} of {blocks[0].blocks_count} is missing"
        raise damaged(path, "the UF2 file is incomplete", why)
    return Contents(joined(path, [(each.addr, each.data, each.number) for each in blocks], "block"))


def _blocks(path: Path, data: bytes) -> list[_Block]:
    if len(data) % _BLOCK_BYTES:
        raise damaged(
            path, "the UF2 file is cut off", f"its {len(data)} bytes are no multiple of {_BLOCK_BYTES}"
        )
    found = []
    for offset in range(0, len(data), _BLOCK_BYTES):
        magic, second, flags, addr, size_bytes, number, count, family = struct.unpack_from(
            "<4s7I", data, offset
        )
        (last,) = struct.unpack_from("<I", data, offset + _BLOCK_BYTES - 4)
        if (magic, second, last) != (MAGIC, _SECOND_MAGIC, _END_MAGIC) or size_bytes > _MAX_PAYLOAD_BYTES:
            raise damaged(
                path, f"block {offset // _BLOCK_BYTES} of the UF2 file is damaged", "its marks are wrong"
            )
        payload = data[offset + _DATA_OFFSET : offset + _DATA_OFFSET + size_bytes]
        family_id = family if flags & _HAS_FAMILY else 0
        # More blocks than the file has room for would only fill memory with the numbers of the missing ones.
        found.append(
            _Block(number, flags, addr, min(count, len(data) // _BLOCK_BYTES + 1), family_id, payload)
        )
    return found


def _is_workaround(block: _Block) -> bool:
    """The block for RP2350-E10: one of two, the other never comes; the chip writes nothing of it."""
    return block.family_id == _ABSOLUTE_ID and (block.number, block.blocks_count) == (0, 2)


def _chosen_family(path: Path, family_ids: tuple[int, ...], chip: str) -> int:
    known = {each: _family(each) for each in family_ids}
    fitting = [each for each, family in known.items() if family is None or chip.startswith(family.chips)]
    named = [each for each in fitting if known[each] is not None]
    if len(named) == 1 or (len(fitting) == 1 and not named):
        return (named or fitting)[0]
    if not chip and len(family_ids) == 1:
        return family_ids[0]
    names = ", ".join(family.name if family else f"0x{each:08X}" for each, family in known.items())
    what = f"the UF2 file is for {names}"
    if not fitting:
        what += f", the board has the chip {chip}" if chip else ""
        raise FirmwareFileError(what, where=str(path), fix="choose the board it was made for (mcusim boards)")
    raise FirmwareFileError(
        f"{what}: more than one fits", where=str(path), fix="pass the file for one of them"
    )


@dataclass(frozen=True, slots=True)
class _Family:
    name: str
    chips: tuple[str, ...]
    """What the names of this family's chip files begin with; none for chips that mcusim does not know."""


def _family(family_id: int) -> _Family | None:
    """None for a file without a family, and for one that no list here names: it may be for any chip."""
    rows = Table.load(_FAMILIES_FILE).tables("family", minimum=1)
    for row in rows:
        if row.integer("id") == family_id:
            return _Family(row.text("name"), row.texts("chips", default=()))
    return None
