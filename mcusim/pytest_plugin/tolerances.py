"""@pytest.mark.mcusim_baseline: how far a run may be from its baseline; by default not at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.errors import UsageError, unknown_name
from mcusim.pytest_plugin.options import FAIL, PASS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.report.quantity import Number

CYCLES = "cycles"
QUANTITIES = (
    CYCLES,
    "latency_ms",
    "energy_uj",
    "peak_ram_bytes",
    "stack_bytes",
    "heap_bytes",
    "static_bytes",
    "flash_bytes",
)
_DERIVED = {"latency_ms", "energy_uj"}
"""Floating-point numbers that follow from cycles."""
ROUNDING_RATIO = 1e-6
"""Floating-point results of two computers may differ in their last digits; a cycle more of a million is more."""
_MARK = "mcusim_baseline"
_PERCENT = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*%")


@dataclass(frozen=True, slots=True)
class Tolerance:
    """A change in either direction that is let through: the larger of the two."""

    change_ratio: float = 0.0
    """Of the old number."""
    change_number: float = 0.0
    """Of the quantity's own unit."""

    def allows(self, old: Number, new: Number) -> bool:
        """Whether `new` is near enough to `old`."""
        return abs(new - old) <= max(abs(old) * self.change_ratio, self.change_number)


@dataclass(frozen=True, slots=True)
class Tolerances:
    """What a test says of its baseline."""

    given: tuple[tuple[str, Tolerance | None], ...] = ()
    """None: not compared."""
    better: str | None = None
    """FAIL or PASS; None: as the options say."""

    def of(self, name: str) -> Tolerance | None:
        """For a quantity; None: it is not compared. Latency and energy follow the cycles that they are made of."""
        given = dict(self.given)
        if name in given:
            found = given[name]
        elif name in _DERIVED and given.get(CYCLES) is not None:
            found = Tolerance((given[CYCLES] or Tolerance()).change_ratio)
        elif name in _DERIVED and CYCLES in given:
            return None
        else:
            found = Tolerance()
        if found is not None and name in _DERIVED:
            return Tolerance(max(found.change_ratio, ROUNDING_RATIO), found.change_number)
        return found


def tolerances_of(keywords: Mapping[str, object]) -> Tolerances:
    """From the marker's or check's keywords.

    Raises:
        UsageError: a value is no tolerance.
        UnknownNameError: there is no such keyword.
    """
    given: list[tuple[str, Tolerance | None]] = []
    for name, value in keywords.items():
        if name == "better":
            continue
        if name not in QUANTITIES:
            raise unknown_name("keyword", name, (*QUANTITIES, "better"), where=_MARK)
        given.append((name, None if value is None else _tolerance(name, value)))
    better = keywords.get("better")
    if better is not None and better not in (FAIL, PASS):
        raise UsageError(f"{_MARK}: better={better!r}", fix=f"write better='{FAIL}' or better='{PASS}'")
    return Tolerances(tuple(given), None if better is None else str(better))


def _tolerance(name: str, value: object) -> Tolerance:
    if isinstance(value, str) and (percent := _PERCENT.fullmatch(value.strip())):
        return Tolerance(change_ratio=float(percent[1]) / 100)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf"):
        return Tolerance(change_number=value)
    raise UsageError(
        f"{_MARK}: {name}={value!r} is no tolerance",
        fix=f"write {name}='1%', {name}=16 (of its own unit), or {name}=None for not compared",
    )
