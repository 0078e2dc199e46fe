"""The redundancy coprocessor of the RP2350 (RCP, coprocessor 7): canaries and checks of values that must be right.

Encodings: pico-sdk 2.2, hardware/rcp.h. Canaries here come from a salt that never changes, and no instruction is
delayed (the chip delays those without "_nodelay" by up to 127 cycles). A failed check ends the run: it stops the chip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_TRUE, _FALSE, _INTEGER_XOR = 0xA500_A500, 0x00C3_00C3, 0x9600_9600
_BOOLEANS = (_TRUE, _FALSE)
_WORD = 0xFFFF_FFFF
_MULTIPLIER = 0x9E37_79B1  # an odd number, so that tags give different canaries


class Rcp:
    """Salted by the boot ROM; `fail` is told what was wrong."""

    def __init__(self, fail: Callable[[str], None]) -> None:
        self._fail = fail
        self.reset()

    def reset(self) -> None:
        """As the boot ROM leaves it."""
        self._salt = 0x5EED_CAFE
        self._count = 0
        self._random = 1

    def _canary(self, tag: int) -> int:
        return (self._salt ^ (tag + 1) * _MULTIPLIER) & _WORD

    def write(self, opcode: int, high: int, low: int, word: int) -> bool:
        """MCR p7, #opcode, word, c<high>, c<low>; False: no such instruction."""
        tag = high << 4 | low
        checks = {
            0: word == self._canary(tag),
            1: word in _BOOLEANS,
            2: word == _TRUE,
            3: word == _FALSE,
            5: tag == self._count,
        }
        if opcode == 4:
            self._count = tag
            return True
        if opcode not in checks:
            return False
        self._expect(checks[opcode], f"MCR p7, #{opcode}")
        if opcode == 5:
            self._count = self._count + 1 & 0xFF
        return True

    def write_pair(self, opcode: int, target: int, first: int, second: int) -> bool:
        """MCRR p7, #opcode, first, second, c<target>; False: no such instruction."""
        are_booleans = first in _BOOLEANS and second in _BOOLEANS
        checks = {
            0: are_booleans,
            1: first == second == _TRUE,
            2: are_booleans and _TRUE in (first, second),
            3: first ^ second in _BOOLEANS,
            4: first ^ second == _TRUE,
            5: first ^ second == _FALSE,
            6: first ^ second == _INTEGER_XOR,
            7: first == second,
        }
        if opcode == 8:
            self._salt = self._salt if target else first ^ second or 1
            return True
        if opcode not in checks:
            return False
        self._expect(checks[opcode], f"MCRR p7, #{opcode}")
        return True

    def read(self, opcode: int, high: int, low: int) -> int | None:
        """MRC p7, #opcode, Rt, c<high>, c<low>; None: no such instruction."""
        if opcode == 0:
            return self._canary(high << 4 | low)
        if opcode == 1:
            return _TRUE
        if opcode == 2:
            self._random = self._random * 0x41C6_4E6D + 12345 & _WORD
            return self._random >> 16 & 0xFF
        return None

    def operate(self) -> bool:
        """CDP p7: rcp_panic."""
        self._expect(False, "CDP p7 (rcp_panic)")
        return True

    def _expect(self, is_right: bool, what: str) -> None:
        if not is_right:
            self._fail(f"the redundancy coprocessor stopped the core: {what} found a wrong value")
