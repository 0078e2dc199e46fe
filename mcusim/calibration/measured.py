"""Mean currents of the matched windows, and of the sleep between them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from mcusim.calibration.apply import MeasuredCurrent
from mcusim.report.calibration import StateFit

if TYPE_CHECKING:
    from mcusim.calibration.align import Alignment
    from mcusim.calibration.expected import Expected
    from mcusim.calibration.traces.trace import Floats, Trace

_EDGE_RATIO = 0.005
"""Share of a window at either end that may hold the meter's settling."""
_IDLE_EDGE_RATIO = 0.1
_LEAST_TRIMMED_COUNT = 20
_LEAST_FALL_RATIO = 0.8
"""Between inferences the current must be below this share of theirs to count as sleep."""


@dataclass(frozen=True, slots=True)
class IdleCurrent:
    """What the trace says about the time between inferences."""

    measured_a: float | None = None
    ratio: float | None = None
    """Measured over modelled; None: not fitted."""
    currents: tuple[MeasuredCurrent, ...] = ()
    states: tuple[StateFit, ...] = ()
    why_not: str = ""
    """Why nothing was fitted, for people; empty when it was, or there is nothing in between."""


def window_currents(trace: Trace, alignment: Alignment) -> tuple[float, ...]:
    """Mean current of each matched window, without its edges."""
    return tuple(
        float(_inner(trace.current_a, each.window.first_index, each.window.end_index, _EDGE_RATIO).mean())
        for each in alignment.matches
    )


def _inner(current_a: Floats, first: int, end: int, edge_ratio: float) -> Floats:
    """The samples [first, end) without `edge_ratio` of them at either end, where there are enough."""
    count = end - first
    trimmed = max(1, round(count * edge_ratio)) if count >= _LEAST_TRIMMED_COUNT else 0
    return current_a[first + trimmed : end - trimmed]


def idle_current(trace: Trace, alignment: Alignment, expected: Expected) -> IdleCurrent:
    """The sleep current between inferences, put on the sleep states that the run has there."""
    windows = sorted((each.window for each in alignment.matches), key=lambda each: each.first_index)
    between = [
        _inner(trace.current_a, left.end_index, right.first_index, _IDLE_EDGE_RATIO)
        for left, right in pairwise(windows)
        if right.first_index > left.end_index
    ]
    samples_a = np.concatenate(between) if between else np.zeros(0)
    if len(samples_a) < 3:
        return IdleCurrent()
    active_a = float(np.mean(window_currents(trace, alignment)))
    asleep_a = samples_a[samples_a < (active_a + float(np.median(samples_a))) / 2]
    if not len(asleep_a) or float(asleep_a.mean()) > _LEAST_FALL_RATIO * active_a:
        return IdleCurrent(
            why_not="the current does not fall between inferences, so no sleep current was fitted"
        )
    idle_a = float(asleep_a.mean())
    if not expected.idle_states:
        return IdleCurrent(
            measured_a=idle_a,
            why_not="the run does not sleep between inferences, so the low current between them belongs to no modelled "
            "state and was not fitted (a longer run may show its sleep: --max-seconds)",
        )
    return _fitted(idle_a, expected)


def _fitted(idle_a: float, expected: Expected) -> IdleCurrent:
    times_s = [use.cycles / max(use.clock_hz, 1) for use in expected.idle_states]
    shares = [each / sum(times_s) for each in times_s]
    modelled_a = sum(
        share * use.current_a.value for share, use in zip(shares, expected.idle_states, strict=True)
    )
    if modelled_a <= 0 or idle_a <= 0:
        return IdleCurrent(
            measured_a=idle_a, why_not="the sleep current is zero, in the trace or in the model"
        )
    ratio = idle_a / modelled_a
    is_single = len(expected.idle_states) == 1
    currents = tuple(
        MeasuredCurrent(use, use.current_a.value * ratio, is_single) for use in expected.idle_states
    )
    states = tuple(
        StateFit(
            activity=each.use.activity,
            execution=each.use.execution,
            clock_hz=each.use.clock_hz,
            mode=each.use.mode,
            regulator=each.use.regulator,
            voltage_range=each.use.voltage_range,
            share_ratio=share,
            before_a=each.use.current_a.value,
            after_a=each.current_a,
            how="fitted" if is_single else "scaled",
        )
        for each, share in zip(currents, shares, strict=True)
    )
    return IdleCurrent(idle_a, ratio, currents, states)
