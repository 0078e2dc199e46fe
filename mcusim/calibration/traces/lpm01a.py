"""ST's X-NUCLEO-LPM01A (PowerShield): what it sends in `format ascii_dec`, and tables exported from it.

A line "6409-07" is 6409e-7 A. In between stand answers ("ack freq 5000"), "TimeStamp: 003s 1000ms, buff 00%" about
once a second, "error: overcurrent" and "end"; the sampling rate is the one acknowledged, else the samples between two
time stamps. Read in two independent drivers: lazicdanilo/LPM01A-lib (src/LPM01A.py) and zissis-pap/x-nucleo-lpm01a-gui
(core/data_parser.py), both after ST's UM2269. What STM32CubeMonitor-Power exports is read as a table with units in its
heading; that export was not checked against a file of the program.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from mcusim.calibration.traces import table
from mcusim.calibration.traces.trace import Floats, Trace, TraceError

if TYPE_CHECKING:
    from pathlib import Path

    from mcusim.calibration.traces.delimited import Head

NAME = "lpm01a"
_SAMPLE = re.compile(rb"^\W*(\d{1,5})([+-]\d{1,2})[ \r]*$", re.MULTILINE)
_FREQUENCY = re.compile(rb"ack freq (\d+)(k?)", re.IGNORECASE)
_STAMP = re.compile(rb"timestamp:?\s*(\d+)\s*s\s*(\d+)\s*ms", re.IGNORECASE)
_OVERCURRENT = re.compile(rb"overcurrent", re.IGNORECASE)
_STAMP_RESOLUTION_S = 0.002
_MARKS = ("powershield", "lpm01", "stm32cubemonitor")
_HEAD_BYTES = 65536


def is_acquisition(path: Path) -> bool:
    """Whether the file is what the board itself sends."""
    try:
        with path.open("rb") as file:
            return len(_SAMPLE.findall(file.read(_HEAD_BYTES))) > 1
    except OSError:
        return False


def matches(head: Head) -> bool:
    """Whether the lines above a table name the board or ST's program."""
    lines = " ".join((*head.preamble, *head.heading)).lower()
    return any(mark in lines for mark in _MARKS) and table.matches(head)


def read(head: Head) -> Trace:
    """A table exported by ST's program.

    Raises:
        TraceError: time or current is missing, or a row is damaged.
    """
    return table.read_as(head, NAME)


def read_acquisition(path: Path, rate_hz: float | None = None) -> Trace:
    """What the board sent in ASCII; `rate_hz` is the sampling rate where the file does not hold it.

    Raises:
        TraceError: there is no telling the sampling rate.
    """
    data = path.read_bytes()
    found = [(each.start(), each[1], each[2]) for each in _SAMPLE.finditer(data)]
    places = np.array([place for place, _, _ in found])
    mantissas = np.array([each for _, each, _ in found], dtype="S5").astype(np.float64)
    exponents = np.array([each for _, _, each in found], dtype="S3").astype(np.float64)
    stamps = [(each.start(), int(each[1]) + int(each[2]) / 1000) for each in _STAMP.finditer(data)]
    counts = np.searchsorted(places, [place for place, _ in stamps])
    times_s = np.array([time_s for _, time_s in stamps])
    rate = rate_hz or _acknowledged_hz(data) or _counted_hz(counts, times_s)
    if not rate:
        raise TraceError(
            "the sampling rate is not in the file",
            where=str(path),
            why="it has neither the answer 'ack freq' nor two time stamps",
            fix="give it with --trace-rate, for example --trace-rate 5kHz",
        )
    notes = ("the meter reported an overcurrent",) if _OVERCURRENT.search(data) else ()
    time_s = _sample_times(len(found), rate, counts, times_s)
    return Trace(str(path), NAME, time_s, mantissas * 10.0**exponents, notes=notes)


def _acknowledged_hz(data: bytes) -> float:
    found = _FREQUENCY.search(data)
    return float(found[1]) * (1000 if found[2] else 1) if found else 0.0


def _counted_hz(counts: np.ndarray, times_s: Floats) -> float:
    if len(times_s) < 2 or times_s[-1] <= times_s[0]:
        return 0.0
    return float((counts[-1] - counts[0]) / (times_s[-1] - times_s[0]))


def _sample_times(samples_count: int, rate_hz: float, counts: np.ndarray, times_s: Floats) -> Floats:
    """Evenly spaced, with a jump at each time stamp that says that samples are missing before it."""
    time_s = np.arange(samples_count) / rate_hz
    if len(times_s) < 2:
        return time_s
    late_s = np.maximum.accumulate((times_s - times_s[0]) - (counts - counts[0]) / rate_hz)
    steps_s = np.diff(late_s, prepend=0.0)
    steps_s[steps_s < _STAMP_RESOLUTION_S] = 0.0
    for place, step_s in zip(counts, steps_s, strict=True):
        if step_s and place < samples_count:
            time_s[place:] += step_s
    return time_s
