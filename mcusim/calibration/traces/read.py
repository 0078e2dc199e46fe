"""Reads a trace: which instrument it is from is told by its heading, or by the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.calibration.traces import joulescope, lpm01a, otii, ppk2, table
from mcusim.calibration.traces.delimited import read_head
from mcusim.calibration.traces.trace import TraceError
from mcusim.errors import unknown_name

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from mcusim.calibration.traces.trace import Trace

_READERS: tuple[ModuleType, ...] = (ppk2, joulescope, otii, lpm01a, table)
"""In the order in which they are tried; each has NAME, matches and read."""
FORMATS = tuple(each.NAME for each in _READERS)


def read_trace(path: Path, format_name: str = "", rate_hz: float | None = None) -> Trace:
    """The trace in the file; an empty `format_name` means: tell by the heading.

    Raises:
        TraceError: the file cannot be read as that, or nothing tells what it is.
        UnknownNameError: there is no such format.
    """
    if format_name and format_name not in FORMATS:
        raise unknown_name("trace format", format_name, FORMATS)
    if format_name in ("", lpm01a.NAME) and lpm01a.is_acquisition(path):
        return _nonempty(lpm01a.read_acquisition(path, rate_hz))
    head = read_head(path)
    chosen = [each for each in _READERS if (format_name == each.NAME if format_name else each.matches(head))]
    if not chosen:
        raise TraceError(
            "no reader knows this trace" if head.heading else "the trace has no heading",
            where=head.where,
            why=f"its columns are {', '.join(head.heading)}"
            if head.heading
            else "its first line holds numbers",
            fix="name the instrument with --format, or write a heading with units: time (ms),current (mA)",
        )
    trace: Trace = chosen[0].read(head)
    return _nonempty(trace)


def _nonempty(trace: Trace) -> Trace:
    if len(trace.time_s) < 2:
        raise TraceError("the trace has fewer than two samples", where=trace.path, fix="record it again")
    return trace
