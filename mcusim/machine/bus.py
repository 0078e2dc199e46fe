"""Routes accesses outside plain memory to devices; remembers and counts what nothing models."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.recording.recording import UnmodelledAccess

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.machine.devices.device import Device
    from mcusim.machine.polls import PollBreaker

_BIT_BAND = ((0x2200_0000, 0x2000_0000), (0x4200_0000, 0x4000_0000))  # alias, target; 32 MiB onto 1 MiB each
_BIT_BAND_ALIAS_BYTES = 0x0200_0000


@dataclass(frozen=True, slots=True)
class Attached:
    """A device at its place."""

    start_addr: int
    end_addr: int
    name: str
    device: Device


@dataclass(slots=True)
class _Count:
    device: str
    reads_count: int = 0
    writes_count: int = 0


class Bus:
    """The peripheral address space."""

    def __init__(self, polls: PollBreaker, after_access: Callable[[], None], *, has_bit_band: bool) -> None:
        self._polls = polls
        self._after_access = after_access
        self._has_bit_band = has_bit_band
        self._attached: list[Attached] = []
        self._starts: list[int] = []
        self._is_nested = False
        self._remembered: dict[int, int] = {}
        self._counts: dict[int, _Count] = {}
        self.read_memory: Callable[[int, int], bytes | None] = lambda _addr, _size: None
        self.write_memory: Callable[[int, bytes], bool] = lambda _addr, _data: False

    def attach(self, name: str, start_addr: int, size_bytes: int, device: Device) -> None:
        """Put a device at an address range."""
        self._attached.append(Attached(start_addr, start_addr + size_bytes, name, device))
        self._attached.sort(key=lambda each: each.start_addr)
        self._starts = [each.start_addr for each in self._attached]
        ends = [each.end_addr for each in self._attached]
        self._is_nested = any(end > start for end, start in zip(ends, self._starts[1:], strict=False))

    def reset(self) -> None:
        """Reset every device; forget what unmodelled registers remembered."""
        self._remembered.clear()
        for each in self._attached:
            each.device.reset()

    @property
    def attached(self) -> tuple[Attached, ...]:
        """Devices by address."""
        return tuple(self._attached)

    def _find(self, addr: int) -> Attached | None:
        # A device may lie inside another's range (DBGMCU in the private peripheral bus): the inner one comes first.
        for position in range(bisect_right(self._starts, addr) - 1, -1, -1):
            if addr < self._attached[position].end_addr:
                return self._attached[position]
            if not self._is_nested:
                return None
        return None

    def read(self, addr: int, size_bytes: int) -> int:
        """A guest read of 1, 2 or 4 bytes."""
        alias = self._bit_alias(addr)
        if alias is not None:
            target_addr, bit = alias
            return self._read_byte(target_addr) >> bit & 1
        value = self._read(addr, size_bytes)
        self._after_access()
        return value

    def write(self, addr: int, size_bytes: int, value: int) -> None:
        """A guest write of 1, 2 or 4 bytes."""
        alias = self._bit_alias(addr)
        if alias is not None:
            self._write_bit(*alias, value & 1)
        else:
            self._write(addr, size_bytes, value)
        self._after_access()

    def transfer_in(self, addr: int, size_bytes: int) -> int:
        """A DMA controller's read: no loop of the core waits here."""
        found = self._find(addr)
        if found is not None and not found.device.unmodelled:
            return found.device.read(addr - found.start_addr, size_bytes)
        self._count(addr, found).reads_count += 1
        word = (
            found.device.read((addr & ~3) - found.start_addr, 4)
            if found
            else self._remembered.get(addr & ~3, 0)
        )
        return word >> 8 * (addr & 3) & (1 << 8 * size_bytes) - 1

    def transfer_out(self, addr: int, size_bytes: int, value: int) -> None:
        """A DMA controller's write."""
        self._write(addr, size_bytes, value)

    def _read(self, addr: int, size_bytes: int) -> int:
        found = self._find(addr)
        if found is not None and not found.device.unmodelled:
            self._polls.other_access()
            return found.device.read(addr - found.start_addr, size_bytes)
        self._count(addr, found).reads_count += 1
        word_addr, shift = addr & ~3, 8 * (addr & 3)
        if found is not None:
            word = found.device.read(word_addr - found.start_addr, 4)
        else:
            word = self._remembered.get(word_addr, 0)
        answer = self._polls.read(word_addr, word, shift)
        if answer != word:
            self._store(word_addr, answer, found)
        return answer >> shift & (1 << 8 * size_bytes) - 1

    def _write(self, addr: int, size_bytes: int, value: int) -> None:
        found = self._find(addr)
        self._polls.other_access()
        if found is not None and not found.device.unmodelled:
            found.device.write(addr - found.start_addr, size_bytes, value)
            return
        self._count(addr, found).writes_count += 1
        if found is not None:
            found.device.write(addr - found.start_addr, size_bytes, value)
            return
        word_addr, shift = addr & ~3, 8 * (addr & 3)
        mask = ((1 << 8 * size_bytes) - 1) << shift
        self._remembered[word_addr] = self._remembered.get(word_addr, 0) & ~mask | value << shift & mask

    def _store(self, word_addr: int, value: int, found: Attached | None) -> None:
        if found is not None:
            found.device.write(word_addr - found.start_addr, 4, value)
        else:
            self._remembered[word_addr] = value

    def _count(self, addr: int, found: Attached | None) -> _Count:
        return self._counts.setdefault(addr & ~3, _Count(found.name if found else ""))

    def _bit_alias(self, addr: int) -> tuple[int, int] | None:
        """(byte address, bit) behind a bit-band alias address (ARMv7-M ARM, B3.1; PM0214 2.2.5)."""
        if self._has_bit_band:
            for alias_addr, target_addr in _BIT_BAND:
                offset = addr - alias_addr
                if 0 <= offset < _BIT_BAND_ALIAS_BYTES:
                    return target_addr + offset // 32, offset // 4 % 8
        return None

    def _read_byte(self, addr: int) -> int:
        data = self.read_memory(addr, 1)
        return data[0] if data else self._read(addr & ~3, 4) >> 8 * (addr & 3) & 0xFF

    def _write_bit(self, addr: int, bit: int, value: int) -> None:
        data = self.read_memory(addr, 1)
        if data:
            self.write_memory(addr, bytes([data[0] & ~(1 << bit) | value << bit]))
            return
        shift = 8 * (addr & 3) + bit
        word = self._read(addr & ~3, 4)
        self._write(addr & ~3, 4, word & ~(1 << shift) | value << shift)

    @property
    def unmodelled(self) -> tuple[UnmodelledAccess, ...]:
        """Registers that nothing models, by address."""
        return tuple(
            UnmodelledAccess(addr, each.device, each.reads_count, each.writes_count)
            for addr, each in sorted(self._counts.items())
        )
