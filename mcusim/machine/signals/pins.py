"""Watches the pins that the user names, as a logic analyser does."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

from mcusim.errors import UnknownNameError, UsageError
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

    def __init__(self, now: Callable[[], tuple[int, Fraction]]) -> None:
        """`now` gives cycles and simulated seconds since reset."""
        self._pins: dict[str, _Pin] = {}
        self._now = now
        self._driven: set[str] = set()

    def watch(self, wanted: tuple[str, ...], known: tuple[str, ...]) -> None:
        """Record the edges of the pins `wanted`; PA05 and pa5 are the same pin.

        Raises:
            UnknownNameError: a pin is not one of the board's.
            UsageError: nothing on this board tells about its pins.
        """
        if wanted and not known:
            raise UsageError("no pin of this board can be watched", why="its chip file has no port of pins")
        names = {_plain(name): name for name in known}
        for pin in wanted:
            if _plain(pin) not in names:
                raise _unknown_pin(pin, known)
            self._pins[names[_plain(pin)]] = _Pin()

    def set(self, pin: str, level: int) -> None:
        """`pin` has this level now."""
        watched = self._pins.get(pin)
        if watched is None:
            return
        self._driven.add(pin)
        if watched.is_high == bool(level):
            return
        cycles, seconds_s = self._now()
        now_ns = round(seconds_s * _NS_PER_S)
        if watched.is_high:
            watched.high_ns += now_ns - watched.high_since_ns
        watched.is_high, watched.high_since_ns = bool(level), now_ns
        watched.edges_count += 1
        if len(watched.edges) < _EDGES_KEPT_MAX:
            watched.edges.append((cycles, now_ns, level))

    def complaints(self) -> list[str]:
        """What the user would otherwise look for in an empty trace."""
        texts = []
        for name, pin in self._pins.items():
            if not pin.edges_count:
                why = "it stayed low" if name in self._driven else "the firmware never made it an output"
                texts.append(f"--pin {name}: no edge was seen: {why}")
            elif pin.edges_count > _EDGES_KEPT_MAX:
                texts.append(
                    f"--pin {name}: only the first {_EDGES_KEPT_MAX} of {pin.edges_count} edges were kept"
                )
        return texts

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


def _plain(name: str) -> str:
    return re.sub(r"\d+", lambda found: str(int(found[0])), name.strip().upper())


def _unknown_pin(pin: str, known: tuple[str, ...]) -> UnknownNameError:
    near = get_close_matches(_plain(pin), known, n=3)
    examples = near or [known[0], known[len(known) // 2], known[-1]]
    return UnknownNameError(
        f"this board has no pin '{pin}'", fix=f"use the chip vendor's names, as in {', '.join(examples)}"
    )
