"""Host memory behind the guest's RAM and flash, its aliases, and the firmware's bytes in it."""

from __future__ import annotations

import ctypes
import mmap
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.board.schema import Medium
from mcusim.errors import FirmwareFileError

if TYPE_CHECKING:
    from mcusim.board.schema import Chip, MemoryRegion
    from mcusim.firmware.image import Image, Segment
    from mcusim.machine.cpu import Cpu

_PAGE_BYTES = 4096  # Unicorn maps whole pages
_ERASED = b"\xff"


@dataclass(frozen=True, slots=True)
class Mapped:
    """A region and where its bytes live in the host."""

    region: MemoryRegion
    buffer: mmap.mmap
    buffer_offset_bytes: int
    host_addr: int
    mapped_bytes: int


class Memory:
    """All plain memory of a chip."""

    def __init__(self, chip: Chip, cpu: Cpu) -> None:
        self._cpu = cpu
        self.mapped: list[Mapped] = []
        owners: dict[str, mmap.mmap] = {}
        for region in sorted(chip.regions, key=lambda each: bool(each.alias_of)):
            size_bytes = -(-region.size_bytes // _PAGE_BYTES) * _PAGE_BYTES
            if not region.alias_of:
                owners[region.name] = buffer = _own_pages(size_bytes)
                if region.medium is not Medium.SRAM:
                    buffer[:] = _ERASED * size_bytes
            buffer = owners[region.alias_of or region.name]
            offset_bytes = region.alias_offset_bytes if region.alias_of else 0
            size_bytes = min(size_bytes, len(buffer) - offset_bytes)
            host_addr = ctypes.addressof(ctypes.c_char.from_buffer(buffer)) + offset_bytes
            self.mapped.append(Mapped(region, buffer, offset_bytes, host_addr, size_bytes))
            cpu.map_memory(region.start_addr, size_bytes, host_addr, is_writable=region.medium is Medium.SRAM)

    def region_at(self, addr: int) -> MemoryRegion | None:
        """The region that holds `addr`."""
        found = self._mapped_at(addr)
        return found.region if found else None

    def _mapped_at(self, addr: int) -> Mapped | None:
        for each in self.mapped:
            if each.region.start_addr <= addr < each.region.end_addr:
                return each
        return None

    def allow_flash_writes(self, is_allowed: bool) -> None:
        """Unlock or lock flash for the guest's stores."""
        for each in self.mapped:
            if each.region.medium is Medium.FLASH:
                self._cpu.protect(each.region.start_addr, each.mapped_bytes, is_writable=is_allowed)

    def read(self, addr: int, size_bytes: int) -> bytes | None:
        """Bytes at `addr`, or None when they are not all in one region."""
        found = self._mapped_at(addr)
        if found is None or addr + size_bytes > found.region.end_addr:
            return None
        start = found.buffer_offset_bytes + addr - found.region.start_addr
        return found.buffer[start : start + size_bytes]

    def write(self, addr: int, data: bytes) -> bool:
        """Write bytes into one region; False when they do not fit in one."""
        found = self._mapped_at(addr)
        if found is None or addr + len(data) > found.region.end_addr:
            return False
        start = found.buffer_offset_bytes + addr - found.region.start_addr
        found.buffer[start : start + len(data)] = data
        return True

    def load(self, image: Image, board_name: str) -> None:
        """Put every segment where a flash tool would.

        Raises:
            FirmwareFileError: a segment lies outside the board's memory.
        """
        for segment in image.segments:
            if segment.data:
                self._load_segment(segment, image, board_name)
            elif self._mapped_at(segment.addr) is None:
                raise _does_not_fit(segment, segment.addr, image, board_name, self.mapped)

    def _load_segment(self, segment: Segment, image: Image, board_name: str) -> None:
        # Some linkers leave p_paddr 0 or meaningless: then the run-time address is where the debugger loads it.
        if not self.write(segment.load_addr, segment.data) and not self.write(segment.addr, segment.data):
            raise _does_not_fit(segment, segment.load_addr, image, board_name, self.mapped)


def _own_pages(size_bytes: int) -> mmap.mmap:
    """Zeros that a copy of this process gets copies of (forks.py): where a system can, pages are shared by default."""
    if sys.platform == "win32":
        return mmap.mmap(-1, size_bytes)
    return mmap.mmap(-1, size_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANON)


def _does_not_fit(
    segment: Segment, addr: int, image: Image, board_name: str, mapped: list[Mapped]
) -> FirmwareFileError:
    size_bytes = max(len(segment.data), segment.memory_size_bytes)
    regions = ", ".join(
        f"{each.region.name} 0x{each.region.start_addr:08X}-0x{each.region.end_addr - 1:08X}"
        for each in mapped
        if not each.region.alias_of
    )
    return FirmwareFileError(
        f"the firmware does not fit board '{board_name}'",
        where=f"{image.path}, segment at 0x{addr:08X}, {size_bytes} bytes",
        why=f"the board's memory is {regions}",
        fix="choose the board the firmware was linked for (mcusim boards lists them)",
    )
