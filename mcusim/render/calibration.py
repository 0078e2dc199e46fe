"""A calibration as text for people, 80 columns wide, and as JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from mcusim.render.words import printable
from mcusim.units import engineering, grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.report.calibration import PowerCalibration, StateFit, TimingCalibration

_WIDTH = 80
_LABEL_WIDTH = 10
_NAME_WIDTH = 30


def power_text(found: PowerCalibration) -> str:
    """One page: the trace, how it lies on the run, what was fitted, what is left over."""
    trace, matching = found.trace, found.matching
    inferences = (
        f"{matching.matched_count} of {matching.windows_count} windows are calls of {found.function}, found by "
        if matching.measured_length_s is not None
        else f"taken for calls of {found.function} without a pause, by "
    )
    lines = [
        f"Power model {found.model} calibrated with {trace.path}",
        f"{found.firmware} on {found.board}",
        "",
        *_labelled("Trace", _trace(found)),
        *_labelled("Matched", inferences + matching.how),
        *_labelled("Length", _length(found)),
        *_labelled("Energy", _energy(found)),
        *_labelled("Left over", _left_over(found)),
        "",
        *_columns([_STATE_HEADINGS, *map(_state, (*found.states, *found.idle_states))], "llrrrl"),
        "",
        *_notes(found.notes),
    ]
    if found.model_path:
        lines += _labelled("Written", f"{found.model_path}, for --power-model or a board file's power_model")
    return _page(lines)


def timing_text(found: TimingCalibration) -> str:
    """One page: each measured function before and after, and which numbers were fitted."""
    lines = [
        f"Timing of {found.chip} compared with {found.measurement}",
        f"{found.firmware} on {found.board}",
        "",
        *_columns(_cycle_rows(found), "lrrrrr" if _is_fitted(found) else "lrrr"),
        "",
        *_labelled("Residual", _residual(found)),
        "",
    ]
    if found.parameters:
        lines += [*_columns([_PARAMETER_HEADINGS, *_parameter_rows(found)], "lrrrl"), ""]
    lines += _notes(found.notes)
    if found.timing_path:
        lines += _labelled("Written", f"{found.timing_path}, for --timing")
    if found.why_not_written:
        lines += wrap(f"Not written: {found.why_not_written}", _WIDTH)
    return _page(lines)


def calibration_json(found: PowerCalibration | TimingCalibration) -> str:
    """The same as one JSON object."""
    data: dict[str, Any] = {"schema": 1, **asdict(found)}
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _trace(found: PowerCalibration) -> str:
    trace = found.trace
    parts = [
        f"{trace.format}, {grouped(trace.samples_count)} samples at {engineering(trace.rate_hz, 'Hz')}",
        f"{engineering(trace.duration_s, 's')} from {trace.begin_s:.6g} s",
        f"{trace.supply_v:.3g} V ({trace.supply_source})",
    ]
    if trace.gaps_count:
        parts.append(
            f"{trace.gaps_count} gap{'s' * (trace.gaps_count > 1)}, {trace.missing_percent:.2g} % missing"
        )
    return ", ".join(parts)


def _length(found: PowerCalibration) -> str:
    matching = found.matching
    modelled = f"{engineering(matching.modelled_length_s, 's', 4)} modelled"
    if matching.measured_length_s is None or matching.length_percent is None:
        return f"{modelled}; the trace shows no single inferences"
    measured = f"{engineering(matching.measured_length_s, 's', 4)} measured, {modelled}"
    drift = matching.drift_percent
    return f"{measured}: {matching.length_percent:+.2f} %" + (
        "" if drift is None else f" (drift {drift:+.2f} % over the trace)"
    )


def _energy(found: PowerCalibration) -> str:
    matching = found.matching
    measured, before, after = (
        engineering(each, "J")
        for each in (found.measured_energy_j, found.before_energy_j, found.after_energy_j)
    )
    modelled = f"{measured} over the modelled {engineering(matching.modelled_length_s, 's', 4)}"
    own = ""
    if found.trace_energy_j is not None and matching.measured_length_s is not None:
        length = engineering(matching.measured_length_s, "s", 4)
        own = f"{engineering(found.trace_energy_j, 'J')} in the trace ({length}); "
    return f"{own}{modelled}, by the model {before} before ({found.before_percent:+.1f} %), {after} after"


def _left_over(found: PowerCalibration) -> str:
    band = f"the calibrated currents get a band of ±{_percent(found.band_percent)} %"
    if found.residual_percent is None or found.worst_percent is None:
        what = "one level" if found.matching.measured_length_s is None else "one inference"
        return f"{what}, not checked against the run; {band}"
    sign = "+" if found.worst_percent > 0 else ""
    return (
        f"{_percent(found.residual_percent)} % rms over the windows, worst {sign}{_percent(found.worst_percent)} %; "
        f"{band}"
    )


def _percent(value: float) -> str:
    """Two digits, or whole percents: never "1e+02"."""
    return f"{value:.2g}" if abs(value) < 99.5 else f"{value:.0f}"


_STATE_HEADINGS = ("State", "clock", "share", "before", "after", "")


def _state(state: StateFit) -> tuple[str, ...]:
    where = f" from {state.execution}" if state.activity == "run" and state.execution != "any" else ""
    name = f"{state.activity}{where}" + (f" {state.mode}" if state.mode not in ("", state.activity) else "")
    return (
        name,
        engineering(state.clock_hz, "Hz") if state.clock_hz else "",
        f"{100 * state.share_ratio:.1f} %",
        engineering(state.before_a, "A"),
        engineering(state.after_a, "A"),
        state.how,
    )


_ROW_HEADINGS = ("Function", "measured", "modelled", "error", "fitted", "error")


def _cycle_rows(found: TimingCalibration) -> list[tuple[str, ...]]:
    """The table with its headings; without a fit there is nothing in its last two columns."""
    rows: list[tuple[str, ...]] = [_ROW_HEADINGS]
    for row in found.rows:
        before = (_cycles(row.before_cycles), f"{row.before_percent:+.2f} %")
        after = (_cycles(row.after_cycles), f"{row.after_percent:+.2f} %")
        rows.append((_short(row.name), _cycles(row.measured_cycles), *before, *after))
    return rows if _is_fitted(found) else [row[:4] for row in rows]


def _is_fitted(found: TimingCalibration) -> bool:
    return any(not each.why_kept for each in found.parameters)


def _cycles(value_cycles: float) -> str:
    return grouped(round(value_cycles))


def _short(name: str) -> str:
    name = printable(name)
    return name if len(name) <= _NAME_WIDTH else name[: _NAME_WIDTH - 1] + "…"


def _residual(found: TimingCalibration) -> str:
    before = f"{found.before_percent:.2f} % rms"
    if not _is_fitted(found):
        return f"{before}; measured over modelled cycles {found.scale_ratio:.4f}"
    band = f"runs with it get ±{_percent(found.band_percent)} % for flash"
    return f"{before} before, {found.after_percent:.2f} % after; {band}"


_PARAMETER_HEADINGS = ("Number of the flash interface", "before", "after", "effect", "")


def _parameter_rows(found: TimingCalibration) -> list[tuple[str, ...]]:
    return [
        (
            each.name,
            f"{each.before_ratio:.4g}",
            f"{each.after_ratio:.4g}",
            f"{_percent(each.effect_percent)} %",
            each.why_kept or "fitted",
        )
        for each in found.parameters
    ]


def _notes(notes: Sequence[str]) -> list[str]:
    lines: list[str] = []
    for note in notes:
        lines += wrap(f"Note: {printable(note)}", _WIDTH, subsequent_indent="  ")
    return [*lines, ""] if lines else []


def _labelled(label: str, text: str) -> list[str]:
    indent = " " * _LABEL_WIDTH
    lines = wrap(printable(text), _WIDTH - _LABEL_WIDTH, break_long_words=False, break_on_hyphens=False)
    return [f"{label:{_LABEL_WIDTH}}{lines[0]}", *(indent + line for line in lines[1:])]


def _columns(rows: Sequence[tuple[str, ...]], sides: str) -> list[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(sides))]
    return [
        "  ".join(
            f"{cell:>{width}}" if side == "r" else f"{cell:{width}}"
            for cell, width, side in zip(row, widths, sides, strict=True)
        )
        for row in rows
    ]


def _page(lines: Sequence[str]) -> str:
    return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"
