"""What `--fail-on` says: how much a number may change from one run to another. Parsing only, no comparing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from math import isclose

from mcusim.errors import UsageError
from mcusim.report.comparison import Change, RowChange
from mcusim.report.quantity import Number

METRICS = {
    "cycles": ("cycles", {"": 1.0, "k": 1e3, "M": 1e6, "cycles": 1.0}),
    "latency_ms": ("s", {"": 1e-3, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6}),
    "energy_uj": ("J", {"": 1e-6, "J": 1.0, "mJ": 1e-3, "uJ": 1e-6, "µJ": 1e-6, "nJ": 1e-9}),
    "peak_ram_bytes": ("bytes", {}),
    "stack_bytes": ("bytes", {}),
    "heap_bytes": ("bytes", {}),
    "static_bytes": ("bytes", {}),
    "flash_bytes": ("bytes", {}),
}
"""The totals, their units in a Comparison, and what may stand behind a number of them."""
_FRACTIONAL = frozenset({"s", "J"})
_ROUNDING_RATIO = 1e-9  # far above what rounding does to a difference, far below what anybody limits
ROWS = ("kernel", "layer", "function")
_BYTES = {"": 1.0, "B": 1.0, "kB": 1000.0, "KiB": 1024.0, "MiB": 1024.0**2}
_SYNTAX = re.compile(
    r"\s*([a-z_]+)(?::(.*?))?\s*(>=|<=|>|<)\s*([+-]?[\d_]*\.?\d+(?:[eE][+-]?\d{1,2})?)\s*([%A-Za-zµ]*)\s*"
)
_EXAMPLES = (
    'write for example --fail-on "cycles>1%", "kernel:arm_convolve_s8>500", "stack_bytes>0" or "layer:3>2%"'
)


@dataclass(frozen=True, slots=True)
class ChangeLimit:
    """One limit; past it, the comparison fails."""

    text: str
    """As the user wrote it."""
    metric: str
    """A key of METRICS; "cycles" for rows."""
    rows: str
    """"kernel", "layer" or "function"; empty: a total."""
    name: str
    """Of the row, with "*" for any; empty for a total."""
    operator: str
    """">", ">=", "<" or "<="."""
    limit: Number
    """In the metric's SI unit, or a ratio."""
    is_relative: bool

    def is_past(self, value: float) -> bool:
        """Whether a change (or its ratio) is past the limit."""
        if self._is_at(value):
            return self.operator.endswith("=")
        return value > self.limit if self.operator.startswith(">") else value < self.limit

    def _is_at(self, value: float) -> bool:
        """Counts are exact; 1.5 µJ minus 1 µJ is not quite 0.5 µJ in binary."""
        is_count = METRICS[self.metric][0] not in _FRACTIONAL
        return value == self.limit or (not is_count and isclose(value, self.limit, rel_tol=_ROUNDING_RATIO))


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A limit that was passed."""

    limit: ChangeLimit
    change: Change
    row: RowChange | None
    """The kernel, layer or function; None for a total."""


def parsed_limit(text: str) -> ChangeLimit:
    """The limit that METRIC[:NAME] OP VALUE[UNIT|%] means.

    Raises:
        UsageError: it is not of that form, or there is no such metric or unit.
    """
    match = _SYNTAX.fullmatch(text)
    if match is None:
        raise UsageError(
            f"--fail-on cannot read '{text}'",
            why="it is METRIC>VALUE: a metric or kernel:NAME, layer:NUMBER, function:NAME, then > or <, then how much "
            "the number may change, in per cent or in its unit",
            fix=_EXAMPLES,
        )
    subject, name, operator, number, unit = match.groups()
    if subject in ROWS:
        _check_row(text, subject, name)
    elif subject not in METRICS or name is not None:
        raise UsageError(
            f"--fail-on does not know '{subject}{'' if name is None else ':' + name}'",
            why=f"the metrics are {', '.join(METRICS)}, and kernel:NAME, layer:NUMBER, function:NAME for their cycles",
            fix=_EXAMPLES,
        )
    metric = "cycles" if subject in ROWS else subject
    rows = subject if subject in ROWS else ""
    scale = Decimal("0.01") if unit == "%" else Decimal(repr(_scale(text, metric, unit)))
    # In decimals: 7 * 0.01 is not the ratio 107 has over 100, and a change of exactly 7 % would be past "7%".
    value = float(Decimal(number.replace("_", "")) * scale)
    return ChangeLimit(text.strip(), metric, rows, (name or "").strip(), operator, value, unit == "%")


def _scale(text: str, metric: str, unit: str) -> float:
    scales = METRICS[metric][1] or _BYTES
    if unit not in scales:
        known = ", ".join(each for each in scales if each)
        raise UsageError(
            f"--fail-on: '{unit}' is no unit of {metric} in '{text}'",
            why=f"it is counted in {known} or per cent",
            fix=_EXAMPLES,
        )
    return scales[unit]


def _check_row(text: str, rows: str, name: str | None) -> None:
    if not (name or "").strip():
        raise UsageError(
            f"--fail-on '{text}' names no {rows}", fix=f'write {rows}:NAME, or "{rows}:*" for any'
        )
    if rows == "layer" and name is not None and not re.fullmatch(r"\*|\d+", name.strip()):
        raise UsageError(
            f"--fail-on: a layer is named by its number, not '{name}'",
            fix='write for example "layer:3>1%", or "layer:*>1%" for any layer',
        )
