"""SEGGER RTT: the debug probe's side of the ring buffers that firmware prints into (channel 0 of each direction).

The layout is that of SEGGER_RTT.h: char acID[16]; int MaxNumUpBuffers, MaxNumDownBuffers; then the descriptors
{sName, pBuffer, SizeOfBuffer, WrOff, RdOff, Flags} of the buffers upwards and downwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.machine.host import MachineHost
    from mcusim.machine.memory import Memory
    from mcusim.machine.signals.serial_ports import SerialPort

CHANNEL = "RTT"
_IDENTIFIER = b"SEGGER RTT"
_COUNTS_OFFSET, _BUFFERS_OFFSET, _DESCRIPTOR_BYTES = 16, 24, 24
_WRITE_OFFSET, _READ_OFFSET = 12, 16
_LARGEST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class _Ring:
    addr: int
    """Of the descriptor."""
    buffer_addr: int
    size_bytes: int
    write_index: int
    read_index: int


class RttProbe:
    """Empties the buffer upwards into the console and fills the one downwards from what is connected to "RTT"."""

    def __init__(self, block_addr: int, host: MachineHost, memory: Memory) -> None:
        self._block_addr, self._host, self._memory = block_addr, host, memory
        self._port: SerialPort = host.serial_port(CHANNEL)

    def poll(self) -> None:
        """What a probe does every millisecond."""
        if self._memory.read(self._block_addr, len(_IDENTIFIER)) != _IDENTIFIER:
            return
        ups_count = self._word(self._block_addr + _COUNTS_OFFSET)
        first_addr = self._block_addr + _BUFFERS_OFFSET
        up = self._ring(first_addr)
        if ups_count and up is not None:
            self._empty(up)
        down = self._ring(first_addr + ups_count * _DESCRIPTOR_BYTES)
        if self._word(self._block_addr + _COUNTS_OFFSET + 4) and down is not None:
            self._fill(down)

    def _empty(self, ring: _Ring) -> None:
        if ring.read_index == ring.write_index:
            return
        if ring.write_index > ring.read_index:
            data = self._bytes(ring.buffer_addr + ring.read_index, ring.write_index - ring.read_index)
        else:
            data = self._bytes(ring.buffer_addr + ring.read_index, ring.size_bytes - ring.read_index)
            data += self._bytes(ring.buffer_addr, ring.write_index)
        self._memory.write(ring.addr + _READ_OFFSET, ring.write_index.to_bytes(4, "little"))
        self._host.emit(CHANNEL, data)

    def _fill(self, ring: _Ring) -> None:
        index = ring.write_index
        while self._port.has_bytes and (index + 1) % ring.size_bytes != ring.read_index:
            self._memory.write(ring.buffer_addr + index, bytes([self._port.next_byte()]))
            index = (index + 1) % ring.size_bytes
        if index != ring.write_index:
            self._memory.write(ring.addr + _WRITE_OFFSET, index.to_bytes(4, "little"))

    def _ring(self, addr: int) -> _Ring | None:
        """The buffer with its descriptor at `addr`; None before firmware has set it up."""
        words = [self._word(addr + offset) for offset in range(4, 20, 4)]
        ring = _Ring(addr, *words)
        is_sound = 0 < ring.size_bytes <= _LARGEST_BYTES
        return ring if is_sound and max(ring.write_index, ring.read_index) < ring.size_bytes else None

    def _word(self, addr: int) -> int:
        return int.from_bytes(self._bytes(addr, 4), "little")

    def _bytes(self, addr: int, size_bytes: int) -> bytes:
        return self._memory.read(addr, size_bytes) or b"" if size_bytes else b""
