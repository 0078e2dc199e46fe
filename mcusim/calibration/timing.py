"""Fits numbers of a chip's flash interface to measured cycles, by running the firmware with trial values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mcusim import __version__
from mcusim.board.schema import FetchModel
from mcusim.board.timing_file import LARGEST, RATIOS, parameters_of, with_interface, with_parameters
from mcusim.calibration.cycles import INFERENCE
from mcusim.calibration.recorded import recorded_run, rerun
from mcusim.calibration.search import SENSITIVE_RATIO, chosen_steps, rms_ratio
from mcusim.calibration.traces.trace import TraceError
from mcusim.errors import UsageError, unknown_name
from mcusim.report.calibration import CycleResidual, ParameterFit, TimingCalibration
from mcusim.units import engineering, grouped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mcusim.board.schema import FlashInterface
    from mcusim.calibration.cycles import MeasuredCycles
    from mcusim.calibration.recorded import Recorded
    from mcusim.report.report import Report
    from mcusim.report.request import RunRequest

MOST_ROUNDS_COUNT = 3
_TRIAL_RATIO, _TRIAL_WALK_RATIO = 0.2, 0.5
_LEAST_GAIN_RATIO = 0.9
_MET_RATIO = 0.001
"""Below this there is nothing to fit."""
_UNEXPLAINED_RATIO = 0.03
"""A larger residual after the fit has another cause; reports of well-known cores promise less."""
_LEAST_BAND_RATIO = 0.02
"""Assumed: the same firmware with the same link map, for functions that were not measured."""
_RESIDUALS_PER_BAND = 2.0
_ONE_ROW_BAND_RATIO = 0.05
"""Twice what a fit to one network left on another (STM32L4R5, MLPerf Tiny v1.1: 2.2 %)."""
_MOST_OFF_RATIO = 3.0
"""Assumed: another unit, clock or firmware was measured."""
_MOST_FITTED_RATIO = 1.3
"""Twice the widest band of a memory system that was compared (mcusim/analysis/error_bands.toml): no number of a flash
interface is that wrong, two calls counted as one are."""


@dataclass(frozen=True, slots=True)
class _Trial:
    """Values of the numbers and the cycles that came of them."""

    values: dict[str, float]
    cycles: tuple[float, ...]


def calibrate_timing(
    request: RunRequest, measured: Sequence[MeasuredCycles], measurement: str
) -> TimingCalibration:
    """Compare measured functions with modelled ones and fit what the measurements are sensitive to.

    Raises:
        McusimError: a function was never called, or the run is wrong.
    """
    base = recorded_run(replace(request, needs_layers=False))
    wanted = [each.cycles_at(base.report.clock_hz) for each in measured]
    before = tuple(modelled_cycles(base.report, each.name) for each in measured)
    _check_plausible(measured, wanted, before, base.report.clock_hz)
    interface = base.board.chip.flash_interface
    why_unfitted = _why_unfitted(measured, wanted, before)
    if interface is None or why_unfitted or rms_ratio(before, wanted) < _MET_RATIO:
        name = interface.name if interface else ""
        found = _Found(before, {}, (), 1, name, measurement, why_unfitted)
        return _result(base, measured, wanted, before, found)
    runs_count = 1

    def run(values: Mapping[str, float]) -> tuple[float, ...]:
        nonlocal runs_count
        runs_count += 1
        board = with_interface(base.board, with_parameters(interface, values))
        report = rerun(replace(request, needs_layers=False), board, base.image).report
        return tuple(modelled_cycles(report, each.name) for each in measured)

    start = _Trial(parameters_of(interface), before)
    slopes, effects = _slopes(start, interface, run)
    fitted = _fitted(start, slopes, wanted, run)
    parameters = tuple(
        ParameterFit(
            name=name,
            before_ratio=value,
            after_ratio=fitted.values[name],
            effect_percent=100 * effects[name],
            why_kept=_why_kept(value == fitted.values[name], effects[name]),
        )
        for name, value in start.values.items()
    )
    found = _Found(fitted.cycles, fitted.values, parameters, runs_count, interface.name, measurement)
    return _result(base, measured, wanted, before, found)


def _check_plausible(
    measured: Sequence[MeasuredCycles], wanted: Sequence[float], modelled: Sequence[float], clock_hz: int
) -> None:
    for row, cycles, model_cycles in zip(measured, wanted, modelled, strict=True):
        ratio = cycles / model_cycles
        if 1 / _MOST_OFF_RATIO <= ratio <= _MOST_OFF_RATIO:
            continue
        count = "the sum of several calls (the column count)" if ratio > 1 else "a part of a call"
        times = f"{ratio:.3g}" if ratio < 1000 else grouped(round(ratio))
        raise TraceError(
            f"'{row.name}' was measured {times} times as long as modelled",
            why=f"{grouped(round(cycles))} cycles measured, {grouped(round(model_cycles))} modelled for one call at "
            f"{engineering(clock_hz, 'Hz')}; no flash interface explains that",
            fix=f"check that it is one call, not {count}, the unit (cycles, time_us, time_ms), the clock (clock_mhz, "
            "--clock), and that this firmware was measured",
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """What a fit came to."""

    cycles: tuple[float, ...]
    values: dict[str, float]
    parameters: tuple[ParameterFit, ...]
    runs_count: int
    interface: str
    measurement: str
    why_unfitted: str = ""


def _why_unfitted(
    measured: Sequence[MeasuredCycles], wanted: Sequence[float], modelled: Sequence[float]
) -> str:
    """Why no number was tried; empty: the measurements are near enough."""
    for row, cycles, model_cycles in zip(measured, wanted, modelled, strict=True):
        ratio = cycles / model_cycles
        if not 1 / _MOST_FITTED_RATIO <= ratio <= _MOST_FITTED_RATIO:
            return (
                f"'{row.name}' was measured {ratio:.3g} times as long as modelled: flash is not modelled that badly, "
                "so nothing was fitted. Check that it is one call, the clock, and that this firmware was measured"
            )
    return ""


def modelled_cycles(report: Report, name: str) -> float:
    """Cycles of one call of a function with all that it calls; "inference" is the measured region.

    Raises:
        UnknownNameError: it never ran.
        UsageError: it never returned.
    """
    inference = report.inference
    if name in (INFERENCE, inference.function):
        if not inference.cycles or not inference.is_complete:
            raise UsageError(
                f"'{inference.function}' did not run to its end",
                why=f"the run stopped: {report.stop.detail or report.stop.reason}",
                fix="run it alone with `mcusim run` to see why, or name another function with --roi",
            )
        return float(inference.cycles)
    for function in report.functions:
        if function.name == name and function.calls_count:
            return function.inclusive_cycles / function.calls_count
    called = [each.name for each in report.functions if each.calls_count]
    raise unknown_name("function that ran", name, [INFERENCE, *called], where="the measurements")


def _slopes(
    start: _Trial, interface: FlashInterface, run: Callable[[Mapping[str, float]], tuple[float, ...]]
) -> tuple[dict[str, tuple[float, ...]], dict[str, float]]:
    """Per number that matters: the change of each row per unit; and per number the largest relative change."""
    slopes: dict[str, tuple[float, ...]] = {}
    effects: dict[str, float] = {}
    for name, value in start.values.items():
        step = _step(name, value, is_walk=interface.model is FetchModel.WALK)
        cycles = run({**start.values, name: value + step})
        changes = [(after - before) / before for after, before in zip(cycles, start.cycles, strict=True)]
        effects[name] = max(map(abs, changes))
        if effects[name] >= SENSITIVE_RATIO:
            slopes[name] = tuple(
                (after - before) / step for after, before in zip(cycles, start.cycles, strict=True)
            )
    return slopes, effects


def _step(name: str, value: float, *, is_walk: bool) -> float:
    """How far a number is moved to see whether it matters, downwards where there is room."""
    if name in RATIOS:
        step = _TRIAL_WALK_RATIO if is_walk else _TRIAL_RATIO
        return -step if value >= step else step
    return float(max(1, round(value / 4)))


def _fitted(
    start: _Trial,
    slopes: Mapping[str, tuple[float, ...]],
    wanted: Sequence[float],
    run: Callable[[Mapping[str, float]], tuple[float, ...]],
) -> _Trial:
    """Steps along the slopes, each checked by a run; the start stays where none helps. One row moves one number."""
    best = start
    for _ in range(MOST_ROUNDS_COUNT):
        limits = {name: (-best.values[name], LARGEST[name] - best.values[name]) for name in slopes}
        choice = chosen_steps(best.cycles, wanted, slopes, limits)
        values = dict(best.values)
        for name, step in zip(choice.names, choice.steps, strict=True):
            moved = values[name] + step
            values[name] = round(moved, 4) if name in RATIOS else float(round(moved))
        if values == best.values:
            break
        trial = _Trial(values, run(values))
        if rms_ratio(trial.cycles, wanted) > _LEAST_GAIN_RATIO * rms_ratio(best.cycles, wanted):
            break
        best = trial
        if len(wanted) == 1:
            slopes = {name: slopes[name] for name in choice.names}
    return best


def _why_kept(is_same: bool, effect_ratio: float) -> str:
    if not is_same:
        return ""
    return "no effect on these rows" if effect_ratio < SENSITIVE_RATIO else "not needed"


def _result(
    base: Recorded,
    measured: Sequence[MeasuredCycles],
    wanted: Sequence[float],
    before: tuple[float, ...],
    found: _Found,
) -> TimingCalibration:
    after_ratio = rms_ratio(found.cycles, wanted)
    rows = tuple(
        CycleResidual(each.name, cycles, was, now)
        for each, cycles, was, now in zip(measured, wanted, before, found.cycles, strict=True)
    )
    worst_ratio = max(abs(row.after_percent) for row in rows) / 100
    least_ratio = _LEAST_BAND_RATIO if len(rows) > 1 else _ONE_ROW_BAND_RATIO
    band_ratio = max(least_ratio, _RESIDUALS_PER_BAND * after_ratio, worst_ratio)
    scale_ratio = float(np.mean([row.measured_cycles / row.after_cycles for row in rows]))
    report = base.report
    return TimingCalibration(
        mcusim_version=__version__,
        firmware=report.firmware.path,
        firmware_sha256=report.firmware.sha256,
        board=report.board,
        chip=base.board.chip.name,
        interface=found.interface,
        measurement=found.measurement,
        rows=rows,
        parameters=found.parameters,
        before_percent=100 * rms_ratio(before, wanted),
        after_percent=100 * after_ratio,
        band_percent=100 * band_ratio,
        scale_ratio=scale_ratio,
        timing_path="",
        runs_count=found.runs_count,
        notes=_notes(report, found, after_ratio, scale_ratio),
    )


def _notes(report: Report, found: _Found, after_ratio: float, scale_ratio: float) -> tuple[str, ...]:
    notes = []
    if found.why_unfitted:
        notes.append(found.why_unfitted)
    elif not found.interface:
        notes.append("the flash of this chip is ideal: there is no number to fit, only the ratio to report")
    elif not found.parameters:
        notes.append("the model meets the measurements: there is nothing to fit")
    elif all(each.why_kept for each in found.parameters):
        notes.append(
            "no number of the flash interface brings the modelled cycles nearer to the measured ones"
        )
    if after_ratio > _UNEXPLAINED_RATIO:
        notes.append(
            f"{100 * after_ratio:.1f} % are left that the flash interface does not explain. Measured cycles are "
            f"{scale_ratio:.4f} times the modelled ones; look for another cause: a different ELF or link map, another "
            "clock or wait states (--set flash.wait_states), interrupts, or code that waits for a peripheral"
        )
    rounded = [
        each.name
        for each in found.parameters
        if not each.why_kept and each.after_ratio in (0.0, LARGEST[each.name])
    ]
    if rounded:
        notes.append(
            f"{', '.join(rounded)} ended at the limit of what it can be: doubt the measurement or the clock"
        )
    if any(kernel.kind == "sleep" and kernel.self_cycles for kernel in report.kernels):
        notes.append(
            "the modelled inference sleeps in between: a pin or a timer counts that time, DWT's counter does not"
        )
    return tuple(notes)
