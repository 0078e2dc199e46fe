"""A plain table of time and current, with the units in the heading: "time (ms),current (mA)"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mcusim.calibration.traces.delimited import load_columns, unit_ratio
from mcusim.calibration.traces.trace import Trace, TraceError

if TYPE_CHECKING:
    from mcusim.calibration.traces.delimited import Head

NAME = "table"
_TIME = re.compile(r"(\w+ )?(time\s?stamps?|time|elapsed|t)\b(?! ?zone)|(time|t)_\w+")
_CURRENT = re.compile(r"(\w+ )*(current|amps|amperes|i)\b|(current|i)_\w+")
_VOLTAGE = re.compile(r"(\w+ )*(voltage|supply|v)\b|(voltage|v)_\w+")
_CHANNEL = re.compile(r"(d\d{1,2}|trigger|gpio\d*|digital\d*|gpi\d*)\b")


def matches(head: Head) -> bool:
    """Whether there are a time and a current column."""
    return _found(head, _TIME) >= 0 and _found(head, _CURRENT) >= 0


def read(head: Head) -> Trace:
    """The trace.

    Raises:
        TraceError: there is no such column, its heading names no unit, or a row is damaged.
    """
    return read_as(head, NAME)


def read_as(head: Head, name: str, units: tuple[float | None, float | None] = (None, None)) -> Trace:
    """The trace of an instrument whose export is such a table; `units` are those of headings without one."""
    time = _demanded(head, _TIME, "time", "time (ms)")
    current = _demanded(head, _CURRENT, "current", "current (mA)")
    time_ratio = unit_ratio(head, time, "time", units[0])
    current_ratio = unit_ratio(head, current, "current", units[1])
    voltage = _found(head, _VOLTAGE)
    channels = [place for place, each in enumerate(head.names) if _CHANNEL.match(each)]
    columns = [time, current, *([voltage] if voltage >= 0 else []), *channels]
    loaded = load_columns(head, columns)
    supply_v = None
    if voltage >= 0 and len(loaded[2]):
        supply_v = float(loaded[2].mean()) * unit_ratio(head, voltage, "voltage", 1.0)
    levels = loaded[len(columns) - len(channels) :]
    return Trace(
        path=str(head.path),
        format=name,
        time_s=loaded[0] * time_ratio,
        current_a=loaded[1] * current_ratio,
        digital=tuple(
            (head.names[place].upper(), each > 0.5) for place, each in zip(channels, levels, strict=True)
        ),
        supply_v=supply_v,
    )


def _found(head: Head, pattern: re.Pattern[str]) -> int:
    return next((place for place, each in enumerate(head.names) if pattern.match(each)), -1)


def _demanded(head: Head, pattern: re.Pattern[str], what: str, example: str) -> int:
    place = _found(head, pattern)
    if place < 0:
        raise TraceError(
            f"the trace has no {what} column" if head.heading else "the trace has no heading",
            where=head.where,
            why=f"its columns are {', '.join(head.heading)}"
            if head.heading
            else "the first line holds numbers",
            fix=f"name the column in the first line, with its unit: {example}",
        )
    return place
