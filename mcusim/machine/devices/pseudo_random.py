"""Numbers for random number generators: the same in every run of a firmware."""

from __future__ import annotations

_SEED = 0x2545_F491
_WORD_MASK = 0xFFFF_FFFF


class PseudoRandom:
    """xorshift32 (Marsaglia, Xorshift RNGs, 2003: 13, 17, 5) with a fixed seed; it starts over at a chip reset."""

    def __init__(self) -> None:
        self._state = _SEED

    def restart(self) -> None:
        """Back to the seed."""
        self._state = _SEED

    def word(self) -> int:
        """The next 32 bits."""
        state = self._state
        state ^= state << 13 & _WORD_MASK
        state ^= state >> 17
        state ^= state << 5 & _WORD_MASK
        self._state = state
        return state
