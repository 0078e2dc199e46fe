"""Calibrates a power model: reads a trace, lays it on a run, fits the currents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mcusim import __version__
from mcusim.calibration.align import Alignment, aligned
from mcusim.calibration.apply import MeasuredCurrent, Measurement, calibrated_model
from mcusim.calibration.expected import RUNNING, expected_of
from mcusim.calibration.fit import fitted_with_fixed
from mcusim.calibration.measured import IdleCurrent, idle_current, window_currents
from mcusim.calibration.notes import check_even, check_plausible, power_notes
from mcusim.calibration.outcome import (
    energies,
    facts_of,
    matching_of,
    picture_of,
    state_fits,
    trace_energy_j,
    window_residuals,
)
from mcusim.calibration.recorded import recorded_run
from mcusim.calibration.traces.check import Quality, checked
from mcusim.calibration.traces.read import read_trace
from mcusim.calibration.traces.trace import TraceError
from mcusim.calibration.windows import AUTO, Activity, active_windows
from mcusim.errors import UsageError
from mcusim.power.schema import TABLE_TEMP_C, Fit
from mcusim.report.calibration import CalibrationPicture, PowerCalibration

if TYPE_CHECKING:
    from pathlib import Path

    from mcusim.calibration.expected import Expected
    from mcusim.calibration.fit import CurrentFit
    from mcusim.calibration.recorded import Recorded
    from mcusim.calibration.traces.trace import Trace
    from mcusim.power.schema import PowerModel
    from mcusim.report.report import Report
    from mcusim.report.request import RunRequest

_DOMINANT_RATIO = 0.9
"""A state with this much of the inference's time is what was measured; the others are scaled with it."""


@dataclass(frozen=True, slots=True)
class TraceRequest:
    """A measured trace and how to read it."""

    path: Path
    format: str = ""
    rate_hz: float | None = None
    """Of the sampling, where the file does not hold it."""
    supply_v: float | None = None
    window_s: tuple[float, float] | None = None
    """The part that is used, in the trace's own time."""
    trigger: str = AUTO
    is_forced: bool = False
    """Accept a current that is more than 3 times off the modelled one."""


@dataclass(frozen=True, slots=True)
class PowerOutcome:
    """What came of it."""

    calibration: PowerCalibration
    model: PowerModel
    picture: CalibrationPicture


@dataclass(frozen=True, slots=True)
class _Laid:
    """A trace laid on a run."""

    trace: Trace
    quality: Quality
    expected: Expected
    activity: Activity
    alignment: Alignment


def calibrate_power(request: RunRequest, wanted: TraceRequest, name: str) -> PowerOutcome:
    """Fit the power model of the run's board to a trace of the same firmware; `name` is the new model's.

    Raises:
        McusimError: the trace cannot be used, it is not of this firmware, or the run has nothing to compare.
    """
    trace, quality = _trace(wanted)
    supply_v, supply_source = _supply(wanted, trace)
    if supply_v is not None and request.supply_v is None:
        request = replace(request, supply_v=round(supply_v, 3))
    recorded = recorded_run(replace(request, needs_layers=False))
    report, model = recorded.report, recorded.power_model
    expected = expected_of(recorded.recording, report)
    assert model is not None, "expected_of refuses a run without a power model"
    _check_supply(report.supply_v, model)
    activity = active_windows(trace, wanted.trigger, expected.lengths_s, quality.gaps)
    laid = _Laid(trace, quality, expected, activity, aligned(activity, expected, trace.path))
    measured_a = window_currents(trace, laid.alignment)
    modelled_a = [use.current_a.value for use in expected.states]
    check_plausible(trace, measured_a, laid.alignment, modelled_a, is_forced=wanted.is_forced)
    is_asleep = [use.activity != RUNNING for use in expected.states]
    shares = [each.call.shares for each in laid.alignment.matches]
    fit = fitted_with_fixed(measured_a, shares, modelled_a, is_asleep)
    check_even(trace, fit)
    idle = idle_current(trace, laid.alignment, expected)
    measurement = _measurement(laid, fit, idle, report)
    calibrated = calibrated_model(model, name, measurement)
    fitted = _Fitted(measured_a, fit, idle, measurement, supply_source)
    calibration = _calibration(recorded, laid, fitted)
    return PowerOutcome(calibration, calibrated, picture_of(trace, laid.alignment, calibration))


@dataclass(frozen=True, slots=True)
class _Fitted:
    """What was fitted to it."""

    measured_a: tuple[float, ...]
    fit: CurrentFit
    idle: IdleCurrent
    measurement: Measurement
    supply_source: str


def _calibration(recorded: Recorded, laid: _Laid, fitted: _Fitted) -> PowerCalibration:
    """All of it, for people and programs; nothing is written yet."""
    report, model, fit = recorded.report, recorded.power_model, fitted.fit
    windows = window_residuals(laid.alignment, fitted.measured_a, fit)
    before_j, measured_j, after_j = energies(report, laid.expected, fitted.measured_a, fit)
    return PowerCalibration(
        mcusim_version=__version__,
        firmware=report.firmware.path,
        firmware_sha256=report.firmware.sha256,
        board=report.board,
        chip=recorded.board.chip.name,
        function=report.inference.function,
        model=model.name if model is not None else "",
        model_path="",
        trace=facts_of(laid.trace, laid.quality, report.supply_v, fitted.supply_source),
        matching=matching_of(laid.activity, laid.alignment, laid.expected),
        states=state_fits(laid.expected, fit, fitted.measurement.currents),
        idle_states=fitted.idle.states,
        windows=windows,
        residual_percent=100 * fit.rms_ratio if fit.is_checked else None,
        worst_percent=100 * max(fit.residual_ratios, key=abs) if fit.is_checked else None,
        band_percent=100 * fit.band_ratio,
        trace_energy_j=trace_energy_j(report, laid.alignment, fitted.measured_a),
        measured_energy_j=measured_j,
        before_energy_j=before_j,
        after_energy_j=after_j,
        notes=power_notes(laid.trace, laid.quality, laid.alignment, fit, fitted.idle),
    )


def _trace(wanted: TraceRequest) -> tuple[Trace, Quality]:
    trace = read_trace(wanted.path, wanted.format, wanted.rate_hz)
    if wanted.window_s is not None:
        begin_s, end_s = wanted.window_s
        part = trace.between(begin_s, end_s)
        if len(part.time_s) < 2:
            raise TraceError(
                "nothing of the trace is inside --window",
                where=trace.path,
                why=f"it goes from {trace.time_s[0]:.6g} s to {trace.time_s[-1]:.6g} s, "
                f"the window from {begin_s:.6g} s to {end_s:.6g} s",
                fix="give the window in the trace's own time",
            )
        trace = part
    return checked(trace)


def _supply(wanted: TraceRequest, trace: Trace) -> tuple[float | None, str]:
    if wanted.supply_v is not None:
        return wanted.supply_v, "--trace-supply"
    if trace.supply_v is not None:
        return trace.supply_v, "the trace"
    return None, "the run"


def _check_supply(supply_v: float, model: PowerModel) -> None:
    if not model.min_supply_v <= supply_v <= model.max_supply_v:
        raise UsageError(
            f"the trace was taken at {supply_v:g} V, which the chip does not work at",
            why=f"power model '{model.name}' holds from {model.min_supply_v:g} to {model.max_supply_v:g} V",
            fix="give the voltage at the chip's supply pins with --trace-supply, not that at the board's socket",
        )


def _measurement(laid: _Laid, fit: CurrentFit, idle: IdleCurrent, report: Report) -> Measurement:
    count = len(laid.alignment.matches)
    shares = np.mean([each.call.shares for each in laid.alignment.matches], axis=0)
    currents = [
        MeasuredCurrent(
            use,
            use.current_a.value * ratio,
            is_fitted=bool(fit.is_separate or share >= _DOMINANT_RATIO),
        )
        for use, ratio, share in zip(laid.expected.states, fit.state_ratios, shares, strict=True)
        if use.activity == RUNNING
    ]
    file = laid.trace.path.replace("\\", "/").rpartition("/")[2]
    date = f" on {laid.trace.date}" if laid.trace.date else ""
    what = (
        "all of it as inferences" if laid.activity.is_continuous else f"{count} inference{'s' * (count > 1)}"
    )
    source = (
        f"{file} ({laid.trace.format}), {what} of {report.inference.function} in firmware "
        f"{report.firmware.sha256[:12]} at {report.supply_v:g} V{date}"
    )
    return Measurement(
        currents=(*currents, *idle.currents),
        run_ratio=fit.common_ratio,
        idle_ratio=idle.ratio,
        band_ratio=fit.band_ratio,
        supply_v=report.supply_v,
        temp_c=TABLE_TEMP_C,
        source=source,
        fit=Fit(report.firmware.sha256, source, count, fit.rms_ratio),
    )
