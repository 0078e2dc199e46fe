"""Finds vector tables in a linked image: by the names toolchains use, else by what the words look like.

The layout is that of the Armv6-M, Armv7-M and Armv8-M reference manuals (Armv7-M ARM, B1.5.2 and B1.5.3):
word 0 is the initial SP, word 1 the reset vector with bit 0 set, words 2 to 15 the system handlers.
Addresses are those at reset, that is load addresses: code that start-up will copy is not yet where it runs.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mcusim.datafile import Table
from mcusim.errors import FirmwareFileError
from mcusim.firmware.image import SymbolKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcusim.firmware.image import Image, Segment

_NAMES_FILE = Path(__file__).with_name("vector_names.toml")

_HANDLER_INDEXES = (2, 3, 4, 5, 6, 11, 12, 14, 15)
"""Exceptions with an architectural meaning; vendors put checksums into the reserved 7 to 10 and 13."""

TABLE_ALIGNMENT_BYTES = 128
"""VTOR bits 6:0 are zero on every core that has it (Armv7-M ARM, B3.2.5)."""

_BOOT_HEADER = 0x4020_00D1

_LOWEST_RAM_ADDR = 0x0400_0000
_PERIPHERALS_ADDR, _PERIPHERALS_END_ADDR = 0x4000_0000, 0x6000_0000
_EXTERNAL_RAM_END_ADDR = 0xA000_0000
"""Armv7-M ARM, B3.1: SRAM from 0x20000000, peripherals from 0x40000000, RAM from 0x60000000, then devices.
Many chips have RAM in the code region as well (LPC5500 from 0x04000000, CCM at 0x10000000)."""


@dataclass(frozen=True, slots=True, order=True)
class _Candidate:
    """Sorts best first."""

    is_reset_unknown: bool
    name_rank_number: int
    is_moved: bool
    odd_handlers_count: int
    addr: int


def find_vector_tables(image: Image) -> tuple[int, ...]:
    """Load addresses of everything that can be the vector table, best first; empty when there is none.

    A table whose reset vector is a known reset handler or the ELF entry wins, then one with a known symbol,
    then one in a section with a known name, then one that was found by its looks.
    """
    memory = _Code(image)
    named = list(_named_tables(image, memory))
    found = named or [each for segment in image.segments for each in _scanned_tables(segment, memory)]
    if not any(not each.is_reset_unknown for each in found):
        seen = {each.addr for each in found}
        scanned = (each for segment in image.segments for each in _scanned_tables(segment, memory))
        found += [each for each in scanned if each.addr not in seen]
    return tuple(dict.fromkeys(each.addr for each in sorted(found)))


def with_vector_table(draft: Image, what: str) -> Image:
    """`draft` with its best vector table, or the place where a boot header says that it starts.

    Raises:
        FirmwareFileError: it has neither; `what` names the file's kind.
    """
    tables = find_vector_tables(draft)
    if tables:
        stack_addr, reset_addr = reset_state(draft, tables[0])
        return replace(
            draft, vector_table_addr=tables[0], initial_sp_addr=stack_addr, initial_pc_addr=reset_addr
        )
    header = boot_header(draft)
    if header is not None:
        header_addr, entry_addr = header
        return replace(
            draft, vector_table_addr=header_addr, initial_sp_addr=0, initial_pc_addr=entry_addr & ~1
        )
    raise FirmwareFileError(
        f"no vector table was found in {what}",
        where=str(draft.path),
        why="nowhere in its segments is a RAM address followed by odd addresses of its code",
        fix="pass the whole firmware with its start-up code, linked for a Cortex-M",
    )


def boot_header(image: Image) -> tuple[int, int] | None:
    """Address of an i.MX RT "image vector table" and the code address that its boot ROM jumps to.

    The table: a header with tag 0xD1, length 0x0020 (big endian) and version 0x40 to 0x43, the entry, …, and its own
    address as the sixth word (NXP, mcux-sdk, fsl_flexspi_nor_boot.h; Teensy cores, teensy4/bootdata.c). Only an odd
    entry is code: NXP's own images point to their vector table instead.
    """
    for segment in image.segments:
        words = np.frombuffer(segment.data, dtype="<u4", count=len(segment.data) // 4)
        for index in np.flatnonzero((words & 0xF0FF_FFFF) == _BOOT_HEADER):
            own_addr = segment.load_addr + 4 * int(index)
            if index + 8 <= len(words) and words[index + 5] == own_addr and words[index + 1] % 2:
                return own_addr, int(words[index + 1])
    return None


def reset_state(image: Image, table_addr: int) -> tuple[int, int]:
    """Initial SP and PC (Thumb bit cleared) from the table at load address `table_addr`, or zeros."""
    for segment in image.segments:
        offset = table_addr - segment.load_addr
        if 0 <= offset <= len(segment.data) - 8:
            stack_addr, reset_addr = struct.unpack_from("<II", segment.data, offset)
            return stack_addr & ~3, reset_addr & ~1
    return 0, 0


@cache
def _known_names(kind: str) -> frozenset[str]:
    """The lower-case "symbols", "sections" or "resets" of vector_names.toml."""
    top = Table.load(_NAMES_FILE)
    return frozenset(name.lower() for row in top.tables(kind, minimum=1) for name in row.texts("names"))


class _Code:
    """What the words of a table are compared with."""

    def __init__(self, image: Image) -> None:
        with_data = [segment for segment in image.segments if segment.data]
        executable = [segment for segment in with_data if segment.is_executable] or with_data
        self._code = [(each.addr, each.addr + len(each.data)) for each in executable]
        self._constant = [
            (each.load_addr, each.load_addr + len(each.data))
            for each in with_data
            if not each.is_writable or each.addr != each.load_addr
        ]
        self._writable = [
            (each.addr, each.addr + each.memory_size_bytes) for each in image.segments if each.is_writable
        ]
        self._resets = {image.entry_addr & ~1} - {0} | {
            symbol.addr
            for symbol in image.symbols
            if symbol.linkage_name.lower() in _known_names("resets")
            and symbol.kind is not SymbolKind.ABSOLUTE
        }

    def is_handler(self, word: int) -> bool:
        """A Thumb address inside code."""
        return word % 2 == 1 and any(start <= word - 1 < end for start, end in self._code)

    def is_reset(self, word: int) -> bool:
        """The reset handler by name, or the ELF's entry."""
        return (word & ~1) in self._resets

    def is_stack(self, word: int) -> bool:
        """An address the stack can start at: the end of RAM is one, since SP is decremented first."""
        if not word or word % 4 or word > _EXTERNAL_RAM_END_ADDR:
            return False
        if any(start < word <= end for start, end in self._writable):
            return True
        if word < _LOWEST_RAM_ADDR or _PERIPHERALS_ADDR < word < _PERIPHERALS_END_ADDR:
            return False
        return not any(start < word < end for start, end in self._constant)

    def judge(self, segment: Segment, offset: int, name_rank_number: int) -> _Candidate | None:
        """The table at `offset` of a segment, if its words allow it."""
        words = struct.unpack_from(f"<{min(16, (len(segment.data) - offset) // 4)}I", segment.data, offset)
        if len(words) < 2 or not self.is_stack(words[0]) or not self.is_handler(words[1]):
            return None
        wrong = sum(
            1
            for index in _HANDLER_INDEXES
            if index < len(words) and words[index] and not self.is_handler(words[index])
        )
        return _Candidate(
            is_reset_unknown=not self.is_reset(words[1]),
            name_rank_number=name_rank_number,
            is_moved=segment.addr != segment.load_addr,
            odd_handlers_count=wrong,
            addr=segment.load_addr + offset,
        )


def _named_tables(image: Image, memory: _Code) -> Iterator[_Candidate]:
    """Tables at a symbol (rank 0) or section (rank 1) with one of the names toolchains use."""
    places = [
        (0, symbol.addr)
        for symbol in image.symbols
        if symbol.linkage_name.lower() in _known_names("symbols") and symbol.kind is not SymbolKind.ABSOLUTE
    ]
    places += [
        (1, section.addr) for section in image.sections if section.name.lower() in _known_names("sections")
    ]
    for rank, run_addr in places:
        for segment in image.segments:
            offset = run_addr - segment.addr
            if 0 <= offset <= len(segment.data) - 8 and run_addr % 4 == 0:
                candidate = memory.judge(segment, offset, rank)
                if candidate is not None:
                    yield candidate


def _scanned_tables(segment: Segment, memory: _Code) -> Iterator[_Candidate]:
    """Tables without a name; strict about the handlers, except at the very start of a segment."""
    offsets = _offsets_that_look_right(segment.data)
    aligned = [each for each in offsets if (segment.load_addr + each) % TABLE_ALIGNMENT_BYTES == 0]
    found = list(_strict(segment, memory, aligned)) or list(_strict(segment, memory, offsets))
    if not found and len(segment.data) >= 8:
        first = memory.judge(segment, 0, 3)
        found = [first] if first is not None else []
    yield from found


def _offsets_that_look_right(data: bytes) -> list[int]:
    """Where an even word is followed by three odd ones: SP, Reset, NMI, HardFault."""
    words_count = len(data) // 4
    if words_count < 16:
        return []
    words = np.frombuffer(data, dtype="<u4", count=words_count)
    odd = words % 2 == 1
    starts = (words[:-15] != 0) & (words[:-15] % 4 == 0) & odd[1:-14] & odd[2:-13] & odd[3:-12]
    return [int(index) * 4 for index in np.flatnonzero(starts)]


def _strict(segment: Segment, memory: _Code, offsets: list[int]) -> Iterator[_Candidate]:
    """Unnamed tables: NMI and HardFault must be handlers, and every other system handler one or zero."""
    for offset in offsets:
        nmi, hard_fault = struct.unpack_from("<II", segment.data, offset + 8)
        if memory.is_handler(nmi) and memory.is_handler(hard_fault):
            candidate = memory.judge(segment, offset, 2)
            if candidate is not None and candidate.odd_handlers_count == 0:
                yield candidate
