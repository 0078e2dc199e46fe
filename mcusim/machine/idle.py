"""Decides when firmware that only waits will never do anything else."""

from __future__ import annotations

from fractions import Fraction

_IDLE_LIMIT_S = Fraction(1)


class IdleWatch:
    """Knows how long nothing but waiting and interrupts has happened since the last sign of work."""

    def __init__(self) -> None:
        self._signs: tuple[int, ...] = ()
        self._since_s = Fraction(0)

    def has_ended(self, now_s: Fraction, signs: tuple[int, ...]) -> bool:
        """True when `signs` (console bytes, region calls …) have not moved for a second of simulated time."""
        if signs != self._signs:
            self._signs, self._since_s = signs, now_s
        return now_s - self._since_s >= _IDLE_LIMIT_S
