"""The values that reports are made of."""

from __future__ import annotations

from dataclasses import dataclass

Number = int | float
Value = int | float | str | tuple[int | float | None, ...] | None
"""A firmware variable: a number, text, or an array; None where it is not a number (NaN, infinity)."""


@dataclass(frozen=True, slots=True)
class Band:
    """A number that is not exact: the true one is expected between `low` and `high`."""

    value: float
    low: float
    high: float
    basis: str
    """The weakest basis of what it was computed from: measured, datasheet, derived or assumed."""
