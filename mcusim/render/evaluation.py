"""An evaluation as text for the terminal, as JSON, and as CSV with one line for each input."""

from __future__ import annotations

import csv
import json
import textwrap
from dataclasses import asdict
from io import StringIO
from typing import TYPE_CHECKING, Any

from mcusim.power.schema import TABLE_TEMP_C
from mcusim.render.columns import csv_cell
from mcusim.render.words import band_words, bar, printable
from mcusim.report.evaluation import EVALUATION_SCHEMA_VERSION
from mcusim.units import engineering, grouped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcusim.report.evaluation import Bin, ClassResult, Distribution, Evaluation, Quality

_WIDTH = 80
_BAR_WIDTH = 24
_BINS_SHOWN_COUNT = 10
_CLASSES_SHOWN_COUNT = 20
_SPREAD_SHOWN_RATIO = 0.01
_FAILURES_SHOWN_COUNT = 5
_STATISTICS = ("min", "median", "mean", "p95", "p99", "max")


def evaluation_text(evaluation: Evaluation, width: int = _WIDTH) -> str:
    """How right, how long, how dear; then what a reader must know of it."""
    lines = [*textwrap.wrap(_title(evaluation), width), ""]
    lines += [f"Measured  {printable(evaluation.function)}(), {_counted(evaluation)}"]
    if evaluation.quality is not None:
        lines.append(f"{_heading(evaluation.quality):<10}{_quality(evaluation.quality)}")
    lines += _figures(evaluation)
    lines += _histogram(evaluation.latency)
    lines += _classes(evaluation.classes)
    lines += _failures(evaluation, width)
    lines.append("")
    for text in _legend(evaluation):
        lines += textwrap.wrap(printable(text), width, subsequent_indent="  ", break_on_hyphens=False)
    return "\n".join(lines).rstrip() + "\n"


def evaluation_json(evaluation: Evaluation) -> str:
    """All of it; docs/reference/evaluation-json.md explains the keys."""
    data: dict[str, Any] = {"schema": EVALUATION_SCHEMA_VERSION, **asdict(evaluation)}
    for each in data["classes"]:
        each["predicted"] = {str(number): count for number, count in each["predicted"]}
    basis = data["energy_basis"]
    for each in (*basis["currents"], *basis["states"]) if basis else ():
        each["peripherals"] = dict(each["peripherals"])
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def evaluation_rows(evaluation: Evaluation) -> list[dict[str, object]]:
    """One dictionary for each input, in SI base units."""
    rows: list[dict[str, object]] = []
    for each in evaluation.results:
        energy = each.energy_j
        rows.append(
            {
                "index": each.index,
                "label": each.label,
                "predicted": each.predicted_number,
                "cycles": each.cycles,
                "latency_s": each.latency_s,
                "energy_j": None if energy is None else energy.value,
                "energy_low_j": None if energy is None else energy.low,
                "energy_high_j": None if energy is None else energy.high,
                "error": each.error,
            }
        )
    return rows


def evaluation_csv(evaluation: Evaluation) -> str:
    """One line for each input, in SI base units."""
    rows = evaluation_rows(evaluation)
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow([csv_cell(each) for each in row.values()])
    return buffer.getvalue()


def _title(evaluation: Evaluation) -> str:
    temp = "" if evaluation.temp_c == TABLE_TEMP_C else f", {evaluation.temp_c:g} °C"
    board = evaluation.board_title or evaluation.board
    clock = engineering(evaluation.clock_hz, "Hz")
    return (
        f"{printable(evaluation.firmware.path)} on {board} "
        f"({evaluation.core}, {clock}, {evaluation.supply_v:g} V{temp})"
    )


def _counted(evaluation: Evaluation) -> str:
    count = evaluation.inputs_count
    text = f"{grouped(count)} input{'s' * (count != 1)} of {evaluation.inputs}"
    return text + (f", {grouped(evaluation.failed_count)} failed" if evaluation.failed_count else "")


def _heading(quality: Quality) -> str:
    return quality.metric.upper() if quality.metric in ("auc", "mae", "rmse") else quality.metric.capitalize()


def _quality(quality: Quality) -> str:
    if quality.correct_count is None:
        return f"{quality.value:.4g} of {grouped(quality.compared_count)} ({quality.how})"
    counts = f"{grouped(quality.correct_count)} of {grouped(quality.compared_count)}"
    return f"{100 * quality.value:.1f} %, {counts} ({quality.how})"


def _figures(evaluation: Evaluation) -> list[str]:
    """A small table: a row for cycles, latency and energy."""
    rows = [["", *_STATISTICS]]
    for name, each in (
        ("Cycles", evaluation.cycles),
        ("Latency", evaluation.latency),
        ("Energy", evaluation.energy),
    ):
        if each is not None:
            rows.append([name, *(_shown(getattr(each, one), each.unit) for one in _STATISTICS)])
    if len(rows) == 1:
        return []
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = [
        row[0].ljust(10)
        + "  ".join(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    ]
    return ["", *lines]


def _shown(value: float, unit: str) -> str:
    return grouped(round(value)) if unit == "cycles" else engineering(value, unit)


def _histogram(latency: Distribution | None) -> list[str]:
    """Latencies as bars, where they differ enough to be told apart."""
    if latency is None or latency.max - latency.min < _SPREAD_SHOWN_RATIO * latency.max:
        return []
    bins = _coarser(latency.histogram)
    most = max(each for _, _, each in bins)
    labels = [f"{engineering(low, 's', 4)} to {engineering(high, 's', 4)}" for low, high, _ in bins]
    width, digits = max(map(len, labels)), len(str(most))
    lines = [
        f"{label:<{width}}  {count:>{digits}} {bar(count / most, _BAR_WIDTH)}".rstrip()
        for label, (_, _, count) in zip(labels, bins, strict=True)
    ]
    return ["", "Inputs by latency", *lines]


def _coarser(bins: tuple[Bin, ...]) -> list[tuple[float, float, int]]:
    step = -(-len(bins) // _BINS_SHOWN_COUNT)
    groups = [bins[begin : begin + step] for begin in range(0, len(bins), step)]
    return [(group[0].low, group[-1].high, sum(each.inputs_count for each in group)) for group in groups]


def _classes(classes: tuple[ClassResult, ...]) -> list[str]:
    if not classes:
        return []
    lines = ["", "Label   inputs  right  taken for"]
    for each in classes[:_CLASSES_SHOWN_COUNT]:
        wrong = [f"{number} ({count})" for number, count in each.predicted if number != each.label_number]
        share = 100 * each.correct_count / each.inputs_count
        lines.append(
            f"{each.label_number:<6}  {each.inputs_count:>6}  {share:>3.0f} %  {', '.join(wrong[:5])}".rstrip()
        )
    hidden = len(classes) - _CLASSES_SHOWN_COUNT
    return [*lines, f"… and {hidden} more"] if hidden > 0 else lines


def _failures(evaluation: Evaluation, width: int) -> list[str]:
    failed = [each for each in evaluation.results if each.error]
    if not failed:
        return []
    lines = ["", f"{grouped(len(failed))} of {grouped(evaluation.inputs_count)} inputs failed"]
    for each in failed[:_FAILURES_SHOWN_COUNT]:
        text = f"input {each.index}: {printable(each.error)}"
        lines += textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="    ")
    hidden = len(failed) - _FAILURES_SHOWN_COUNT
    return [*lines, f"  … and {hidden} more"] if hidden > 0 else lines


def _legend(evaluation: Evaluation) -> Iterator[str]:
    if evaluation.latency is not None:
        percent = evaluation.cycles_error_percent
        yield f"Cycles and latency are ±{percent:g} %: {evaluation.cycles_basis}."
    if evaluation.mean_energy_j is not None and evaluation.energy_basis is not None:
        band, basis = evaluation.mean_energy_j, evaluation.energy_basis
        yield f"Mean energy {band_words(band, 'J')} by {basis.model}, {basis.covers}."
    yield f"Inputs go to {evaluation.input_symbol}, outputs are read from {evaluation.output_symbol}."
    yield from (f"{text[0].upper()}{text[1:]}." for text in evaluation.notes)
    if evaluation.what_if:
        yield f"What if: {', '.join(evaluation.what_if)}."
    yield from (f"warning: {text}" for text in evaluation.warnings)
