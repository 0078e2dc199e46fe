"""Pictures of several runs: latency and energy beside each other, and the Pareto front of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render import words
from mcusim.render.plots.layers import no_energy
from mcusim.render.plots.picture import (
    Axis,
    Bar,
    BarChart,
    NothingToDrawError,
    Picture,
    Point,
    Series,
    shortened,
    spans_much,
)
from mcusim.render.plots.titles import board_name, firmware_name
from mcusim.report.quantity import Band
from mcusim.units import engineering, exact_mhz

if TYPE_CHECKING:
    from mcusim.recorded.run import RecordedRun
    from mcusim.report.report import Report

_LABEL_WIDTH = 44


def boards_panels(runs: tuple[RecordedRun, ...]) -> tuple[BarChart, ...]:
    """Latency and, where every run has one, energy of one call.

    Raises:
        NothingToDrawError: a run has no complete call.
    """
    reports = [run.report for run in runs]
    labels = run_labels(reports)
    latencies = [_latency(report) for report in reports]
    energies = [report.inference.energy_j for report in reports]
    charts = [_chart(_title(reports), Axis("latency per call", "s"), labels, latencies)]
    if all(energies):
        known = [each for each in energies if each is not None]
        charts.append(_chart("", Axis("energy per call", "J"), labels, known))
    return tuple(charts)


def pareto_panels(runs: tuple[RecordedRun, ...]) -> tuple[Picture, ...]:
    """Latency against energy, a ring around the runs that no other one beats in both.

    Raises:
        NothingToDrawError: a run has no complete call, or no energy.
    """
    reports = [run.report for run in runs]
    latencies = [_latency(report) for report in reports]
    energies = [_energy(report) for report in reports]
    labels = run_labels(reports)
    costs = [(one.value, other.value) for one, other in zip(latencies, energies, strict=True)]
    series = tuple(
        Series(label, (Point(latency, energy, label, is_marked=not _is_beaten(cost, costs)),))
        for label, latency, energy, cost in zip(labels, latencies, energies, costs, strict=True)
    )
    return (
        Picture(
            _title(reports),
            Axis("latency per call", "s", is_log=spans_much(tuple(cost[0] for cost in costs))),
            Axis("energy per call", "J", is_log=spans_much(tuple(cost[1] for cost in costs))),
            series,
            marked_name="nothing is faster and takes less energy",
            note="bars: error bands of the timing and the power model",
        ),
    )


def run_labels(reports: list[Report]) -> list[str]:
    """What tells each run from the others: board, clock, firmware, what-if; numbered where that is not enough."""
    parts: list[list[str]] = [[report.board] for report in reports]
    for values in (
        [exact_mhz(report.clock_hz) for report in reports],
        [f"{report.supply_v:g} V" for report in reports],
        [shortened(firmware_name(report), 24) for report in reports],
        [", ".join(report.what_if) for report in reports],
    ):
        if len(set(values)) > 1:
            parts = [[*words_of, value] for words_of, value in zip(parts, values, strict=True)]
    labels = [shortened(", ".join(word for word in each if word), _LABEL_WIDTH) for each in parts]
    return [
        f"{label} ({labels[: place + 1].count(label)})" if labels.count(label) > 1 else label
        for place, label in enumerate(labels)
    ]


def _title(reports: list[Report]) -> str:
    functions = {words.short_name(report.inference.function) for report in reports}
    firmwares = {firmware_name(report) for report in reports}
    what = f"one call of {functions.pop()}" if len(functions) == 1 else "one call"
    return f"{firmwares.pop()}: {what}" if len(firmwares) == 1 else f"{len(reports)} runs: {what}"


def _chart(title: str, x: Axis, labels: list[str], bands: list[Band]) -> BarChart:
    bars = tuple(
        Bar(label, ((x.title, band.value),), band, engineering(band.value, x.unit))
        for label, band in zip(labels, bands, strict=True)
    )
    return BarChart(title, x, bars, "bars' ends: error bands of the timing and the power model")


def _is_beaten(cost: tuple[float, float], costs: list[tuple[float, float]]) -> bool:
    return any(other != cost and other[0] <= cost[0] and other[1] <= cost[1] for other in costs)


def _latency(report: Report) -> Band:
    inference = report.inference
    if inference.latency_s is None or inference.low_s is None or inference.high_s is None:
        raise NothingToDrawError(
            f"no latency is known of {firmware_name(report)} on {board_name(report)}",
            why=f"{words.short_name(inference.function)}() was not called to its end in the run",
            fix="record a longer run: mcusim run … --max-seconds S -o FILE",
        )
    return Band(inference.latency_s, inference.low_s, inference.high_s, "")


def _energy(report: Report) -> Band:
    if report.inference.energy_j is None:
        raise no_energy(report)
    return report.inference.energy_j
