"""A comparison of networks as a table for the terminal, as CSV and as JSON; its picture is in plots/networks.py."""

from __future__ import annotations

import csv
import json
import textwrap
from dataclasses import asdict
from io import StringIO
from typing import TYPE_CHECKING, Any

from mcusim.render.columns import Column, csv_cell, fitting, line_of
from mcusim.render.words import printable
from mcusim.report.networks import NETWORKS_SCHEMA_VERSION
from mcusim.units import engineering, grouped, size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcusim.report.networks import NetworkResult, NetworkRow, Networks

    Cell = Callable[[NetworkResult], object]

_WIDTH = 80


def networks_text(networks: Networks, width: int = _WIDTH) -> str:
    """The table with what a reader must know of it, at most `width` wide as far as the names allow."""
    reasons = list(dict.fromkeys(row.why_not for row in networks.rows if row.why_not))
    columns = fitting(_columns(networks, reasons), width)
    lines = [*textwrap.wrap(_title(networks), width), "", line_of([each.title for each in columns], columns)]
    places = range(len(networks.rows))
    lines += [line_of([each.cells[place] for each in columns], columns) for place in places]
    lines.append("")
    for index, reason in enumerate(reasons, start=1):
        lines += textwrap.wrap(f"({index}) {printable(reason)}", width, subsequent_indent="    ")
    for text in _legend(networks):
        lines += textwrap.wrap(text, width, subsequent_indent="  ", break_on_hyphens=False)
    return "\n".join(lines).rstrip() + "\n"


def networks_csv(networks: Networks) -> str:
    """One line per network, in SI base units."""
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["row", "name", "model", *_CSV_RESULTS, "pareto", "pareto_in_flash", "why_not"])
    for row in networks.rows:
        cells = ["" if row.result is None else csv_cell(get(row.result)) for get in _CSV_RESULTS.values()]
        marks = [csv_cell(row.is_pareto), csv_cell(row.is_pareto_in_flash), row.why_not]
        writer.writerow([row.row_number, row.name, row.model, *cells, *marks])
    return buffer.getvalue()


def networks_json(networks: Networks) -> str:
    """All of it; docs/reference/networks-json.md explains the keys."""
    data: dict[str, Any] = {"schema": NETWORKS_SCHEMA_VERSION, **asdict(networks)}
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def percent(ratio: float) -> str:
    """With one decimal: "97.3 %"."""
    return f"{100 * ratio:.1f} %"


def _of(name: str) -> Cell:
    return lambda result: getattr(result, name)


def _of_part(part: str, name: str) -> Cell:
    def get(result: NetworkResult) -> object:
        whole = getattr(result, part)
        return None if whole is None else getattr(whole, name)

    return get


_CSV_RESULTS: dict[str, Cell] = {
    "clock_hz": _of("clock_hz"),
    "inferences": _of("inferences_count"),
    "correct": _of_part("accuracy", "correct_count"),
    "accuracy_ratio": _of_part("accuracy", "value_ratio"),
    "accuracy_low_ratio": _of_part("accuracy", "low_ratio"),
    "accuracy_high_ratio": _of_part("accuracy", "high_ratio"),
    "cycles": _of("cycles"),
    "latency_s": _of("latency_s"),
    "latency_low_s": _of("low_s"),
    "latency_high_s": _of("high_s"),
    "latency_min_s": _of("min_s"),
    "latency_max_s": _of("max_s"),
    "energy_j": _of_part("energy_j", "value"),
    "energy_low_j": _of_part("energy_j", "low"),
    "energy_high_j": _of_part("energy_j", "high"),
    "energy_basis": _of_part("energy_j", "basis"),
    "peak_ram_bytes": _of("peak_ram_bytes"),
    "flash_bytes": _of("flash_bytes"),
    "inputs_bytes": _of("inputs_bytes"),
    "weights_bytes": _of("weights_bytes"),
    "arena_bytes": _of("arena_bytes"),
    "macs": _of("macs_count"),
    "firmwares": _of("firmwares_count"),
}


def _title(networks: Networks) -> str:
    count, rows = networks.inferences_count, networks.rows
    first = next(row.result for row in rows if row.result is not None)
    clocks = {row.result.clock_hz for row in rows if row.result is not None}
    clock = engineering(first.clock_hz, "Hz") if len(clocks) == 1 else "several clocks"
    labels = f", labels {networks.labels}" if networks.labels else ""
    return (
        f"{len(rows)} network{'s' * (len(rows) != 1)} on {networks.board_title or networks.board} "
        f"({networks.core}, {clock}, {first.supply_v:g} V): {grouped(count)} "
        f"input{'s' * (count != 1)} of {networks.inputs}{labels}"
    )


def _columns(networks: Networks, reasons: list[str]) -> list[Column]:
    rows = networks.rows

    def column(title: str, cell: Callable[[NetworkResult], str], rank_number: int = 0) -> Column:
        return Column(
            title, tuple("-" if row.result is None else cell(row.result) for row in rows), rank_number
        )

    names = tuple(
        printable(row.name) + (f" ({reasons.index(row.why_not) + 1})" if row.why_not else "") for row in rows
    )
    return [
        Column("network", names, is_number=False),
        column("accuracy", _accuracy),
        column("95 %", _interval, 1),
        column("latency", lambda result: engineering(result.latency_s, "s", 4)),
        column("energy", _energy),
        column("band", _energy_band, 3),
        column("RAM", lambda result: size(result.peak_ram_bytes)),
        column("flash", lambda result: size(result.flash_bytes)),
        column("weights", lambda result: size(result.weights_bytes), 2),
        column("MACs", lambda result: _short(result.macs_count), 4),
        Column("", tuple(map(_marks, rows)), is_number=False),
    ]


def _accuracy(result: NetworkResult) -> str:
    return "-" if result.accuracy is None else percent(result.accuracy.value_ratio)


def _interval(result: NetworkResult) -> str:
    accuracy = result.accuracy
    return "-" if accuracy is None else f"{100 * accuracy.low_ratio:.1f}-{100 * accuracy.high_ratio:.1f}"


def _energy(result: NetworkResult) -> str:
    return "-" if result.energy_j is None else engineering(result.energy_j.value, "J")


def _energy_band(result: NetworkResult) -> str:
    band = result.energy_j
    if band is None or band.value <= 0:
        return "-"
    return f"{100 * (band.low / band.value - 1):+.0f} {100 * (band.high / band.value - 1):+.0f} %"


def _short(count: int) -> str:
    return engineering(float(count), "").rstrip()


def _marks(row: NetworkRow) -> str:
    return ("P" if row.is_pareto else " ") + ("F" if row.is_pareto_in_flash else "")


def _legend(networks: Networks) -> Iterator[str]:
    results = [row.result for row in networks.rows if row.result is not None]
    has_energy = all(each.energy_j is not None for each in results)
    if networks.labels:
        cost = "energy" if has_energy else "latency"
        yield f"P, F  Pareto front of accuracy and {cost} (P), of accuracy and flash (F): nothing beats it in both"
        yield "Accuracy: the largest output is the label; the interval is Wilson's, for inputs like these."
    yield f"Latency: the mean; {_spreads(networks)}."
    yield _memory_words(results)
    if not has_energy:
        yield "Networks without energy: the board has no power model."
    elif results[0].covers:
        yield f"Energy: {printable(results[0].covers)}."
    yield from (f"{row.name} was given {row.given}." for row in networks.rows if row.given)
    yield from (f"Note: {each}." for each in networks.notes)
    warnings = dict.fromkeys(text for each in results for text in each.warnings)
    yield from (f"Warning: {printable(each)}" for each in warnings)
    yield f"Compiled by {', '.join(dict.fromkeys(each.compiler for each in results))}."


def _spreads(networks: Networks) -> str:
    results = [row.result for row in networks.rows if row.result is not None]
    bands = {f"±{100 * (each.high_s / each.latency_s - 1):.2g} %" for each in results}
    spread_ratio = max((each.max_s - each.min_s) / each.latency_s for each in results)
    inputs = "less than 0.1 %" if spread_ratio < 0.001 else f"{100 * spread_ratio:.2g} % at most"
    return f"the model's band is {' or '.join(sorted(bands))}, inputs of one network differ by {inputs}"


def _memory_words(results: list[NetworkResult]) -> str:
    inputs = " or ".join(dict.fromkeys(size(each.inputs_bytes) for each in results))
    return f"RAM: arena, variables and stack at their highest. Flash: without the inputs ({inputs})."
