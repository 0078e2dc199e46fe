"""Whether a trace can be trusted: order and spacing of its samples, gaps, and the end of the meter's range."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mcusim.calibration.traces.trace import Floats, TraceError
from mcusim.units import engineering

if TYPE_CHECKING:
    from mcusim.calibration.traces.trace import Trace

_GAP_PERIODS_COUNT = 1.5
"""An interval longer than this many sampling periods lacks a sample."""
MOST_MISSING_RATIO = 0.01
"""A trace that lacks more of its time than this is refused: which state was lost cannot be known."""
_MOST_IRREGULAR_RATIO = 0.01
_CLIPPED_RATIOS = (0.01, 0.98)
_LEAST_CLIPPED_COUNT = 3
"""One sample is always the highest, and of few samples that is a large share."""
_SHOWN_COUNT = 3


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without samples."""

    at_s: float
    length_s: float


@dataclass(frozen=True, slots=True)
class Quality:
    """What the spacing of the samples says."""

    samples_count: int
    rate_hz: float
    duration_s: float
    gaps: tuple[Gap, ...]
    missing_ratio: float
    notes: tuple[str, ...]


def checked(trace: Trace) -> tuple[Trace, Quality]:
    """The trace with usable times, and its quality.

    Raises:
        TraceError: a sample is no number, time runs backwards, or too much of the trace is missing.
    """
    _check_numbers(trace)
    trace, notes = _with_even_times(trace)
    steps_s = np.diff(trace.time_s)
    period_s = float(np.median(steps_s))
    is_gap = steps_s > _GAP_PERIODS_COUNT * period_s
    gaps = tuple(
        Gap(float(trace.time_s[place]), float(steps_s[place] - period_s)) for place in np.flatnonzero(is_gap)
    )
    duration_s = float(trace.time_s[-1] - trace.time_s[0])
    missing_ratio = sum(gap.length_s for gap in gaps) / duration_s
    _check_gaps(trace, gaps, missing_ratio)
    _check_regular(trace, steps_s, period_s)
    return trace, Quality(
        samples_count=len(trace.time_s),
        rate_hz=1 / period_s,
        duration_s=duration_s,
        gaps=gaps,
        missing_ratio=missing_ratio,
        notes=trace.notes + notes,
    )


def _check_numbers(trace: Trace) -> None:
    for name, values in (("time", trace.time_s), ("current", trace.current_a)):
        bad = np.flatnonzero(~np.isfinite(values))
        if len(bad):
            raise TraceError(
                f"{len(bad)} samples of the {name} are not numbers",
                where=f"{trace.path}: sample {bad[0] + 1}",
                fix="export the trace again, or remove those rows: a short gap is tolerated",
            )
    backwards = np.flatnonzero(np.diff(trace.time_s) < 0)
    if len(backwards):
        place = int(backwards[0])
        raise TraceError(
            f"time runs backwards in {len(backwards)} places",
            where=f"{trace.path}: sample {place + 2}",
            why=f"{trace.time_s[place + 1]:.6f} s follows {trace.time_s[place]:.6f} s",
            fix="export one recording without pieces of others, or choose a stretch of it with --window",
        )


def _with_even_times(trace: Trace) -> tuple[Trace, tuple[str, ...]]:
    """Time stamps that are coarser than the sampling become evenly spaced from first to last."""
    steps_s = np.diff(trace.time_s)
    repeated_count = int(np.count_nonzero(steps_s == 0))
    if not repeated_count:
        return trace, ()
    if trace.time_s[-1] == trace.time_s[0]:
        raise TraceError(
            "all samples have the same time", where=trace.path, fix="export the trace with its time column"
        )
    # Within a stamp the samples are spread over the time to the next one, so real gaps between stamps remain.
    first = np.flatnonzero(np.concatenate(([True], steps_s > 0)))
    counts = np.diff(np.append(first, len(trace.time_s)))
    widths_s = np.diff(
        np.append(trace.time_s[first], trace.time_s[-1] + float(np.median(steps_s[steps_s > 0])))
    )
    typical_s = float(np.median(widths_s / counts))
    spacing_s = np.minimum(widths_s / counts, 2 * typical_s)
    inside = np.arange(len(trace.time_s)) - np.repeat(first, counts)
    time_s = np.repeat(trace.time_s[first], counts) + inside * np.repeat(spacing_s, counts)
    note = "the time stamps are coarser than the sampling; samples were spread between them"
    return replace(trace, time_s=time_s), (note,)


def _check_gaps(trace: Trace, gaps: tuple[Gap, ...], missing_ratio: float) -> None:
    if missing_ratio <= MOST_MISSING_RATIO:
        return
    longest = sorted(gaps, key=lambda gap: -gap.length_s)[:_SHOWN_COUNT]
    places = ", ".join(
        f"{engineering(gap.length_s, 's')} at {gap.at_s:.6g} s"
        for gap in sorted(longest, key=lambda gap: gap.at_s)
    )
    count = f"{len(gaps)} gap{'s' * (len(gaps) > 1)}"
    raise TraceError(
        f"the trace has {count}, {100 * missing_ratio:.1f} % of its time",
        where=f"{trace.path}: {places}" + (" …" if len(gaps) > _SHOWN_COUNT else ""),
        why=f"more than {100 * MOST_MISSING_RATIO:g} % is not tolerated: what the chip did meanwhile is not known",
        fix="choose a stretch without gaps with --window BEGIN..END, or record at a lower sampling rate",
    )


def _check_regular(trace: Trace, steps_s: Floats, period_s: float) -> None:
    short = np.flatnonzero(steps_s < period_s / 2)
    share = len(short) / len(steps_s)
    if share > _MOST_IRREGULAR_RATIO:
        raise TraceError(
            f"{100 * share:.1f} % of the sampling intervals are much shorter than the others",
            where=f"{trace.path}: at {trace.time_s[short[0]]:.6g} s",
            why=f"the usual interval is {engineering(period_s, 's')}",
            fix="export samples at a fixed rate, not events or changes",
        )


def clipped_note(current_a: Floats) -> str:
    """A note where much, but not all, of the active current is exactly its highest value."""
    highest = float(current_a.max()) if len(current_a) else 0.0
    count = int(np.count_nonzero(current_a == highest))
    share = count / max(1, len(current_a))
    is_flat = len(current_a) == 0 or float(current_a.min()) == highest
    if is_flat or count < _LEAST_CLIPPED_COUNT or not _CLIPPED_RATIOS[0] < share <= _CLIPPED_RATIOS[1]:
        return ""
    return (
        f"{100 * share:.0f} % of the active samples are exactly {engineering(highest, 'A')}, the highest value: the "
        "meter may have been at the end of its range, and the current is then higher than measured"
    )
