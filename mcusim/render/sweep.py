"""A sweep as a table for the terminal, as CSV, as JSON and as a picture of latency against energy."""

from __future__ import annotations

import csv
import json
import textwrap
from dataclasses import asdict
from io import StringIO
from typing import TYPE_CHECKING, Any

from mcusim.render.columns import Column, csv_cell, fitting, line_of
from mcusim.render.sweep_currents import currents_lines
from mcusim.render.words import short_name
from mcusim.report.sweep import REPRICED, SWEEP_SCHEMA_VERSION
from mcusim.report.what_if import VOLTAGE_RANGE
from mcusim.units import engineering

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.report.sweep import Sweep, SweepRow

_WIDTH = 80
_MISREADS = "the core ran at"
"""How warnings begin that say that silicon would not run like this (analysis/warnings.py)."""


def sweep_text(sweep: Sweep, width: int = _WIDTH) -> str:
    """The table with its marks explained, at most `width` wide as far as the swept settings allow."""
    reasons = list(dict.fromkeys(row.why_not for row in sweep.rows if row.why_not))
    columns = fitting(_columns(sweep, reasons), width)
    lines = [_title(sweep), "", line_of([each.title for each in columns], columns)]
    board = ""
    for index, row in enumerate(sweep.rows):
        if len(values_of(sweep, "board")) > 1 and row.point.board != board:
            board = row.point.board
            lines.append(board)
        lines.append(line_of([each.cells[index] for each in columns], columns))
    lines.append("")
    for index, reason in enumerate(reasons, start=1):
        lines += textwrap.wrap(f"({index}) {reason}", width, subsequent_indent="    ")
    lines += [each for text in _legend(sweep) for each in textwrap.wrap(text, width, subsequent_indent="   ")]
    if currents := currents_lines(sweep, width):
        lines += ["", *currents]
    return "\n".join(lines).rstrip() + "\n"


def sweep_csv(sweep: Sweep) -> str:
    """One line per row, in SI base units; the columns of --set keys come last."""
    keys = [axis.name for axis in sweep.axes if axis.name not in ("board", "clock", "supply", "temperature")]
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    names = ["row", "board", *_CSV_RESULTS, "obtained", "pareto", "meets_deadline", "why_not", *keys]
    writer.writerow(names)
    for row in sweep.rows:
        settings = dict(row.point.settings)
        result = [csv_cell(get(row)) for get in _CSV_RESULTS.values()]
        marks = [row.obtained, csv_cell(row.is_pareto), csv_cell(row.meets_deadline), row.why_not]
        writer.writerow([row.row_number, row.point.board, *result, *marks, *(settings[key] for key in keys)])
    return buffer.getvalue()


def sweep_json(sweep: Sweep) -> str:
    """All of it; docs/reference/sweep-json.md explains the keys."""
    data: dict[str, Any] = {"schema": SWEEP_SCHEMA_VERSION, **asdict(sweep)}
    for row in data["rows"]:
        row["point"]["settings"] = dict(row["point"]["settings"])
        for current in row["result"]["currents"] if row["result"] else ():
            current["peripherals"] = dict(current["peripherals"])
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _of_result(name: str) -> Callable[[SweepRow], object]:
    return lambda row: None if row.result is None else getattr(row.result, name)


def _of_energy(name: str) -> Callable[[SweepRow], object]:
    return lambda row: (
        None if row.result is None or row.result.energy_j is None else getattr(row.result.energy_j, name)
    )


_CSV_RESULTS: dict[str, Callable[[SweepRow], object]] = {
    "clock_hz": lambda row: row.point.clock_hz if row.result is None else row.result.clock_hz,
    "supply_v": lambda row: row.point.supply_v if row.result is None else row.result.supply_v,
    "temp_c": lambda row: row.point.temp_c if row.result is None else row.result.temp_c,
    "wait_states": _of_result("wait_states_count"),
    "regulator": _of_result("regulator"),
    "voltage_range": _of_result("voltage_range"),
    "calls": _of_result("calls_count"),
    "cycles": _of_result("cycles"),
    "latency_s": _of_result("latency_s"),
    "latency_low_s": _of_result("low_s"),
    "latency_high_s": _of_result("high_s"),
    "energy_j": _of_energy("value"),
    "energy_low_j": _of_energy("low"),
    "energy_high_j": _of_energy("high"),
    "energy_basis": _of_energy("basis"),
    "peak_ram_bytes": _of_result("peak_ram_bytes"),
    "flash_bytes": _of_result("flash_bytes"),
}


def values_of(sweep: Sweep, name: str) -> tuple[str, ...]:
    """What an axis of the sweep goes through; empty: it does not vary."""
    return next((axis.values for axis in sweep.axes if axis.name == name), ())


def _title(sweep: Sweep) -> str:
    boards = values_of(sweep, "board")
    where = boards[0] if len(boards) == 1 else f"{len(boards)} boards"
    function = f"{short_name(sweep.function)}()" if sweep.function else "firmware"
    supplies = set(map(supply, sweep.rows)) - {"-"}
    at = f" at {supplies.pop()}" if len(supplies) == 1 else ""
    return f"{sweep.firmware.path} on {where}{at}: one call of {function}, {len(sweep.rows)} combinations"


def _columns(sweep: Sweep, reasons: list[str]) -> list[Column]:
    rows = sweep.rows
    columns = [
        Column("row", tuple(str(row.row_number) for row in rows)),
        Column("clock", tuple(map(_clock, rows))),
    ]
    if len(set(map(supply, rows)) - {"-"}) > 1:
        columns += [Column("supply", tuple(map(supply, rows)))]
    if len(values_of(sweep, "temperature")) > 1:
        columns.append(Column("temp", tuple(f"{row.point.temp_c:g} °C" for row in rows)))
    for axis in sweep.axes:
        if axis.name not in ("board", "clock", "supply", "temperature"):
            title = axis.name.rpartition(".")[2].replace("_", " ")
            cells = tuple(dict(row.point.settings)[axis.name] for row in rows)
            columns.append(Column(title, cells, is_number=False))
    columns.append(Column("ws", tuple(_text(row, _waits) for row in rows), rank_number=1))
    columns += _ranges(sweep)
    columns.append(
        Column("latency", tuple(_text(row, _latency, f"({_place(row, reasons)})") for row in rows))
    )
    columns.append(Column("±", tuple(_text(row, _latency_band, "") for row in rows), rank_number=2))
    columns.append(Column("energy", tuple(_text(row, _energy) for row in rows)))
    columns.append(Column("band", tuple(_text(row, _energy_band, "") for row in rows), rank_number=3))
    columns.append(Column("", tuple(map(_marks, rows)), is_number=False))
    return columns


def _ranges(sweep: Sweep) -> list[Column]:
    """Core voltage ranges where rows differ in them; left out first, as the lines of the currents have them too."""
    range_of = _of_result("voltage_range")
    ranges = tuple(str(range_of(row) or "-") for row in sweep.rows)
    is_shown = len(set(ranges) - {"-"}) > 1 and not values_of(sweep, VOLTAGE_RANGE)
    return [Column("range", ranges, rank_number=4, is_number=False)] if is_shown else []


def _text(row: SweepRow, cell: Callable[[SweepRow], str], otherwise: str = "-") -> str:
    return otherwise if row.result is None else cell(row)


def _place(row: SweepRow, reasons: list[str]) -> int:
    return reasons.index(row.why_not) + 1 if row.why_not else 0


def _clock(row: SweepRow) -> str:
    clock_hz = row.result.clock_hz if row.result else row.point.clock_hz
    return "-" if clock_hz is None else engineering(clock_hz, "Hz")


def supply(row: SweepRow) -> str:
    """The supply voltage of a row, for people."""
    supply_v = row.result.supply_v if row.result else row.point.supply_v
    return "-" if supply_v is None else f"{supply_v:g} V"


def _waits(row: SweepRow) -> str:
    assert row.result is not None
    return str(row.result.wait_states_count)


def _latency(row: SweepRow) -> str:
    assert row.result is not None
    return engineering(row.result.latency_s, "s", 4)


def _latency_band(row: SweepRow) -> str:
    assert row.result is not None
    return f"{100 * (row.result.high_s / row.result.latency_s - 1):.2g} %"


def _energy(row: SweepRow) -> str:
    assert row.result is not None
    return "-" if row.result.energy_j is None else engineering(row.result.energy_j.value, "J")


def _energy_band(row: SweepRow) -> str:
    assert row.result is not None
    band = row.result.energy_j
    if band is None or band.value <= 0:
        return ""
    return f"{100 * (band.low / band.value - 1):+.0f} {100 * (band.high / band.value - 1):+.0f} %"


def _marks(row: SweepRow) -> str:
    is_odd = row.result is not None and any(each.startswith(_MISREADS) for each in row.result.warnings)
    marks = ("P" if row.is_pareto else " ") + ("D" if row.meets_deadline else " ")
    return (marks + ("=" if row.obtained == REPRICED else " ") + ("!" if is_odd else "")).rstrip()


def _legend(sweep: Sweep) -> list[str]:
    marks = "".join(map(_marks, sweep.rows))
    lines = []
    if "P" in marks:
        lines.append("P  Pareto front: nothing else is faster without needing more energy")
    if sweep.deadline_s is not None:
        lines += _deadline(sweep, sweep.deadline_s)
    elif sweep.cheapest_number is not None:
        lines.append(f"Least energy: {_shown(sweep, sweep.cheapest_number)}")
    if "!" in marks:
        odd = next(row for row in sweep.rows if "!" in _marks(row) and row.result is not None)
        assert odd.result is not None
        text = next(each for each in odd.result.warnings if each.startswith(_MISREADS))
        lines.append(f"!  silicon would not run like this; row {odd.row_number}: {text}")
    if any(row.result is not None and row.result.energy_j is None for row in sweep.rows):
        lines.append("Rows without energy: their boards have no power model; they are on no front.")
    if any(row.obtained == REPRICED for row in sweep.rows):
        lines.append("=  re-priced from the run of another row: exactly what a run of its own would give")
    return [*lines, *(f"Note: {each}" for each in sweep.notes)]


def _deadline(sweep: Sweep, deadline_s: float) -> list[str]:
    deadline = engineering(deadline_s, "s")
    if sweep.nearest_number is not None:
        nearest = sweep.row(sweep.nearest_number)
        assert nearest.result is not None
        high = engineering(nearest.result.high_s, "s")
        return [
            f"Nothing meets the deadline of {deadline}: the nearest is {_shown(sweep, nearest.row_number)}, "
            f"at most {high}"
        ]
    lines = [f"D  meets the deadline of {deadline} at the high end of its band"]
    slowest = "; ".join(_shown(sweep, number) for number in sweep.slowest_numbers)
    lines.append(f"Slowest clock that does: {slowest}")
    if sweep.cheapest_number is not None:
        lines.append(f"Least energy of those: {_shown(sweep, sweep.cheapest_number)}")
    return lines


def _shown(sweep: Sweep, row_number: int) -> str:
    """A row in words: board and what was swept, with its number."""
    row = sweep.row(row_number)
    assert row.result is not None
    parts = [
        row.point.board,
        _clock(row),
        supply(row),
        *(f"{key}={value}" for key, value in row.point.settings),
    ]
    return f"{' '.join(parts)} (row {row_number})"
