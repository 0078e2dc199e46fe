"""Puts what a power calibration found into the types that are shown."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from mcusim.report.calibration import CalibrationPicture, Matching, StateFit, TraceFacts, WindowResidual

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.calibration.align import Alignment
    from mcusim.calibration.apply import MeasuredCurrent
    from mcusim.calibration.expected import Expected
    from mcusim.calibration.fit import CurrentFit
    from mcusim.calibration.traces.check import Quality
    from mcusim.calibration.traces.trace import Trace
    from mcusim.calibration.windows import Activity
    from mcusim.report.calibration import PowerCalibration
    from mcusim.report.report import Report

_PICTURE_COLUMNS_COUNT = 1500
_PICTURE_WINDOWS_COUNT = 4


def facts_of(trace: Trace, quality: Quality, supply_v: float, supply_source: str) -> TraceFacts:
    """The trace as it was read."""
    return TraceFacts(
        path=trace.path.replace("\\", "/"),
        format=trace.format,
        samples_count=quality.samples_count,
        rate_hz=quality.rate_hz,
        begin_s=float(trace.time_s[0]),
        duration_s=quality.duration_s,
        supply_v=supply_v,
        supply_source=supply_source,
        gaps_count=len(quality.gaps),
        missing_percent=100 * quality.missing_ratio,
    )


def matching_of(activity: Activity, alignment: Alignment, expected: Expected) -> Matching:
    """How the trace lies on the run."""
    ratio, drift = alignment.length_ratio, alignment.drift_ratio
    return Matching(
        how=activity.how,
        windows_count=alignment.windows_count,
        matched_count=len(alignment.matches),
        modelled_length_s=expected.mean_length_s,
        measured_length_s=None if ratio is None else expected.mean_length_s * ratio,
        length_percent=None if ratio is None else 100 * (ratio - 1),
        drift_percent=None if drift is None else 100 * drift,
    )


def state_fits(
    expected: Expected, fit: CurrentFit, written: Sequence[MeasuredCurrent]
) -> tuple[StateFit, ...]:
    """The states of the inference before and after, those with most of its time first."""
    fitted = {id(each.use) for each in written if each.is_fitted}
    shares = np.mean([call.shares for call in expected.calls], axis=0)
    rows = [
        StateFit(
            activity=use.activity,
            execution=use.execution,
            clock_hz=use.clock_hz,
            mode=use.mode,
            regulator=use.regulator,
            voltage_range=use.voltage_range,
            share_ratio=float(share),
            before_a=use.current_a.value,
            after_a=use.current_a.value * ratio,
            how="fitted" if id(use) in fitted else "kept" if ratio == 1.0 else "scaled",
        )
        for use, ratio, share in zip(expected.states, fit.state_ratios, shares, strict=True)
    ]
    return tuple(sorted(rows, key=lambda row: -row.share_ratio))


def window_residuals(
    alignment: Alignment, measured_a: Sequence[float], fit: CurrentFit
) -> tuple[WindowResidual, ...]:
    """Each matched inference against the calibrated model."""
    return tuple(
        WindowResidual(
            match.window.begin_s,
            match.window.length_s,
            current_a,
            100 * residual if fit.is_checked else None,
        )
        for match, current_a, residual in zip(alignment.matches, measured_a, fit.residual_ratios, strict=True)
    )


def energies(
    report: Report, expected: Expected, measured_a: Sequence[float], fit: CurrentFit
) -> tuple[float, float, float]:
    """Joules per inference before, as measured, and after; the time is the modelled one in all three."""
    volt_seconds = report.supply_v * expected.mean_length_s
    shares = np.mean([call.shares for call in expected.calls], axis=0)
    modelled_a = np.array([use.current_a.value for use in expected.states])
    before_a = float(shares @ modelled_a)
    after_a = float(shares @ (modelled_a * np.array(fit.state_ratios)))
    mean_a = sum(measured_a) / len(measured_a)
    return volt_seconds * before_a, volt_seconds * mean_a, volt_seconds * after_a


def trace_energy_j(report: Report, alignment: Alignment, measured_a: Sequence[float]) -> float | None:
    """Joules per inference as they lie in the trace, over its own time; None where it shows no single inferences."""
    if alignment.length_ratio is None:
        return None
    charges = [
        current_a * match.window.length_s
        for match, current_a in zip(alignment.matches, measured_a, strict=True)
    ]
    return report.supply_v * sum(charges) / len(charges)


def picture_of(trace: Trace, alignment: Alignment, calibration: PowerCalibration) -> CalibrationPicture:
    """The first few matched inferences and what is around them."""
    windows = [each.window for each in alignment.matches[:_PICTURE_WINDOWS_COUNT]]
    margin = max(1, (windows[0].end_index - windows[0].first_index) // 3)
    first, end = (
        max(0, windows[0].first_index - margin),
        min(len(trace.time_s), windows[-1].end_index + margin),
    )
    size = max(1, -(-(end - first) // _PICTURE_COLUMNS_COUNT))
    measured = []
    for start in range(first, end, size):
        part = trace.current_a[start : min(start + size, end)]
        measured.append(
            (float(trace.time_s[start]), float(part.mean()), float(part.min()), float(part.max()))
        )
    before_a, after_a = (
        sum(getattr(state, name) * state.share_ratio for state in calibration.states)
        for name in ("before_a", "after_a")
    )
    idle = [
        sum(getattr(state, name) * state.share_ratio for state in calibration.idle_states)
        if calibration.idle_states
        else None
        for name in ("before_a", "after_a")
    ]
    edges = [(window.begin_s, window.end_s) for window in windows]
    ends_s = (float(trace.time_s[first]), float(trace.time_s[end - 1]))
    return CalibrationPicture(
        title=f"{calibration.firmware} on {calibration.board}, {calibration.trace.path}",
        measured=tuple(measured),
        before=_steps(edges, ends_s, before_a, idle[0]),
        after=_steps(edges, ends_s, after_a, idle[1]),
    )


def _steps(
    edges: Sequence[tuple[float, float]], ends_s: tuple[float, float], active_a: float, idle_a: float | None
) -> tuple[tuple[float, float], ...]:
    """Corners of the modelled current; where nothing was fitted between inferences the line has a hole."""
    low_a = math.nan if idle_a is None else idle_a
    points = [(ends_s[0], low_a)]
    for begin_s, end_s in edges:
        points += [(begin_s, low_a), (begin_s, active_a), (end_s, active_a), (end_s, low_a)]
    return (*points, (ends_s[1], low_a))
