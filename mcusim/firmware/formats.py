"""Intel HEX, S-record and raw files: bytes at addresses, with a reason when a record is damaged.

The records are unpacked by bincopy; addresses, order and overlaps are checked here, with the line to blame.
Intel: "Hexadecimal Object File Format Specification", revision A, 1988. Motorola: M68000 Family Programmer's
Reference Manual, appendix C, "S-Record Output Format".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.errors import FirmwareFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MAX_TEXT_BYTES = 128 << 20
"""A HEX file is not quite three times as large as what is in it; no microcontroller addresses 40 MiB of flash."""
_MAX_RAW_BYTES = 256 << 20
_MAX_RUNS_COUNT = 1024
_ADDRESS_SPACE_BYTES = 1 << 32

_INTEL_HEX = re.compile(rb":[0-9A-Fa-f]{10,}\s*")
_S_RECORD = re.compile(rb"S[0-9][0-9A-Fa-f]{6,}\s*")
_HEX_DATA, _HEX_END, _HEX_SEGMENT, _HEX_START_SEGMENT, _HEX_LINEAR, _HEX_START_LINEAR = range(6)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file says that has neither sections nor names."""

    runs: tuple[tuple[int, bytes], ...]
    """Address and bytes, by address, without neighbours that touch."""
    entry_addr: int = 0
    """Where the file says that execution starts; 0 when it does not."""
    warnings: tuple[str, ...] = ()


def first_line(data: bytes) -> bytes:
    """The first line that is not blank."""
    return data[:4096].lstrip(b"\xef\xbb\xbf\r\n\t ")[:600].split(b"\n", 1)[0]


def is_intel_hex(data: bytes) -> bool:
    """True when the first line looks like an Intel HEX record."""
    return _INTEL_HEX.fullmatch(first_line(data)) is not None


def is_s_record(data: bytes) -> bool:
    """True when the first line looks like a Motorola S-record."""
    return _S_RECORD.fullmatch(first_line(data)) is not None


def read_raw(path: Path, data: bytes, base_addr: int) -> Contents:
    """A raw image that begins at `base_addr`.

    Raises:
        FirmwareFileError: it reaches beyond the address space.
    """
    if len(data) > _MAX_RAW_BYTES:
        raise FirmwareFileError(
            f"the raw image has {len(data)} bytes; no Cortex-M has that much", where=str(path)
        )
    if base_addr + len(data) > _ADDRESS_SPACE_BYTES:
        raise FirmwareFileError(
            f"the raw image does not fit behind --base 0x{base_addr:08X}",
            where=str(path),
            why=f"its {len(data)} bytes reach beyond the 32-bit address space",
            fix="give the address of its first byte, for example --base 0x08000000",
        )
    return Contents(((base_addr, data),))


def read_intel_hex(path: Path, data: bytes) -> Contents:
    """The bytes of an Intel HEX file.

    Raises:
        FirmwareFileError: a record is damaged, two overlap, or the end record is missing.
    """
    import bincopy

    pieces: list[tuple[int, bytes, int]] = []
    base_addr = entry_addr = end_line_number = 0
    for number, (kind, addr, _, content) in _records(path, data, bincopy.unpack_ihex, "Intel HEX"):
        if end_line_number:
            why = f"the end record is in line {end_line_number}: these are several files in one"
            raise damaged(
                path, f"line {number} follows the end of the Intel HEX file", why, "merge them first"
            )
        if kind == _HEX_DATA:
            pieces.append((base_addr + addr, bytes(content), number))
        elif kind == _HEX_END:
            end_line_number = number
        elif kind == _HEX_SEGMENT:
            base_addr = int.from_bytes(content[:2], "big") * 16
        elif kind == _HEX_LINEAR:
            base_addr = int.from_bytes(content[:2], "big") << 16
        elif kind == _HEX_START_LINEAR:
            entry_addr = int.from_bytes(content[:4], "big")
        elif kind != _HEX_START_SEGMENT:
            raise damaged(
                path, f"line {number} of the Intel HEX file has the record type {kind}", "0 to 5 exist"
            )
    if not end_line_number:
        raise damaged(path, "the Intel HEX file ends without its end record (:00000001FF)", "it was cut off")
    return Contents(joined(path, pieces, "line"), entry_addr)


def read_s_record(path: Path, data: bytes) -> Contents:
    """The bytes of a Motorola S-record file; a missing end record is only a warning, as some tools write none.

    Raises:
        FirmwareFileError: a record is damaged or missing, or two overlap.
    """
    import bincopy

    pieces: list[tuple[int, bytes, int]] = []
    entry_addr, has_end = 0, False
    for number, (type_id, addr, _, content) in _records(path, data, bincopy.unpack_srec, "S-record"):
        kind = str(type_id)
        if kind in "123":
            pieces.append((addr, bytes(content), number))
        elif kind in "56" and addr not in (0, len(pieces)):  # some linkers write 0 and mean nothing by it
            why = f"its line {number} counts {addr} data records, there are {len(pieces)}"
            raise damaged(path, "the S-record file is incomplete", why)
        elif kind in "789":
            entry_addr, has_end = addr, True
    warnings = () if has_end else (f"{path.name} has no end record (S7, S8 or S9): it may be cut off",)
    return Contents(joined(path, pieces, "line"), entry_addr, warnings)


def joined(path: Path, pieces: list[tuple[int, bytes, int]], word: str) -> tuple[tuple[int, bytes], ...]:
    """Address, bytes and line (or block) number of each piece → runs of bytes that do not touch.

    Raises:
        FirmwareFileError: there is nothing, two pieces contradict each other, or one is outside the address space.
    """
    runs: list[tuple[int, bytearray]] = []
    for addr, data, number in sorted(pieces, key=lambda piece: piece[0]):
        if addr + len(data) > _ADDRESS_SPACE_BYTES:
            raise damaged(
                path, f"{word} {number} reaches beyond the 32-bit address space", f"it is at 0x{addr:X}"
            )
        end_addr = runs[-1][0] + len(runs[-1][1]) if runs else -1
        if not runs or addr > end_addr:
            runs.append((addr, bytearray(data)))
            continue
        offset = addr - runs[-1][0]
        shared = runs[-1][1][offset : offset + len(data)]
        if shared != data[: len(shared)]:
            what = f"{word} {number} says other bytes at 0x{addr:08X} than another {word}"
            raise damaged(
                path, what, "two pieces overlap", "were two images merged that use the same memory?"
            )
        runs[-1][1].extend(data[len(shared) :])
    if not any(data for _, data in runs):
        raise damaged(path, "the file holds no bytes of firmware", "it has no data records")
    if len(runs) > _MAX_RUNS_COUNT:
        raise damaged(path, f"the file has {len(runs)} separate pieces", "no linker writes so many")
    return tuple((addr, bytes(data)) for addr, data in runs if data)


def damaged(
    path: Path, what: str, why: str = "", fix: str = "copy or build the file again"
) -> FirmwareFileError:
    """The error for a file whose contents make no sense."""
    return FirmwareFileError(what, where=str(path), why=why, fix=fix)


def _records(
    path: Path, data: bytes, unpack: Callable[[str], tuple[object, int, int, bytearray]], name: str
) -> Iterator[tuple[int, tuple[object, int, int, bytearray]]]:
    """Line number and fields of each record."""
    import bincopy

    if len(data) > MAX_TEXT_BYTES:
        raise damaged(
            path, f"the {name} file is larger than {MAX_TEXT_BYTES >> 20} MiB", "no Cortex-M has so much"
        )
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        record = line.strip()
        if not record:
            continue
        try:
            yield number, unpack(record.decode("ascii"))
        except (
            bincopy.Error,
            ValueError,
            IndexError,
        ) as error:  # ValueError: no hexadecimal digits, no ASCII
            raise damaged(path, f"line {number} of the {name} file is damaged", str(error)[:120]) from None
