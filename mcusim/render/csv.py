"""The report as one tidy table, a number a row: for spreadsheets, pandas and R (docs/reference/report-csv.md)."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from io import StringIO
from typing import TYPE_CHECKING

from mcusim.render.columns import csv_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mcusim.recorded.run import RecordedRun
    from mcusim.report.network import LayerCost
    from mcusim.report.quantity import Band, Number
    from mcusim.report.report import FunctionCost, KernelCost, Report

_Row = tuple[object, ...]
HEADINGS = ("section", "index", "kind", "name", "metric", "value", "unit", "low", "high", "basis", "detail")


def render(run: RecordedRun) -> bytes:
    """All numbers of the report; `value` is a number or empty in every row, texts are in `detail`."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADINGS)
    for row in _rows(run.report):
        writer.writerow([csv_cell(each) for each in row])
    return text.getvalue().encode("utf-8", errors="backslashreplace")


@dataclass(frozen=True, slots=True)
class _Subject:
    """What rows are about; makes them."""

    section: str
    name: str = ""
    kind: str = ""
    index: int | None = None
    detail: str = ""

    def number(self, metric: str, value: Number | None, unit: str) -> _Row:
        return self._row(metric, (value, unit, None, None, ""), self.detail)

    def band(self, metric: str, value: Band | None, unit: str) -> Iterator[_Row]:
        """No row where there is no number: without a power model there are no energies."""
        if value is not None:
            yield self._row(metric, (value.value, unit, value.low, value.high, value.basis), self.detail)

    def interval(self, metric: str, values: tuple[Number | None, ...], unit: str) -> _Row:
        """A value with its low and high ends, of the timing model's error."""
        value, low, high = values
        return self._row(metric, (value, unit, low, high, ""), self.detail)

    def text(self, metric: str, text: str) -> _Row:
        return self._row(metric, (None, "", None, None, ""), text)

    def _row(self, metric: str, value: tuple[object, ...], detail: str) -> _Row:
        return (self.section, self.index, self.kind, self.name, metric, *value, detail)


def _rows(report: Report) -> Iterator[_Row]:
    yield from _facts(report)
    yield from _totals(report)
    yield from _inference(report)
    yield from _memory(report)
    for layer in report.network.layers if report.network is not None else ():
        yield from _layer(layer)
    for place, kernel in enumerate(report.kernels):
        yield from _kernel(place, kernel)
    for place, function in enumerate(report.functions):
        yield from _function(place, function)
    yield from _contexts(report)
    yield from _states(report)
    for place, warning in enumerate(report.warnings):
        yield _Subject("warning", index=place).text("text", warning)


def _facts(report: Report) -> Iterator[_Row]:
    run = _Subject("run")
    yield run.number("schema", report.schema, "")
    for metric, text in (
        ("mcusim_version", report.mcusim_version),
        ("firmware", report.firmware.path),
        ("firmware_sha256", report.firmware.sha256),
        ("board", report.board),
        ("core", report.core),
        ("stop", report.stop.reason),
        *(("what_if", each) for each in report.what_if),
        *(("calibration", each) for each in report.calibrations),
    ):
        yield run.text(metric, text)
    yield run.number("clock", report.clock_hz, "Hz")
    yield run.number("supply", report.supply_v, "V")
    yield run.number("temperature", report.temp_c, "degC")


def _totals(report: Report) -> Iterator[_Row]:
    totals, subject = report.totals, _Subject("totals")
    for metric, value, unit in (
        ("cycles", totals.cycles, "cycles"),
        ("active_cycles", totals.active_cycles, "cycles"),
        ("sleep_cycles", totals.sleep_cycles, "cycles"),
        ("instructions", totals.instructions, "count"),
        ("time", totals.time_s, "s"),
    ):
        yield subject.number(metric, value, unit)
    yield from subject.band("energy", totals.energy_j, "J")
    yield from _reasons(subject, report.reasons)


def _inference(report: Report) -> Iterator[_Row]:
    inference = report.inference
    subject = _Subject("inference", inference.function, inference.kind)
    yield subject.number("calls", inference.calls_count, "count")
    timed = replace(subject, detail=inference.cycles_basis)
    cycles = (inference.cycles, inference.low_cycles, inference.high_cycles)
    yield timed.interval("cycles", cycles, "cycles")
    yield timed.interval("latency", (inference.latency_s, inference.low_s, inference.high_s), "s")
    yield subject.number("cycles_min", inference.min_cycles, "cycles")
    yield subject.number("cycles_max", inference.max_cycles, "cycles")
    yield from subject.band("energy", inference.energy_j, "J")


def _memory(report: Report) -> Iterator[_Row]:
    ram = _Subject("ram")
    for metric, value in (
        ("peak", report.ram.peak_bytes),
        ("static", report.ram.static_bytes),
        ("stack_peak", report.ram.peak_stack_bytes),
        ("heap_peak", None if report.ram.heap_source == "unknown" else report.ram.peak_heap_bytes),
        ("available", report.ram.available_bytes),
        ("touched", report.ram.touched_bytes),
    ):
        yield ram.number(metric, value, "bytes")
    for stack in report.ram.stacks:
        yield _Subject("stack", stack.name).number("used", stack.used_bytes, "bytes")
    for place, arena in enumerate(report.arenas):
        subject = _Subject("arena", arena.name, index=place)
        yield subject.number("size", arena.size_bytes, "bytes")
        yield subject.number("touched", arena.touched_bytes, "bytes")
        yield subject.number("needed", arena.needed_bytes, "bytes")
    yield _Subject("flash").number("used", report.flash.used_bytes, "bytes")
    yield _Subject("flash").number("available", report.flash.available_bytes, "bytes")
    for kind, sections in (("ram", report.ram.sections), ("flash", report.flash.sections)):
        for section in sections:
            yield _Subject("section", section.name, kind).number("size", section.size_bytes, "bytes")


def _layer(layer: LayerCost) -> Iterator[_Row]:
    index = layer.index if layer.index >= 0 else None
    subject = _Subject("layer", layer.name, layer.operator or layer.kind, index, layer.kernel)
    yield subject.number("calls", layer.calls_count, "count/inference")
    yield subject.number("cycles", layer.cycles, "cycles/inference")
    yield subject.number("share", layer.share_ratio, "ratio")
    if layer.macs_count is not None:
        yield subject.number("macs", layer.macs_count, "count/inference")
    yield from subject.band("energy", layer.energy_j, "J/inference")


def _kernel(place: int, kernel: KernelCost) -> Iterator[_Row]:
    subject = _Subject("kernel", kernel.name, kernel.kind, place, kernel.source_file)
    yield subject.number("calls", kernel.calls_count, "count/call")
    yield subject.number("self_cycles", kernel.self_cycles, "cycles/call")
    yield subject.number("inclusive_cycles", kernel.inclusive_cycles, "cycles/call")
    yield subject.number("share", kernel.share_ratio, "ratio")
    yield from subject.band("energy", kernel.energy_j, "J/call")


def _function(place: int, function: FunctionCost) -> Iterator[_Row]:
    subject = _Subject("function", function.name, "function", place, function.source_file)
    yield subject.number("calls", function.calls_count, "count")
    yield subject.number("self_cycles", function.self_cycles, "cycles")
    yield subject.number("inclusive_cycles", function.inclusive_cycles, "cycles")
    yield from subject.band("energy", function.energy_j, "J")
    yield from _reasons(subject, function.reasons)


def _reasons(subject: _Subject, reasons: Iterable[tuple[str, int]]) -> Iterator[_Row]:
    for reason, cycles in reasons:
        yield subject.number(f"reason:{reason}", cycles, "cycles")


def _contexts(report: Report) -> Iterator[_Row]:
    for place, each in enumerate(report.contexts):
        subject = _Subject("context", each.name, each.kind, place)
        yield subject.number("activations", each.activations_count, "count")
        yield subject.number("self_cycles", each.self_cycles, "cycles")
        yield from subject.band("energy", each.energy_j, "J")


def _states(report: Report) -> Iterator[_Row]:
    """Power states of the whole run; their times sum to the run's."""
    for place, use in enumerate(report.energy.states if report.energy is not None else ()):
        name = " ".join(filter(None, (use.activity, use.execution, use.mode, use.regulator)))
        subject = _Subject("power_state", name, use.activity, place, use.source)
        yield subject.number("clock", use.clock_hz, "Hz")
        yield subject.number("cycles", use.cycles, "cycles")
        yield subject.number("time", use.time_s, "s")
        yield from subject.band("current", use.current_a, "A")
        yield from subject.band("energy", use.energy_j, "J")
