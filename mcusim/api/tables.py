"""The parts of a report as rows of named numbers, for data frames; every name ends in its unit."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, TypeAlias

from mcusim.errors import McusimError, unknown_name
from mcusim.report.quantity import Band

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

    from mcusim.report.report import Report

    DataFrame: TypeAlias = pd.DataFrame

Row = dict[str, object]


def _layers(report: Report) -> Iterable[object]:
    return report.network.layers if report.network is not None else ()


def _states(report: Report) -> Iterable[object]:
    return report.energy.states if report.energy is not None else ()


def _totals(report: Report) -> Iterable[object]:
    return (report,)


_TABLES: dict[str, Callable[[Report], Iterable[object]]] = {
    "layers": _layers,
    "kernels": lambda report: report.kernels,
    "functions": lambda report: report.functions,
    "contexts": lambda report: report.contexts,
    "phases": lambda report: report.phases,
    "states": _states,
    "sections": lambda report: report.ram.sections,
    "totals": _totals,
}
TABLES = tuple(_TABLES)
"""What `Report.to_dataframe` makes tables of."""


def rows_of(report: Report, table: str) -> list[Row]:
    """One part of the report; an empty list where the run has nothing of it.

    Raises:
        UnknownNameError: there is no such table.
    """
    if table not in _TABLES:
        raise unknown_name("table of a report", table, TABLES)
    if table == "totals":
        return [_totals_row(report)]
    rows = [_row(each) for each in _TABLES[table](report)]
    columns = dict.fromkeys(name for row in rows for name in row)
    # Only reasons are not in every row: a function without one spent no cycles on it.
    return [{name: row.get(name, 0) for name in columns} for row in rows]


def data_frame(report: Report, table: str) -> DataFrame:
    """The rows as a pandas.DataFrame.

    Raises:
        UnknownNameError: there is no such table.
        McusimError: pandas is not installed.
    """
    return data_frame_of(rows_of(report, table))


def data_frame_of(rows: list[Row]) -> DataFrame:
    """Rows as a pandas.DataFrame.

    Raises:
        McusimError: pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError:
        raise McusimError(
            "a data frame needs pandas",
            why="the package pandas is not installed",
            fix="pip install 'mcusim[dataframe]', or use rows(), which needs nothing",
        ) from None
    return pd.DataFrame(rows)


def _row(part: object) -> Row:
    """The fields of a part: bands as four columns, reasons and peripherals as one each, shapes as text."""
    row: Row = {}
    assert is_dataclass(part)
    for each in fields(part):
        row |= _cells(each.name, getattr(part, each.name))
    return row


def _cells(name: str, value: object) -> Row:
    if isinstance(value, Band):
        return _band_cells(name, value)
    if name == "reasons" and isinstance(value, tuple):
        return {f"{reason}_cycles": cycles for reason, cycles in value}
    if name.endswith("_shapes") and isinstance(value, tuple):
        return {name: " ".join("x".join(map(str, shape)) for shape in value)}
    if isinstance(value, tuple):
        return {name: ", ".join(each if isinstance(each, str) else f"{each[0]}={each[1]}" for each in value)}
    if value is None and name.endswith("_j"):
        return _band_cells(name, None)
    return {name: value}


def _band_cells(name: str, band: Band | None) -> Row:
    stem, _, unit = name.rpartition("_")
    if band is None:
        return {name: None, f"{stem}_low_{unit}": None, f"{stem}_high_{unit}": None, f"{stem}_basis": None}
    return {
        name: band.value,
        f"{stem}_low_{unit}": band.low,
        f"{stem}_high_{unit}": band.high,
        f"{stem}_basis": band.basis,
    }


def _totals_row(report: Report) -> Row:
    """What one run amounts to, in one row: rows of many runs make a table to compare them by."""
    region, totals, ram = report.inference, report.totals, report.ram
    return {
        "firmware": report.firmware.path,
        "board": report.board,
        "clock_hz": report.clock_hz,
        "supply_v": report.supply_v,
        "function": region.function,
        "calls_count": region.calls_count,
        "cycles": region.cycles,
        "latency_s": region.latency_s,
        "latency_low_s": region.low_s,
        "latency_high_s": region.high_s,
        **_band_cells("energy_j", region.energy_j),
        "peak_ram_bytes": ram.peak_bytes,
        "static_ram_bytes": ram.static_bytes,
        "peak_stack_bytes": ram.peak_stack_bytes,
        "peak_heap_bytes": ram.peak_heap_bytes,
        "flash_bytes": report.flash.used_bytes,
        "run_cycles": totals.cycles,
        "run_s": totals.time_s,
        "run_energy_j": None if totals.energy_j is None else totals.energy_j.value,
        "stop": report.stop.reason,
    }
