"""Watches the pins that the user names, as a logic analyser does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mcusim.recording.recording import PinEdges

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

_EDGES_KEPT_MAX = 10_000
_NS_PER_S = 1_000_000_000


@dataclass(slots=True)
class _Pin:
    is_high: bool = False
    edges_count: int = 0
    high_since_ns: int = 0
    high_ns: int = 0
    edges: list[tuple[int, int, int]] = field(default_factory=list)


class PinRecorder:
    """Edges of the watched pins, with their time; a pin starts low."""

    def __init__(self, pins: tuple[str, ...], now: Callable[[], tuple[int, Fraction]]) -> None:
        """`now` gives cycles and simulated seconds since reset."""
        self._pins = {pin: _Pin() for pin in pins}
        self._now = now
        self.driven: set[str] = set()

    def set(self, pin: str, level: int) -> None:
        """`pin` has this level now."""
        self.driven.add(pin)
        watched = self._pins.get(pin)
        if watched is None or watched.is_high == bool(level):
            return
        cycles, seconds_s = self._now()
        now_ns = round(seconds_s * _NS_PER_S)
        if watched.is_high:
            watched.high_ns += now_ns - watched.high_since_ns
        watched.is_high, watched.high_since_ns = bool(level), now_ns
        watched.edges_count += 1
        if len(watched.edges) < _EDGES_KEPT_MAX:
            watched.edges.append((cycles, now_ns, level))

    def finished(self) -> tuple[PinEdges, ...]:
        """What was seen, with the time of pins that are still high."""
        now_ns = round(self._now()[1] * _NS_PER_S)
        return tuple(
            PinEdges(
                pin,
                tuple(each.edges),
                each.edges_count,
                each.high_ns + (now_ns - each.high_since_ns if each.is_high else 0),
            )
            for pin, each in self._pins.items()
        )
