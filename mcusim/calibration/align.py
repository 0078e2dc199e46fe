"""Matches measured windows with modelled inferences and says how their lengths differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mcusim.calibration.traces.trace import TraceError
from mcusim.calibration.windows import LIKELY_RATIO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.calibration.expected import Expected, ExpectedCall
    from mcusim.calibration.windows import Activity, Window

_SAME_LENGTH_RATIO = 1.03
"""Calls whose lengths differ by less are interchangeable."""
_OUTLIER_RATIO = 1.15
"""A window that is off the typical scale by more than this is something else: start-up, a longer job."""
_SAMPLING_SAMPLES_COUNT = 1.5
"""Lengths that differ by less than this many samples may be equal."""
_DRIFT_WINDOWS_COUNT = 5
_SIGNIFICANT_ERRORS_COUNT = 3


@dataclass(frozen=True, slots=True)
class Match:
    """A measured window and the modelled inference that it shows."""

    window: Window
    call: ExpectedCall


@dataclass(frozen=True, slots=True)
class Alignment:
    """All matches and what their lengths say about the two clocks."""

    matches: tuple[Match, ...]
    windows_count: int
    """Windows found, matched or not."""
    length_ratio: float | None
    """Measured over modelled length, the mean; None where lengths mean nothing."""
    drift_ratio: float | None
    """Change of that ratio from the first to the last match; None where none can be seen."""
    length_error_ratio: float = 0.0
    """Standard error of `length_ratio` that the sampling alone makes."""


def aligned(activity: Activity, expected: Expected, path: str) -> Alignment:
    """The matches of a trace's windows with a run's inferences.

    Raises:
        TraceError: no window is an inference.
    """
    if activity.is_continuous:
        call = _mean_call(expected)
        return Alignment(
            tuple(Match(each, call) for each in activity.windows), len(activity.windows), None, None
        )
    matches = _paired(activity.windows, expected)
    ratios = np.array([each.window.length_s / each.call.length_s for each in matches])
    plausible = (ratios < LIKELY_RATIO) & (ratios > 1 / LIKELY_RATIO)
    if not plausible.any():
        raise _none_plausible(activity, expected, path)
    typical = float(np.median(ratios[plausible]))
    kept = [
        each
        for each, ratio in zip(matches, ratios, strict=True)
        if typical / _OUTLIER_RATIO < ratio < typical * _OUTLIER_RATIO
        or abs(ratio - typical) < _SAMPLING_SAMPLES_COUNT * typical * _sample_ratio(each)
    ]
    mean = float(np.mean([each.window.length_s / each.call.length_s for each in kept]))
    resolution = _sampling_ratio(kept) / len(kept) ** 0.5
    return Alignment(tuple(kept), len(activity.windows), mean, _drift_ratio(kept, mean), resolution)


def _sample_ratio(match: Match) -> float:
    """One sample as a share of the window."""
    return 1 / (match.window.end_index - match.window.first_index)


def _sampling_ratio(matches: Sequence[Match]) -> float:
    """Standard error of a length: two edges, each anywhere within a sample, so a sixth of a sample squared."""
    return float(np.mean([_sample_ratio(each) for each in matches])) / 6**0.5


def _mean_call(expected: Expected) -> ExpectedCall:
    """Any call, where all are alike; of different ones the mean of their shares, by length."""
    total_s = sum(expected.lengths_s)
    shares = tuple(
        sum(call.shares[place] * call.length_s for call in expected.calls) / total_s
        for place in range(len(expected.states))
    )
    first = expected.calls[0]
    return type(first)(first.begin_s, expected.mean_length_s, shares)


def _paired(windows: Sequence[Window], expected: Expected) -> list[Match]:
    calls = expected.calls
    if max(expected.lengths_s) < _SAME_LENGTH_RATIO * min(expected.lengths_s):
        call = _mean_call(expected)
        return [Match(each, call) for each in windows]
    offset = _best_offset(windows, calls)
    return [
        Match(window, calls[place + offset])
        for place, window in enumerate(windows)
        if 0 <= place + offset < len(calls)
    ]


def _best_offset(windows: Sequence[Window], calls: Sequence[ExpectedCall]) -> int:
    """Which call the first window shows: the shift at which the lengths agree best, up to a common factor."""
    measured = np.log([each.length_s for each in windows])
    modelled = np.log([each.length_s for each in calls])
    least = max(1, min(len(measured), len(modelled)) // 2)
    costs: dict[int, tuple[float, int]] = {}
    for offset in range(1 - len(measured), len(modelled)):
        first = max(0, -offset)
        count = min(len(measured) - first, len(modelled) - first - offset)
        if count < least:
            continue
        gaps = measured[first : first + count] - modelled[first + offset : first + offset + count]
        spread = float(np.mean(np.abs(gaps - np.median(gaps)))) + abs(float(np.median(gaps)))
        costs[offset] = (round(spread, 4), -count)
    return min(costs, key=lambda offset: costs[offset])


def _drift_ratio(matches: Sequence[Match], typical: float) -> float | None:
    """How much the ratio changes from the first to the last match; None where noise or the sampling hides it."""
    if len(matches) < _DRIFT_WINDOWS_COUNT:
        return None
    at_s = np.array([each.window.begin_s for each in matches])
    place = (at_s - at_s.mean()) / (at_s[-1] - at_s[0])
    ratios = np.array([each.window.length_s / each.call.length_s for each in matches]) / typical
    drift = float(place @ ratios / (place @ place))
    noise = float(np.std(ratios - drift * place))
    error = max(noise, _sampling_ratio(matches)) / float(np.sqrt(place @ place))
    # Inferences that are nearly a whole number of samples apart are all cut alike: then the errors do not average out.
    alike = _SAMPLING_SAMPLES_COUNT * max(_sample_ratio(each) for each in matches)
    return drift if abs(drift) > max(_SIGNIFICANT_ERRORS_COUNT * error, alike) else None


def _none_plausible(activity: Activity, expected: Expected, path: str) -> TraceError:
    median_ms = (
        1e3 * float(np.median([each.length_s for each in activity.windows])) if activity.windows else 0.0
    )
    return TraceError(
        "no window of the trace is as long as an inference of this firmware",
        where=f"{path}: {len(activity.windows)} windows, by {activity.how}",
        why=f"their median is {median_ms:.4g} ms, the modelled inference takes {1e3 * expected.mean_length_s:.4g} ms",
        fix="check that the trace is of this firmware at this clock (--clock), or measure another function (--roi)",
    )
