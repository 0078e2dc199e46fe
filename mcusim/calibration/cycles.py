"""Reads measured cycles or times of functions (DWT, a timer, a GPIO pin and a scope) from a CSV file."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.calibration.traces.trace import TraceError

if TYPE_CHECKING:
    from pathlib import Path

INFERENCE = "inference"
"""Name of the measured region itself."""
_ALIASES = {
    "name": ("name", "function", "symbol"),
    "cycles": ("cycles", "dwt_cycles", "measured_cycles"),
    "time_us": ("time_us", "us", "time (us)", "time(us)"),
    "time_ms": ("time_ms", "ms", "time (ms)", "time(ms)"),
    "clock_mhz": ("clock_mhz",),
    "count": ("count", "calls", "n"),
    "overhead_cycles": ("overhead_cycles", "overhead"),
}
_SECONDS = {"time_us": 1e-6, "time_ms": 1e-3}


@dataclass(frozen=True, slots=True)
class MeasuredCycles:
    """What one call of a function takes, by measurement."""

    name: str
    cycles: float | None
    """Without the measurement's own overhead; None: a time was measured."""
    time_s: float | None = None
    clock_hz: int | None = None
    """At which the time was measured; None: the clock of the run."""
    overhead_cycles: float = 0.0
    """Already taken from `cycles`; still in `time_s`."""

    def cycles_at(self, clock_hz: int) -> float:
        """Cycles of one call, where a time is turned into cycles with its own clock, else with `clock_hz`."""
        if self.cycles is not None:
            return self.cycles
        assert self.time_s is not None
        return self.time_s * (self.clock_hz or clock_hz) - self.overhead_cycles


def read_cycles(path: Path) -> tuple[MeasuredCycles, ...]:
    """The rows of the file: name and cycles, time_us or time_ms; optional clock_mhz, count and overhead_cycles.

    Raises:
        TraceError: it cannot be read, lacks a column, or a row is wrong.
    """
    reader = csv.DictReader(io.StringIO(_text_of(path)))
    by_name = {heading.strip().lower(): heading for heading in reader.fieldnames or () if heading}
    columns = {key: by_name[name] for key, names in _ALIASES.items() for name in names if name in by_name}
    if "name" not in columns or not {"cycles", *_SECONDS} & columns.keys():
        raise TraceError(
            "the file has no column "
            + ("'name'" if "name" not in columns else "'cycles', 'time_us' or 'time_ms'"),
            where=f"{path}, line 1",
            why="its columns are " + (", ".join(by_name) or "none"),
            fix="write name,cycles and a row per function; the name 'inference' is the measured region",
        )
    rows = tuple(
        _row(
            {key: (row.get(heading) or "").strip() for key, heading in columns.items()},
            f"{path}, line {reader.line_num}",
        )
        for row in reader
        if any((each or "").strip() for each in row.values() if isinstance(each, str))
    )
    if not rows:
        raise TraceError(
            "the file has no measurements", where=str(path), fix="add a row per measured function"
        )
    twice = sorted({row.name for row in rows if sum(each.name == row.name for each in rows) > 1})
    if twice:
        raise TraceError(
            f"'{twice[0]}' is measured twice",
            where=str(path),
            fix="keep one row, or their mean, per function",
        )
    return rows


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise TraceError(
            f"cannot read the measurements '{path}'", why=error.strerror or "", fix="check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise TraceError(
            "the measurements are not UTF-8 text",
            where=str(path),
            why=str(error),
            fix="save them as UTF-8 CSV",
        ) from error


def _row(cells: dict[str, str], where: str) -> MeasuredCycles:
    if not cells["name"]:
        raise TraceError("the name is empty", where=where, fix="write the function's name, or 'inference'")
    kinds = [key for key in ("cycles", *_SECONDS) if cells.get(key)]
    if len(kinds) != 1:
        raise TraceError(
            f"'{cells['name']}' has {'no measurement' if not kinds else 'more than one'}",
            where=where,
            fix="fill in one of cycles, time_us and time_ms",
        )
    kind = kinds[0]
    count = _number(cells, "count", where, 1.0)
    value = _number(cells, kind, where) / count
    overhead = _number(cells, "overhead_cycles", where, 0.0, least=0.0)
    clock_mhz = _number(cells, "clock_mhz", where, 0.0, least=0.0)
    if kind == "cycles":
        if value <= overhead:
            raise TraceError(
                f"the overhead of '{cells['name']}' is all of it",
                where=where,
                why=f"{value:g} cycles with {overhead:g} of overhead, per call",
                fix="overhead_cycles is what reading the counter costs in one call: measure an empty function",
            )
        return MeasuredCycles(cells["name"], value - overhead, overhead_cycles=overhead)
    return MeasuredCycles(
        cells["name"], None, value * _SECONDS[kind], round(clock_mhz * 1e6) or None, overhead
    )


def _number(
    cells: dict[str, str], key: str, where: str, default: float | None = None, *, least: float = 1e-12
) -> float:
    text = cells.get(key, "")
    if not text and default is not None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= least):
        raise TraceError(
            f"'{text}' is no {key}",
            where=f"{where}: {key}",
            fix="write a number above zero, with a decimal point",
        )
    return value
