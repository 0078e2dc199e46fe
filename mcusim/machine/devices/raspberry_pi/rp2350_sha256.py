"""SHA-256 accelerator of the RP2350: 16 words make a block; the digest of a block takes 57 cycles.

FIPS 180-4, 6.2.2, for what a block does; the constants are the fractions of roots of primes (4.2.2 and 5.3.3).
"""

from __future__ import annotations

import struct
from math import isqrt
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import WORD_MASK, Register, command, read_only
from mcusim.machine.devices.ticks import Alarm

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_START, _READY, _VALID, _NOT_READY, _SWAP = 1 << 0, 1 << 1, 1 << 2, 1 << 4, 1 << 12
_DATA_OFFSET = 0x04
_BLOCK_BYTES = 64
_DIGEST_CYCLES = 57
_ROUNDS_COUNT, _STATE_WORDS = 64, 8


def _primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % each for each in found):
            found.append(number)
        number += 1
    return found


def _cube_root(number: int) -> int:
    low, high = 0, 1 << (number.bit_length() // 3 + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**3 <= number else (low, middle)
    return low


_ROUND_CONSTANTS = tuple(_cube_root(prime << 96) & WORD_MASK for prime in _primes(_ROUNDS_COUNT))
INITIAL_STATE = tuple(isqrt(prime << 64) & WORD_MASK for prime in _primes(_STATE_WORDS))


def _rotated(word: int, *counts: int) -> int:
    result = 0
    for count in counts:
        result ^= word >> count | word << (32 - count)
    return result & WORD_MASK


def digest_block(state: tuple[int, ...], words: list[int]) -> tuple[int, ...]:
    """The hash value after one more block of 16 words."""
    schedule = list(words)
    for index in range(16, _ROUNDS_COUNT):
        early, late = schedule[index - 15], schedule[index - 2]
        small_0, small_1 = _rotated(early, 7, 18) ^ early >> 3, _rotated(late, 17, 19) ^ late >> 10
        schedule.append(schedule[index - 16] + small_0 + schedule[index - 7] + small_1 & WORD_MASK)
    a, b, c, d, e, f, g, h = state
    for constant, word in zip(_ROUND_CONSTANTS, schedule, strict=True):
        first = h + _rotated(e, 6, 11, 25) + (e & f ^ ~e & g) + constant + word
        second = _rotated(a, 2, 13, 22) + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = first + second & WORD_MASK, a, b, c, d + first & WORD_MASK, e, f, g
    return tuple(old + new & WORD_MASK for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True))


class Rp2350Sha256(Rp2040Device):
    """Publishes the request line "SHA256"."""

    # Offsets, bits and the 57 cycles: pico-sdk 2.2, hardware/regs/sha256.h.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CSR": Register(0x00, 0x1200, writable_mask=0x1300),
        "WDATA": command(_DATA_OFFSET),
        **{f"SUM{index}": read_only(0x08 + 4 * index) for index in range(_STATE_WORDS)},
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._data = bytearray()
        self._state = INITIAL_STATE
        self._is_started = False
        self._alarm = Alarm(host, self._digested)

    def reset(self) -> None:
        """Ready."""
        super().reset()
        self._data.clear()
        self._is_started = False
        self._alarm.cancel()
        self._update()

    def load(self, name: str) -> int:
        """Readiness."""
        value = super().load(name)
        if name != "CSR":
            return value
        is_busy = self._alarm.is_set
        return value | (0 if is_busy else _READY) | (0 if is_busy or self._data else _VALID)

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Bytes and halfwords make words; a set error bit goes by the clear alias too."""
        if offset & 0xFFC == _DATA_OFFSET:
            self._take((value & (1 << 8 * size_bytes) - 1).to_bytes(size_bytes, "little"))
            return
        if offset & 0xFFF == 0 and offset >> 12 != 1 and value & _NOT_READY:
            self.set_bits("CSR", _NOT_READY, False)
        super().write(offset, size_bytes, value)

    def after_write(self, name: str, written: int) -> None:
        """Begin a sum."""
        if name == "CSR" and written & _START:
            self._state = INITIAL_STATE
            self._data.clear()
            self._alarm.cancel()
            self._is_started = True
            self._show()
        self._update()

    def _take(self, data: bytes) -> None:
        if self._alarm.is_set:
            self.set_bits("CSR", _NOT_READY, True)
            return
        self._data += data
        if len(self._data) >= _BLOCK_BYTES:
            self._alarm.set(self.host.now_cycles + _DIGEST_CYCLES)
        self._update()

    def _digested(self) -> None:
        code = ">16I" if self.values["CSR"] & _SWAP else "<16I"
        words = list(struct.unpack(code, self._data[:_BLOCK_BYTES]))
        self._state = digest_block(self._state, words)
        self._data.clear()
        self._show()
        self._update()

    def _show(self) -> None:
        self.values.update((f"SUM{index}", word) for index, word in enumerate(self._state))

    def _update(self) -> None:
        self.host.dma_net.set_request("SHA256", self._is_started and not self._alarm.is_set)
