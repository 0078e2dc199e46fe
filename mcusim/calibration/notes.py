"""What a reader of a calibration must know besides its numbers, and what is too wrong to go on with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mcusim.calibration.traces.check import clipped_note
from mcusim.calibration.traces.trace import TraceError
from mcusim.units import engineering

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.calibration.align import Alignment
    from mcusim.calibration.fit import CurrentFit
    from mcusim.calibration.measured import IdleCurrent
    from mcusim.calibration.traces.check import Quality
    from mcusim.calibration.traces.trace import Trace

_IMPLAUSIBLE_RATIO = 50.0
_SURPRISING_RATIO = 2.0
_SURPRISING_LENGTH_RATIO = 0.05
"""Above the band of every core's cycles and the tolerance of common RC oscillators."""
_SURPRISING_DRIFT_RATIO = 0.002
_UNIT_STEP = 1000.0


def check_plausible(
    trace: Trace, measured_a: Sequence[float], alignment: Alignment, modelled_a: Sequence[float]
) -> None:
    """Refuse currents that no board can have drawn.

    Raises:
        TraceError: they are more than 50 times off, which is a wrong unit.
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
    if 1 / _IMPLAUSIBLE_RATIO < ratio < _IMPLAUSIBLE_RATIO:
        return
    steps = round(float(np.log(ratio) / np.log(_UNIT_STEP))) or (1 if ratio > 1 else -1)
    direction = "smaller" if steps > 0 else "larger"
    raise TraceError(
        f"the measured current is {ratio:.3g} times the modelled one",
        where=f"{trace.path}: the current column, read as {trace.format}",
        why=f"{engineering(mean_a, 'A')} measured, {engineering(expected_a, 'A')} modelled during the inference",
        fix=f"the unit is most likely wrong: write one that is {_UNIT_STEP ** abs(steps):g} times {direction} into "
        "the heading of the current column (uA, mA, A)",
    )


def power_notes(
    trace: Trace, quality: Quality, alignment: Alignment, fit: CurrentFit, idle: IdleCurrent
) -> tuple[str, ...]:
    """All notes, the most important first."""
    active_a = np.concatenate(
        [trace.current_a[each.window.first_index : each.window.end_index] for each in alignment.matches]
    )
    notes = [
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
    if length is not None and abs(length - 1) > _SURPRISING_LENGTH_RATIO:
        word = "longer" if length > 1 else "shorter"
        notes.append(
            f"measured inferences are {100 * abs(length - 1):.1f} % {word} than modelled ones: the board's clock or "
            "the meter's is off, or the cycles are (--clock, or mcusim calibrate --cycles). Currents are fitted "
            "nevertheless; energies rest on the modelled time"
        )
    if drift is not None and abs(drift) > _SURPRISING_DRIFT_RATIO:
        notes.append(
            f"the length of an inference drifts by {100 * drift:+.2f} % over the trace: a clock is warming up, or the "
            "meter's sampling is not steady"
        )
    return notes
