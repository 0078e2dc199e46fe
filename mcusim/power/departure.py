"""A reading of a current table, and what happens to it where a run leaves the table: value, band, basis and a note."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from mcusim.power.schema import CurrentPoint, Workload
from mcusim.provenance import Basis, weakest


@dataclass(frozen=True, slots=True)
class Departure:
    """What leaving the table does to the value and the band, and what to tell the reader."""

    value_ratio: float = 1.0
    low_ratio: float = 1.0
    high_ratio: float = 1.0
    note: str = ""


NONE = Departure()


@dataclass(frozen=True, slots=True)
class Reading:
    """A current with its band."""

    value_a: float
    low_a: float
    high_a: float
    basis: Basis
    sources: tuple[str, ...]
    notes: tuple[str, ...] = ()
    table_ratio: float = 1.0
    """Share of it that was taken with the peripherals off; the rest was measured with those of some firmware on."""

    def departed(self, departure: Departure) -> Reading:
        """The same beyond the table: it is an assumption from here on, and says so."""
        if departure == NONE:
            return self
        return replace(
            self,
            value_a=self.value_a * departure.value_ratio,
            low_a=self.low_a * departure.value_ratio * departure.low_ratio,
            high_a=self.high_a * departure.value_ratio * departure.high_ratio,
            basis=Basis.ASSUMED,
            notes=(*self.notes, departure.note),
        )

    def plus(self, value_a: float, low_a: float, high_a: float) -> Reading:
        """The same with another current and its band on top."""
        return replace(
            self, value_a=self.value_a + value_a, low_a=self.low_a + low_a, high_a=self.high_a + high_a
        )

    def citing(self, source: str) -> Reading:
        """The same, which also rests on this."""
        return replace(self, sources=tuple(dict.fromkeys((*self.sources, source))))

    def times(self, ratio: float) -> Reading:
        """The same in another unit (power instead of current), or back."""
        return replace(
            self, value_a=self.value_a * ratio, low_a=self.low_a * ratio, high_a=self.high_a * ratio
        )


def reading_of(point: CurrentPoint) -> Reading:
    """A point of a table as inference draws it."""
    basis = point.provenance.basis
    if point.scale_ratio != 1.0:  # table x ratio is a derived number, however good the table
        basis = weakest([basis, Basis.DERIVED])
    return Reading(
        value_a=point.current_a * point.scale_ratio,
        low_a=point.current_a * point.low_ratio,
        high_a=point.current_a * point.high_ratio,
        basis=basis,
        sources=(point.provenance.source,),
        table_ratio=0.0 if point.workload is Workload.INFERENCE else 1.0,
    )


def on_line(first: Reading, second: Reading, share_ratio: float) -> Reading:
    """So much of the way from one reading to the other, on a straight line."""

    def between(one: float, other: float) -> float:
        return one + share_ratio * (other - one)

    return Reading(
        value_a=between(first.value_a, second.value_a),
        low_a=between(first.low_a, second.low_a),
        high_a=between(first.high_a, second.high_a),
        basis=weakest([first.basis, second.basis]),
        sources=tuple(dict.fromkeys(first.sources + second.sources)),
        notes=tuple(dict.fromkeys(first.notes + second.notes)),
        table_ratio=between(first.table_ratio, second.table_ratio),
    )


def on_exponential(first: Reading, second: Reading, share_ratio: float) -> Reading:
    """The same on a curve that is straight in the logarithm; on a line where a current is zero."""

    def between(one: float, other: float) -> float:
        if min(one, other) <= 0:
            return one + share_ratio * (other - one)
        return math.exp(math.log(one) + share_ratio * (math.log(other) - math.log(one)))

    return replace(
        on_line(first, second, share_ratio),
        value_a=between(first.value_a, second.value_a),
        low_a=between(first.low_a, second.low_a),
        high_a=between(first.high_a, second.high_a),
    )
