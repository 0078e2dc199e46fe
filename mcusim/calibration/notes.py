"""What a reader of a calibration must know besides its numbers, and what is too wrong to go on with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mcusim.calibration.traces.check import clipped_note
from mcusim.calibration.traces.trace import TraceError
from mcusim.units import engineering, grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.calibration.align import Alignment
    from mcusim.calibration.fit import CurrentFit
    from mcusim.calibration.measured import IdleCurrent
    from mcusim.calibration.traces.check import Quality
    from mcusim.calibration.traces.trace import Trace

_IMPLAUSIBLE_RATIO = 50.0
"""Nobody's board: a wrong unit."""
_DOUBTFUL_RATIO = 3.0
"""Published firmware set-ups draw 0.83 to 1.22 times the mean of the others on an STM32L4R5
(docs/concepts/energy.md)."""
_SURPRISING_RATIO = 2.0
_SURPRISING_LENGTH_RATIO = 0.03
"""The energy is off by as much: it rests on the modelled time.
Assumed: more than a chip's own oscillator is off at room temperature."""
_SURPRISING_DRIFT_RATIO = 0.002
_SIGNIFICANT_ERRORS_COUNT = 3
_UNIT_STEP = 1000.0
_PARTS_COUNT = 10
_UNEVEN_RATIO = 1.5


def check_plausible(
    trace: Trace,
    measured_a: Sequence[float],
    alignment: Alignment,
    modelled_a: Sequence[float],
    *,
    is_forced: bool = False,
) -> None:
    """Refuse currents that no board can have drawn, and doubtful ones unless `is_forced`.

    Raises:
        TraceError: they are more than 3 times off, or more than 50 times, which is a wrong unit.
    """
    mean_a = sum(measured_a) / len(measured_a)
    shares = np.mean([each.call.shares for each in alignment.matches], axis=0)
    expected_a = float(np.dot(shares, modelled_a))
    if mean_a <= 0:
        raise TraceError(
            f"the mean current during the inference is {engineering(mean_a, 'A')}",
            where=trace.path,
            why="a chip at work draws current",
            fix="swap the meter's leads, or remove its offset (calibrate it with nothing connected)",
        )
    ratio = mean_a / expected_a
    most_ratio = _IMPLAUSIBLE_RATIO if is_forced else _DOUBTFUL_RATIO
    if 1 / most_ratio < ratio < most_ratio:
        return
    why = f"{engineering(mean_a, 'A')} measured, {engineering(expected_a, 'A')} modelled during the inference"
    if 1 / _IMPLAUSIBLE_RATIO < ratio < _IMPLAUSIBLE_RATIO:
        raise TraceError(
            f"the measured current is {ratio:.3g} times the modelled one",
            where=trace.path,
            why=f"{why}; {_doubts(ratio)}",
            fix="correct it and measure again; if the current is the chip's, go on with --accept-current",
        )
    steps = round(float(np.log(ratio) / np.log(_UNIT_STEP))) or (1 if ratio > 1 else -1)
    direction = "smaller" if steps > 0 else "larger"
    raise TraceError(
        f"the measured current is {_times(ratio)} times the modelled one",
        where=f"{trace.path}: the current column, read as {trace.format}",
        why=why,
        fix=f"the unit is most likely wrong: write one that is {_UNIT_STEP ** abs(steps):g} times {direction} into "
        "the heading of the current column (uA, mA, A)",
    )


def check_even(trace: Trace, fit: CurrentFit) -> None:
    """Refuse inferences whose currents differ so much that no band could be written.

    Raises:
        TraceError: twice the rms of what is left over is as large as the current itself.
    """
    if fit.band_ratio < 1:
        return
    raise TraceError(
        "the inferences of the trace draw too different currents for one model",
        where=trace.path,
        why=f"{100 * fit.rms_ratio:.0f} % rms are left over after the fit",
        fix="choose a part with alike inferences with --window, or the channel of a pin with --trigger D0",
    )


def _times(ratio: float) -> str:
    return f"{ratio:.3g}" if ratio < _UNIT_STEP else grouped(round(ratio))


def _doubts(ratio: float) -> str:
    """What makes a current several times too large or too small, the most frequent first."""
    meter = (
        "the meter sees more than the chip (measure at the IDD jumper, not at the board's socket)"
        if ratio > 1
        else "the meter sees only a part of the supply (another jumper feeds the chip as well, or a debug probe does)"
    )
    return (
        f"either {meter}, or other firmware ran or at another clock (--clock), or the heading's unit is wrong"
    )


def power_notes(
    trace: Trace, quality: Quality, alignment: Alignment, fit: CurrentFit, idle: IdleCurrent
) -> tuple[str, ...]:
    """All notes, the most important first."""
    active_a = np.concatenate(
        [trace.current_a[each.window.first_index : each.window.end_index] for each in alignment.matches]
    )
    notes = [
        _unchecked_note(trace, alignment, fit),
        clipped_note(active_a),
        *_ratio_notes(fit),
        *_time_notes(alignment),
        idle.why_not,
        *quality.notes,
    ]
    if quality.gaps:
        places = ", ".join(f"{gap.at_s:.6g} s" for gap in quality.gaps[:3])
        more = " …" if len(quality.gaps) > 3 else ""
        notes.append(
            f"{100 * quality.missing_ratio:.2g} % of the trace is missing, at {places}{more}; inferences with a gap "
            "in them were left out"
        )
    if not fit.is_separate and len(fit.state_ratios) > 1:
        notes.append("the trace cannot tell the states of the inference apart: they share one factor")
    return tuple(filter(None, notes))


def _unchecked_note(trace: Trace, alignment: Alignment, fit: CurrentFit) -> str:
    if fit.is_checked:
        return ""
    if alignment.length_ratio is not None:
        return "one inference is nothing to compare with others: record a dozen for a narrower band"
    call_s = alignment.matches[0].call.length_s
    period_s = float(trace.time_s[-1] - trace.time_s[0]) / (len(trace.time_s) - 1)
    size = max(1, round(call_s / _PARTS_COUNT / period_s))
    count = max(1, len(trace.time_s) // size)
    low_a, high_a = np.percentile(trace.current_a[: count * size].reshape(count, -1).mean(axis=1), (5, 95))
    note = "nothing in the trace shows that it is this firmware's inferences: its mean was taken as their current"
    if high_a > _UNEVEN_RATIO * low_a:
        note += (
            f"; it goes from {engineering(low_a, 'A')} to {engineering(high_a, 'A')}: is all of it inference?"
        )
    return note


def _ratio_notes(fit: CurrentFit) -> list[str]:
    ratio = fit.common_ratio
    if 1 / _SURPRISING_RATIO < ratio < _SURPRISING_RATIO:
        return []
    reason = (
        "the meter may see more than the chip: a board's LEDs, regulator or debug probe"
        if ratio > 1
        else "the meter may see only one of the chip's supplies"
    )
    return [f"the measured current is {ratio:.2f} times the modelled one; {reason}"]


def _time_notes(alignment: Alignment) -> list[str]:
    notes = []
    length, drift = alignment.length_ratio, alignment.drift_ratio
    surprising = max(_SURPRISING_LENGTH_RATIO, _SIGNIFICANT_ERRORS_COUNT * alignment.length_error_ratio)
    if length is not None and abs(length - 1) > surprising:
        word = "longer" if length > 1 else "shorter"
        notes.append(
            f"measured inferences are {100 * abs(length - 1):.1f} % {word} than modelled ones: the board's clock or "
            "the meter's is off, or the cycles are (--clock, or mcusim calibrate --cycles). Currents are fitted "
            "nevertheless; energies of runs rest on the modelled time"
        )
    if drift is not None and abs(drift) > _SURPRISING_DRIFT_RATIO:
        notes.append(
            f"the length of an inference drifts by {100 * drift:+.2f} % over the trace: a clock is warming up, or the "
            "meter's sampling is not steady"
        )
    return notes
