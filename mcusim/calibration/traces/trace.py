"""A measured current over time, whatever instrument it is from, and the error of an unusable one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mcusim.errors import McusimError

Floats = NDArray[np.float64]
Bits = NDArray[np.bool_]


class TraceError(McusimError):
    """A measured trace cannot be used: damaged, in the wrong unit, or not of this firmware."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Samples in the order of the file."""

    path: str
    format: str
    time_s: Floats
    """As the file says, so that a user finds the place again; it need not begin at zero."""
    current_a: Floats
    digital: tuple[tuple[str, Bits], ...] = ()
    """Logic channels, as long as the samples: ("D0", levels) …"""
    supply_v: float | None = None
    """Mean of the voltage column, where there is one."""
    date: str = ""
    """When it was recorded, where the file says it."""
    notes: tuple[str, ...] = ()

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the logic channels."""
        return tuple(name for name, _ in self.digital)

    def between(self, begin_s: float, end_s: float) -> Trace:
        """The part of the trace with begin_s <= time < end_s."""
        kept = (self.time_s >= begin_s) & (self.time_s < end_s)
        return replace(
            self,
            time_s=self.time_s[kept],
            current_a=self.current_a[kept],
            digital=tuple((name, levels[kept]) for name, levels in self.digital),
        )
