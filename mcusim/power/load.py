"""Reads power models into plain data in SI units, each number with its band and provenance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.datafile import Table
from mcusim.power.check import check_power_model
from mcusim.power.rows import Bands, band_of, points_of
from mcusim.power.schema import (
    TABLE_TEMP_C,
    Fit,
    PeripheralCurrent,
    PowerModel,
    VoltageRange,
    WakeUp,
)
from mcusim.shipped import data_file, shipped_names

if TYPE_CHECKING:
    from pathlib import Path

_MHZ = 1_000_000
_MA_PER_A, _UA_PER_A, _US_PER_S = 1e3, 1e6, 1e6
_TEMP_LIMITS_C = (-60.0, 200.0)


def power_model_names() -> tuple[str, ...]:
    """The names of the shipped power models, sorted."""
    return shipped_names("power_models")


def load_power_model(name_or_path: str) -> PowerModel:
    """The shipped power model of that name, or the one in the user's file ending in ".toml".

    Raises:
        UnknownNameError: no shipped power model has that name.
        DataFileError: the file is missing or wrong.
    """
    path = data_file("power_models", "power model", name_or_path)
    table = Table.load(path)
    model = _model(table, path)
    table.finish()
    check_power_model(model)
    return model


def _model(table: Table, path: Path) -> PowerModel:
    supply = table.table("supply")
    temperature = table.optional_table("temperature")
    scale = band_of(table.table("inference_scale"), has_scale=True)
    idle = band_of(table.table("idle_band"), has_scale=False)
    regulator = table.text("regulator")
    bands = Bands(scale, idle, regulator)
    points = [point for row in table.tables("current", minimum=1) for point in points_of(row, bands)]
    return PowerModel(
        name=table.text("name"),
        chips=table.texts("chips"),
        regulator=regulator,
        min_supply_v=supply.number("min_supply_v", minimum=0.5, maximum=6.0),
        max_supply_v=supply.number("max_supply_v", minimum=0.5, maximum=6.0),
        supply_provenance=supply.provenance(),
        points=tuple(points),
        inference_scale_ratio=scale.scale_ratio,
        inference_scale_low_ratio=scale.low_ratio,
        inference_scale_high_ratio=scale.high_ratio,
        scale_provenance=scale.provenance,
        idle_provenance=idle.provenance,
        covers=table.text("covers"),
        path=str(path),
        min_temp_c=_temp_c(temperature, "min_temp_c"),
        max_temp_c=_temp_c(temperature, "max_temp_c"),
        temp_provenance=temperature.provenance() if temperature else None,
        voltage_ranges=tuple(_voltage_range(each) for each in table.tables("voltage_range")),
        wake_ups=tuple(_wake_up(each) for each in table.tables("wake_up")),
        peripherals=tuple(_peripheral(each) for each in table.tables("peripheral")),
        fits=tuple(_fit(each) for each in table.tables("fitted")),
    )


def _temp_c(table: Table | None, key: str) -> float:
    if table is None:
        return TABLE_TEMP_C
    return table.number(key, minimum=_TEMP_LIMITS_C[0], maximum=_TEMP_LIMITS_C[1])


def _voltage_range(row: Table) -> VoltageRange:
    return VoltageRange(
        name=row.text("name"),
        max_clock_hz=row.scaled("max_clock_mhz", _MHZ, limits=(0.001, 5000.0)),
        provenance=row.provenance(),
    )


def _wake_up(row: Table) -> WakeUp:
    current_a = row.number("current_ma", maximum=100_000.0) / _MA_PER_A if row.has("current_ma") else None
    return WakeUp(
        mode=row.text("mode"),
        duration_s=row.number("duration_us", maximum=1e9) / _US_PER_S,
        provenance=row.provenance(),
        current_a=current_a,
    )


def _peripheral(row: Table) -> PeripheralCurrent:
    if not (row.has("current_ua") or row.has("current_ua_per_mhz")):
        raise row.error(
            "current_ua",
            "the peripheral has no current",
            why="a row says what a peripheral adds while its clock is on",
            fix="add current_ua (at any clock), current_ua_per_mhz (per MHz of the core clock), or both",
        )
    return PeripheralCurrent(
        name=row.text("name").lower(),
        current_a=row.number("current_ua", 0.0, maximum=1e6) / _UA_PER_A,
        a_per_hz=row.number("current_ua_per_mhz", 0.0, maximum=1e6) / _UA_PER_A / _MHZ,
        provenance=row.provenance(),
    )


def _fit(row: Table) -> Fit:
    return Fit(
        firmware_sha256=row.text("firmware_sha256"),
        measurement=row.text("measurement"),
        points_count=row.integer("points_count", minimum=1),
        residual_ratio=row.number("residual_percent", maximum=10_000.0) / 100,
    )
