"""Instruction fetch of the Cortex-M3 and M4 at zero wait states: an aligned word a cycle into a small buffer.

Not modelled: flash wait states (added per edge at run time), and the fetches behind a taken branch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.timing.cost import FetchPort


class FetchBuffer:
    """Which cycle an instruction can be decoded in.

    A word may be requested when the word whose place it takes has been consumed, that is when that word's
    last instruction leaves decode. If that instruction was held in decode by an execute stall, the fetch
    unit, which had stopped, restarts one cycle later. This bubble makes runs of 32-bit instructions at 2
    mod 4 behind a load or LDM lose a cycle (measured: eprint 2025/523; MLPerf Tiny submissions on
    STM32L4R5); aligned code loses nothing.

    A `port` delays the first word of a line (measured: curve9767 on an STM32F407 with prefetch off, AES with its
    tables in flash on the same chip; docs/concepts/timing.md).
    """

    __slots__ = (
        "_busy",
        "_capacity_count",
        "_consumed_at",
        "_first_addr",
        "_port",
        "_requested_at",
        "_was_held",
        "decode_free",
    )

    def __init__(self, capacity_words_count: int, port: FetchPort | None = None) -> None:
        self._capacity_count = capacity_words_count
        self._port = port
        self._busy: set[int] = set()
        self.decode_free = 0
        self.redirect(0, 0)

    def redirect(self, addr: int, requested_at: int) -> None:
        """Start over at `addr`, whose word is requested in cycle `requested_at`."""
        self._first_addr = addr & ~3
        self._requested_at = [requested_at]
        self._consumed_at: list[int] = []
        self._was_held: list[bool] = []
        self.decode_free = requested_at + 2  # address phase, data phase

    def decoded_at(self, addr: int, size_bytes: int) -> int:
        """The first cycle in which the instruction's last word is there and the decoder is free."""
        last_index = (addr + size_bytes - 1 - self._first_addr) >> 2
        requested_at = self._requested_at
        while len(requested_at) <= last_index:
            request = requested_at[-1] + 1
            blocking_index = len(requested_at) - self._capacity_count
            if 0 <= blocking_index < len(self._consumed_at):
                consumed = self._consumed_at[blocking_index]
                if consumed > request:
                    request = consumed + self._was_held[blocking_index]
            if self._port is not None:
                request = self._delayed(request, len(requested_at), self._port)
            requested_at.append(request)
        return max(requested_at[last_index] + 2, self.decode_free)

    def _delayed(self, request: int, index: int, port: FetchPort) -> int:
        """When the port takes the request of the stream's word `index`."""
        if (self._first_addr + 4 * index) % port.line_bytes:
            return request
        request += port.new_line_cycles
        while request in self._busy:
            request += 1
        return request

    def data_read(self, start: int, words_count: int) -> None:
        """A load that starts in cycle `start` reads flash, a word a cycle."""
        if self._port is not None and self._port.is_shared_with_data:
            self._busy.update(range(start, start + words_count))

    def consume(self, end_addr: int, decoded_at: int, left_decode_at: int) -> None:
        """The instruction that ends at `end_addr` left decode; whole words before that address are free."""
        used_count = (end_addr - self._first_addr) >> 2
        while len(self._consumed_at) < used_count:
            self._consumed_at.append(left_decode_at)
            self._was_held.append(left_decode_at > decoded_at)
