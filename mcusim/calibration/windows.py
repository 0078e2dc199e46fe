"""Finds the active windows of a trace: by a logic channel, or as the stretches of high current of a likely length."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from mcusim.calibration.traces.trace import Bits, Floats, TraceError
from mcusim.errors import unknown_name
from mcusim.units import engineering

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.calibration.traces.check import Gap
    from mcusim.calibration.traces.trace import Trace

AUTO, THRESHOLD, WHOLE = "auto", "threshold", "whole"
LIKELY_RATIO = 1.35
"""A window is a likely inference when it is at most this much longer or shorter than a modelled one."""
_LEVELS_COUNT = 24
_CLEAR_LEVELS_COUNT = 4
"""Neighbouring levels that must find as many stretches before their length is told to the user."""
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
    """The user says that inferences fill all of the trace: it is one window, and lengths mean nothing."""


def active_windows(
    trace: Trace, trigger: str, lengths_s: Sequence[float], gaps: Sequence[Gap] = ()
) -> Activity:
    """The stretches that may be inferences; `lengths_s` are the modelled ones.

    Windows cut off by an end of the trace, and those with a gap inside, are left out.

    Raises:
        TraceError: there is no activity of a likely length.
        UnknownNameError: the trace has no such channel.
    """
    if trigger == WHOLE:
        whole = Window(0, len(trace.time_s), float(trace.time_s[0]), float(trace.time_s[-1]))
        return Activity((whole,), "--trigger whole: all of the trace", is_continuous=True)
    channels = dict(trace.digital)
    if trigger not in (AUTO, THRESHOLD):
        name = trigger.upper()
        if name not in channels:
            raise unknown_name("trigger channel", name, (*channels, AUTO, THRESHOLD, WHOLE), where=trace.path)
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
    return [each for each in windows if _is_likely(each.length_s, lengths_s)]


def _is_likely(length_s: float, lengths_s: Sequence[float]) -> bool:
    return min(lengths_s) / LIKELY_RATIO <= length_s <= max(lengths_s) * LIKELY_RATIO


def _by_current(trace: Trace, lengths_s: Sequence[float], gaps: Sequence[Gap]) -> Activity:
    """The threshold whose windows of a likely length are the clearest, by the levels that agree on them."""
    smooth_a = _smoothed(trace, min(lengths_s) / _SMOOTHING_PARTS_COUNT)
    by_level = [
        _whole(_joined(_runs(trace, smooth_a > level_a), min(lengths_s)), gaps)
        for level_a in _levels_a(smooth_a)
    ]
    for rough in _candidates(by_level, lengths_s):
        best = _refined(trace, smooth_a, rough, lengths_s, gaps)
        if _has_two_levels(trace, smooth_a, _likely(best, lengths_s)):
            return Activity(best, "current above a threshold")
    if _is_one_level(trace, smooth_a, lengths_s):
        raise _one_level(trace, smooth_a)
    raise _nothing_likely(trace, by_level, lengths_s)


def _levels_a(smooth_a: Floats) -> list[float]:
    """Thresholds to try, evenly spread over the decades between the floor and the highest current."""
    low_a, high_a = (float(each) for each in np.percentile(smooth_a, (2, 100)))
    floor_a = max(low_a, high_a * 1e-6)
    if not high_a > floor_a > 0:
        return []
    return [float(each) for each in np.geomspace(floor_a, high_a, _LEVELS_COUNT + 2)[1:-1]]


def _candidates(
    by_level: Sequence[tuple[Window, ...]], lengths_s: Sequence[float]
) -> list[tuple[Window, ...]]:
    """The windows of neighbouring levels that agree on how many are likely, the most convincing first.

    Real inferences are the same at many levels, and most of what is found at these; a cut through noise or ripple
    finds many windows of all lengths, and others at the next level.
    """
    scored: list[tuple[float, tuple[Window, ...]]] = []
    for count, places in groupby(
        range(len(by_level)), key=lambda place: len(_likely(by_level[place], lengths_s))
    ):
        plateau = list(places)
        windows = by_level[plateau[len(plateau) // 2]]
        if count:
            likely_s = sum(each.length_s for each in _likely(windows, lengths_s))
            scored.append((likely_s * count / len(windows) * len(plateau), windows))
    return [windows for _, windows in sorted(scored, key=lambda each: -each[0])]


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


def _one_level(trace: Trace, smooth_a: Floats) -> TraceError:
    low_a, high_a = (float(each) for each in np.percentile(smooth_a, (5, 95)))
    return TraceError(
        "the current of the trace has one level: no inference can be seen in it",
        where=trace.path,
        why=f"nine tenths of it lie between {engineering(low_a, 'A')} and {engineering(high_a, 'A')}; that may be "
        "inferences without a pause, or a board that does something else",
        fix="if inferences fill all of the trace, say so with --trigger whole; else name the channel of a pin that is "
        "high during them (--trigger D0), or record sleep between them",
    )


def _nothing_likely(
    trace: Trace, by_level: Sequence[Sequence[Window]], lengths_s: Sequence[float]
) -> TraceError:
    return TraceError(
        "the trace shows no activity as long as an inference of this firmware",
        where=trace.path,
        why=f"{_seen(by_level, lengths_s)}; the modelled inference takes {1e3 * float(np.mean(lengths_s)):.3g} ms",
        fix="check that this firmware ran at this clock (--clock); choose the part with inferences with --window, or "
        "the channel of a pin that is high during them with --trigger D0",
    )


def _seen(by_level: Sequence[Sequence[Window]], lengths_s: Sequence[float]) -> str:
    """The stretches that most levels agree on; those of a likely length were too unclear to be taken."""
    plateaus = [list(group) for count, group in groupby(by_level, key=len) if count]
    if not plateaus:
        return "the current never rises"
    longest = max(plateaus, key=len)
    median_s = float(np.median([each.length_s for each in longest[len(longest) // 2]]))
    is_clear = len(longest) >= _CLEAR_LEVELS_COUNT and not _is_likely(median_s, lengths_s)
    if not is_clear and any(_likely(each, lengths_s) for each in by_level):
        return "stretches of about that length do not stand out from the current beside them"
    return f"the stretches of high current are about {1e3 * median_s:.3g} ms long"
