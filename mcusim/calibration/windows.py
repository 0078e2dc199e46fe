"""Finds the active windows of a trace: by a logic channel, or as the stretches of high current of a likely length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mcusim.calibration.traces.trace import Bits, Floats, TraceError
from mcusim.errors import unknown_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.calibration.traces.check import Gap
    from mcusim.calibration.traces.trace import Trace

AUTO, THRESHOLD = "auto", "threshold"
LIKELY_RATIO = 1.35
"""A window is a likely inference when it is at most this much longer or shorter than a modelled one."""
_LEVELS_COUNT = 24
_SMOOTHING_PARTS_COUNT = 50
_DIP_RATIO = 0.02
"""A dip in the current shorter than this share of an inference does not end it."""
_ONE_LEVEL_RATIO = 1.5
_LEAST_CLEAR_RATIO = 0.3
"""Between the lowest tenth of the high and the highest of the low samples, over the distance of their medians: normal
noise cut anywhere gives at most 0.2, two levels nearly 1."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of activity: samples [first, end) of the trace."""

    first_index: int
    end_index: int
    begin_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        """From the first to the last edge."""
        return self.end_s - self.begin_s


@dataclass(frozen=True, slots=True)
class Activity:
    """The windows of a trace and how they were found."""

    windows: tuple[Window, ...]
    how: str
    is_continuous: bool = False
    """The current never falls: the whole trace is one window, and lengths mean nothing."""


def active_windows(
    trace: Trace, trigger: str, lengths_s: Sequence[float], gaps: Sequence[Gap] = ()
) -> Activity:
    """The stretches that may be inferences; `lengths_s` are the modelled ones.

    Windows cut off by an end of the trace, and those with a gap inside, are left out.

    Raises:
        TraceError: there is no activity of a likely length.
        UnknownNameError: the trace has no such channel.
    """
    channels = dict(trace.digital)
    if trigger not in (AUTO, THRESHOLD):
        name = trigger.upper()
        if name not in channels:
            raise unknown_name("trigger channel", name, (*channels, AUTO, THRESHOLD), where=trace.path)
        found = _by_channel(trace, channels[name], lengths_s)
        if not found:
            raise TraceError(
                f"channel {name} never changes",
                where=trace.path,
                fix="choose another --trigger, or --trigger threshold",
            )
        return Activity(_whole(found, gaps), f"logic channel {name}")
    if trigger == AUTO:
        for name, levels in channels.items():
            found = _whole(_by_channel(trace, levels, lengths_s), gaps)
            if _likely(found, lengths_s):
                return Activity(found, f"logic channel {name}")
    return _by_current(trace, lengths_s, gaps)


def _by_channel(trace: Trace, levels: Bits, lengths_s: Sequence[float]) -> tuple[Window, ...]:
    """High stretches, or low ones where those are nearer to the modelled lengths."""
    high, low = _runs(trace, levels), _runs(trace, ~levels)
    if not high or not low:
        return high or low
    return low if _distance(low, lengths_s) < _distance(high, lengths_s) else high


def _distance(windows: tuple[Window, ...], lengths_s: Sequence[float]) -> float:
    median_s = float(np.median([each.length_s for each in windows]))
    return min(abs(float(np.log(median_s / length_s))) for length_s in lengths_s) if median_s > 0 else np.inf


def _runs(trace: Trace, is_active: Bits) -> tuple[Window, ...]:
    """Stretches of True that begin and end within the trace."""
    edges = np.flatnonzero(np.diff(is_active.astype(np.int8)))
    starts = edges[~is_active[edges]] + 1
    ends = edges[is_active[edges]] + 1
    if len(starts) and len(ends) and ends[0] < starts[0]:
        ends = ends[1:]
    time_s = trace.time_s
    return tuple(
        Window(int(first), int(end), _edge_s(time_s, first), _edge_s(time_s, end))
        for first, end in zip(starts, ends, strict=False)
    )


def _edge_s(time_s: Floats, index: int) -> float:
    """An edge lies between two samples."""
    return float((time_s[index - 1] + time_s[index]) / 2)


def _whole(windows: Sequence[Window], gaps: Sequence[Gap]) -> tuple[Window, ...]:
    """Windows without a gap in them."""
    return tuple(each for each in windows if not any(each.begin_s <= gap.at_s < each.end_s for gap in gaps))


def _likely(windows: Sequence[Window], lengths_s: Sequence[float]) -> list[Window]:
    low_s, high_s = min(lengths_s) / LIKELY_RATIO, max(lengths_s) * LIKELY_RATIO
    return [each for each in windows if low_s <= each.length_s <= high_s]


def _by_current(trace: Trace, lengths_s: Sequence[float], gaps: Sequence[Gap]) -> Activity:
    """The threshold that finds the most time in windows of a likely length."""
    smooth_a = _smoothed(trace, min(lengths_s) / _SMOOTHING_PARTS_COUNT)
    low_a, high_a = (float(each) for each in np.percentile(smooth_a, (2, 100)))
    floor_a = max(low_a, high_a * 1e-6)
    scores: list[float] = []
    is_graded = high_a > floor_a > 0
    levels = np.geomspace(floor_a, high_a, _LEVELS_COUNT + 2)[1:-1].tolist() if is_graded else ()
    found_by_level = []
    for level_a in levels:
        found = _whole(_joined(_runs(trace, smooth_a > level_a), min(lengths_s)), gaps)
        found_by_level.append(found)
        scores.append(sum(each.length_s for each in _likely(found, lengths_s)))
    if scores and max(scores) > 0:
        plateau = [place for place, score in enumerate(scores) if score >= 0.98 * max(scores)]
        rough = found_by_level[plateau[len(plateau) // 2]]
        best = _refined(trace, smooth_a, rough, lengths_s, gaps)
        if _has_two_levels(trace, smooth_a, _likely(best, lengths_s)):
            return Activity(best, "current above a threshold")
    if _is_one_level(trace, smooth_a, lengths_s):
        whole = Window(0, len(trace.time_s), float(trace.time_s[0]), float(trace.time_s[-1]))
        return Activity((whole,), "the whole trace: its current has one level", is_continuous=True)
    raise _nothing_likely(trace, found_by_level, lengths_s)


def _smoothed(trace: Trace, length_s: float) -> Floats:
    """Moving mean over `length_s`, an odd number of samples."""
    period_s = float(np.median(np.diff(trace.time_s)))
    count = max(1, round(length_s / period_s) // 2 * 2 + 1)
    if count == 1:
        return trace.current_a
    half = count // 2
    padded = np.concatenate(
        (np.full(half + 1, trace.current_a[0]), trace.current_a, np.full(half, trace.current_a[-1]))
    )
    sums = np.cumsum(padded)
    return np.asarray((sums[count:] - sums[:-count]) / count, dtype=np.float64)


def _joined(windows: Sequence[Window], length_s: float) -> tuple[Window, ...]:
    """Short dips do not end a window, and what is much too short is none."""
    joined: list[Window] = []
    for each in windows:
        if joined and each.begin_s - joined[-1].end_s < _DIP_RATIO * length_s:
            each = Window(joined[-1].first_index, each.end_index, joined[-1].begin_s, each.end_s)  # noqa: PLW2901
            joined.pop()
        joined.append(each)
    return tuple(each for each in joined if each.length_s > _DIP_RATIO * length_s)


def _refined(
    trace: Trace, smooth_a: Floats, rough: Sequence[Window], lengths_s: Sequence[float], gaps: Sequence[Gap]
) -> tuple[Window, ...]:
    """The windows with their edges halfway between the levels, where smoothing does not move them."""
    likely = _likely(rough, lengths_s)
    inside = np.zeros(len(trace.time_s), dtype=np.bool_)
    for each in likely:
        inside[each.first_index : each.end_index] = True
    high_a, low_a = float(np.median(smooth_a[inside])), float(np.median(smooth_a[~inside]))
    if high_a <= low_a:
        return tuple(rough)
    halfway = _whole(_joined(_runs(trace, smooth_a > (high_a + low_a) / 2), min(lengths_s)), gaps)
    return halfway if len(_likely(halfway, lengths_s)) >= len(likely) else tuple(rough)


def _has_two_levels(trace: Trace, smooth_a: Floats, windows: Sequence[Window]) -> bool:
    """Whether the current in the windows stands clear of that beside them, which noise cut at a threshold does not."""
    inside = np.zeros(len(trace.time_s), dtype=np.bool_)
    beside = np.zeros(len(trace.time_s), dtype=np.bool_)
    for each in windows:
        margin = each.end_index - each.first_index
        inside[each.first_index : each.end_index] = True
        beside[max(0, each.first_index - margin) : each.end_index + margin] = True
    beside &= ~inside
    if not inside.any() or not beside.any():
        return False
    high_a, low_a = smooth_a[inside], smooth_a[beside]
    clear_a = float(np.percentile(high_a, 10) - np.percentile(low_a, 90))
    return clear_a > _LEAST_CLEAR_RATIO * float(np.median(high_a) - np.median(low_a))


def _is_one_level(trace: Trace, smooth_a: Floats, lengths_s: Sequence[float]) -> bool:
    low_a, high_a = np.percentile(smooth_a, (5, 95))
    is_long = trace.time_s[-1] - trace.time_s[0] > min(lengths_s)
    return bool(is_long and low_a > 0 and high_a / low_a < _ONE_LEVEL_RATIO)


def _nothing_likely(
    trace: Trace, found_by_level: Sequence[Sequence[Window]], lengths_s: Sequence[float]
) -> TraceError:
    middle = found_by_level[len(found_by_level) // 2] if found_by_level else ()
    median_ms = 1e3 * float(np.median([each.length_s for each in middle])) if middle else 0.0
    seen = (
        f"the stretches of high current are about {median_ms:.3g} ms long"
        if middle
        else "the current never rises"
    )
    return TraceError(
        "the trace shows no activity as long as an inference of this firmware",
        where=trace.path,
        why=f"{seen}; the modelled inference takes {1e3 * float(np.mean(lengths_s)):.3g} ms",
        fix="check that this firmware ran at this clock (--clock); choose the part with inferences with --window, or "
        "the channel of a pin that is high during them with --trigger D0",
    )
