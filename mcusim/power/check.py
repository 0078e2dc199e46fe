"""Checks of a power model that need more than one of its keys."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from mcusim.datafile import Table
from mcusim.errors import DataFileError, UsageError, unknown_name
from mcusim.power.schema import REGULATORS, TABLE_TEMP_C, Activity, Conditions, CurrentPoint, PowerModel
from mcusim.shipped import data_file, shipped_names

if TYPE_CHECKING:
    from collections.abc import Iterable

_MHZ = 1_000_000


def check_power_model(model: PowerModel) -> None:
    """Raise a DataFileError at the first thing in `model` that contradicts another."""
    _check_chips(model)
    _check_order(
        model, "[supply]", ("min_supply_v", model.min_supply_v), ("max_supply_v", model.max_supply_v)
    )
    _check_order(model, "[temperature]", ("min_temp_c", model.min_temp_c), ("max_temp_c", model.max_temp_c))
    _check_names(model)
    if not any(point.activity is Activity.RUN for point in model.points):
        raise DataFileError(
            "the model has no run current",
            where=f"{model.path}: [[current]]",
            fix='add a [[current]] table with activity = "run"',
        )
    _check_points(model)


def check_chip(model: PowerModel, chip_name: str) -> None:
    """Raise a DataFileError when `model` is for another chip."""
    if chip_name not in model.chips:
        raise DataFileError(
            f"power model '{model.name}' is not for chip '{chip_name}'",
            where=model.path,
            why=f"it holds for {', '.join(model.chips)}: currents of another chip mean nothing here",
            fix=f"{_models_of(chip_name)}, or add the chip to 'chips' in a copy of the file if it is the same die",
        )


def _models_of(chip_name: str) -> str:
    """Advice which shipped model to take."""
    names = [
        name
        for name in shipped_names("power_models")
        if chip_name in Table.load(data_file("power_models", "power model", name)).texts("chips", ())
    ]
    if not names:
        return f"write a model of {chip_name} (power_models/README.md); none is shipped"
    return f"use --power-model {' or '.join(names)}"


def check_conditions(model: PowerModel, conditions: Conditions) -> None:
    """Raise a UsageError when the chip does not work under `conditions`, or nothing is known of it there."""
    if not model.min_supply_v <= conditions.supply_v <= model.max_supply_v:
        raise UsageError(
            f"{conditions.supply_v:g} V is outside the chip's supply range",
            where=model.path,
            why=f"power model '{model.name}' holds from {model.min_supply_v:g} to {model.max_supply_v:g} V",
            fix="give --supply a voltage in that range: what the chip gets, not the board's connector",
        )
    if model.temp_provenance is None and conditions.temp_c != TABLE_TEMP_C:
        raise UsageError(
            f"nothing is known of the current at {conditions.temp_c:g} °C",
            where=model.path,
            why=f"power model '{model.name}' has currents at {TABLE_TEMP_C:g} °C alone, and no temperature range",
            fix="leave --temperature out, or name a model with a [temperature] table by --power-model",
        )
    if model.temp_provenance and not model.min_temp_c <= conditions.temp_c <= model.max_temp_c:
        raise UsageError(
            f"{conditions.temp_c:g} °C is outside the chip's temperature range",
            where=model.path,
            why=f"power model '{model.name}' holds from {model.min_temp_c:g} to {model.max_temp_c:g} °C",
            fix="give --temperature a value in that range",
        )


def _check_chips(model: PowerModel) -> None:
    if not model.chips:
        raise DataFileError(
            "'chips' is empty",
            where=f"{model.path}: chips",
            why="a current belongs to a chip",
            fix='list the chip files that the model holds for: chips = ["stm32f446re"]',
        )


def _check_order(model: PowerModel, label: str, low: tuple[str, float], high: tuple[str, float]) -> None:
    if low[1] > high[1]:
        raise DataFileError(
            f"{low[0]} is above {high[0]}",
            where=f"{model.path}: {label}",
            why=f"{low[1]:g} is more than {high[1]:g}",
            fix="swap or correct them",
        )


def _check_names(model: PowerModel) -> None:
    ranges = [each.name for each in model.voltage_ranges]
    for slower, faster in pairwise(model.voltage_ranges):
        if slower.max_clock_hz > faster.max_clock_hz:
            raise DataFileError(
                f"voltage range '{faster.name}' comes after '{slower.name}', which allows a higher clock",
                where=f"{model.path}: [[voltage_range]]",
                why=f"{faster.max_clock_hz / _MHZ:g} MHz after {slower.max_clock_hz / _MHZ:g} MHz; ranges are listed "
                "slowest first",
                fix="reorder the [[voltage_range]] tables, or correct max_clock_mhz",
            )
    _check_unique(model, "voltage_range", ranges)
    _check_unique(model, "peripheral", [each.name for each in model.peripherals])
    _check_unique(model, "wake_up", [each.mode for each in model.wake_ups])
    for regulator in (model.regulator, *(point.regulator for point in model.points)):
        if regulator not in REGULATORS:
            raise unknown_name("regulator", regulator, REGULATORS, where=f"{model.path}: regulator")
    for point in model.points:
        if point.voltage_range and point.voltage_range not in ranges:
            raise unknown_name("voltage range", point.voltage_range, ranges, where=_where(model, point))
    for wake_up in model.wake_ups:
        if wake_up.mode not in model.modes:
            raise unknown_name("mode", wake_up.mode, model.modes, where=f"{model.path}: [[wake_up]]")


def _check_unique(model: PowerModel, table: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DataFileError(
                f"two [[{table}]] tables for '{name}'",
                where=model.path,
                fix="keep one of them, or rename one",
            )
        seen.add(name)


def _check_points(model: PowerModel) -> None:
    seen: set[tuple[object, ...]] = set()
    for point in model.points:
        if not model.min_supply_v <= point.supply_v <= model.max_supply_v:
            raise DataFileError(
                f"a current is given at {point.supply_v:g} V, outside the supply range",
                where=f"{_where(model, point)}: supply_v",
                why=f"the range is {model.min_supply_v:g} to {model.max_supply_v:g} V",
                fix="correct supply_v or the [supply] table",
            )
        _check_clock(model, point)
        # One LDO current serves all voltages, so two voltages at one clock would be two answers.
        supply_v = point.supply_v if point.regulator == "smps" else None
        axes = (point.activity, point.mode, point.execution, point.workload, point.regulator)
        key = (*axes, point.voltage_range, point.temp_c, point.clock_hz, supply_v)
        if key in seen:
            raise DataFileError(
                f"two currents at {point.clock_hz / _MHZ:g} MHz",
                where=_where(model, point),
                why="a state at one clock, supply and temperature has one current",
                fix="keep one of them",
            )
        seen.add(key)


def _check_clock(model: PowerModel, point: CurrentPoint) -> None:
    max_hz = {each.name: each.max_clock_hz for each in model.voltage_ranges}
    limit_hz = max_hz.get(point.voltage_range, point.clock_hz)
    if point.clock_hz > limit_hz:
        raise DataFileError(
            f"a current is given at {point.clock_hz / _MHZ:g} MHz in voltage range '{point.voltage_range}'",
            where=f"{_where(model, point)}: clock_mhz",
            why=f"that range allows {limit_hz / _MHZ:g} MHz",
            fix="correct clock_mhz, voltage_range or max_clock_mhz of the [[voltage_range]] table",
        )


def _where(model: PowerModel, point: CurrentPoint) -> str:
    return f"{model.path}: [[current]] {point.activity.value}, {point.execution.value}"
