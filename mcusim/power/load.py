"""Reads power models into current points in SI units, each with its band and provenance."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mcusim.datafile import Table
from mcusim.errors import DataFileError, unknown_name
from mcusim.power.schema import Activity, CurrentPoint, Execution, PowerModel
from mcusim.provenance import Provenance
from mcusim.shipped import data_file, shipped_names

REGULATORS = ("ldo", "smps")
_MA_PER_A = 1000
_MHZ = 1_000_000


@dataclass(frozen=True, slots=True)
class _Band:
    """Expected, smallest and largest current over the table's number."""

    scale_ratio: float
    low_ratio: float
    high_ratio: float
    provenance: Provenance


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
    _check(model)
    return model


def _model(table: Table, path: Path) -> PowerModel:
    supply = table.table("supply")
    scale = _band(table.table("inference_scale"), has_scale=True)
    idle = _band(table.table("idle_band"), has_scale=False)
    points = [point for row in table.tables("current", minimum=1) for point in _points(row, scale, idle)]
    return PowerModel(
        name=table.text("name"),
        chip=table.text("chip"),
        regulator=table.text("regulator"),
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
    )


def _band(table: Table, *, has_scale: bool) -> _Band:
    return _Band(
        scale_ratio=table.number("ratio", maximum=100.0) if has_scale else 1.0,
        low_ratio=table.number("low_ratio", maximum=100.0),
        high_ratio=table.number("high_ratio", maximum=10_000.0),
        provenance=table.provenance(),
    )


def _points(row: Table, scale: _Band, idle: _Band) -> list[CurrentPoint]:
    """One point per execution and clock of a [[current]] table; its own ratios replace the model's."""
    activity = row.choice("activity", Activity)
    band = scale if activity is Activity.RUN else idle
    executions = _executions(row)
    supply_v = row.number("supply_v", minimum=0.5, maximum=6.0)
    low_ratio = row.number("low_ratio", band.low_ratio, maximum=100.0)
    high_ratio = row.number("high_ratio", band.high_ratio, maximum=10_000.0)
    provenance = row.provenance()
    if not low_ratio <= band.scale_ratio <= high_ratio:
        raise row.error(
            "low_ratio",
            "the band does not contain the expected value",
            why=f"low_ratio {low_ratio:g}, expected {band.scale_ratio:g}, high_ratio {high_ratio:g}",
            fix="order them: low_ratio at most the expected ratio, high_ratio at least",
        )
    points = []
    for point in row.tables("points", minimum=1):
        clock_hz = _clock_hz(point, activity)
        current_a = point.number("current_ma", maximum=100_000.0) / _MA_PER_A
        points += [
            CurrentPoint(
                activity,
                execution,
                clock_hz,
                supply_v,
                current_a,
                provenance,
                band.scale_ratio,
                low_ratio,
                high_ratio,
            )
            for execution in executions
        ]
    return points


def _executions(row: Table) -> tuple[Execution, ...]:
    known = {member.value: member for member in Execution}
    names = row.texts("execution")
    for name in names:
        if name not in known:
            raise unknown_name("execution", name, known, where=row.where("execution"))
    if not names:
        raise row.error("execution", "'execution' is empty", fix="list at least one of: " + ", ".join(known))
    return tuple(known[name] for name in names)


def _clock_hz(point: Table, activity: Activity) -> int:
    """Points of a running chip have a clock; elsewhere one without `clock_mhz` holds for any clock."""
    if activity is not Activity.RUN and not point.has("clock_mhz"):
        return 0
    return point.scaled("clock_mhz", _MHZ, limits=(0.001, 5000.0))


def _check(model: PowerModel) -> None:
    if model.regulator not in REGULATORS:
        raise unknown_name("regulator", model.regulator, REGULATORS, where=f"{model.path}: regulator")
    if model.min_supply_v > model.max_supply_v:
        raise DataFileError(
            "min_supply_v is above max_supply_v",
            where=f"{model.path}: [supply]",
            why=f"{model.min_supply_v:g} V is more than {model.max_supply_v:g} V",
            fix="swap or correct them",
        )
    if not any(point.activity is Activity.RUN for point in model.points):
        raise DataFileError(
            "the model has no run current",
            where=f"{model.path}: [[current]]",
            fix='add a [[current]] table with activity = "run"',
        )
    seen: set[tuple[object, ...]] = set()
    for point in model.points:
        where = f"{model.path}: [[current]] {point.activity.value}, {point.execution.value}"
        if not model.min_supply_v <= point.supply_v <= model.max_supply_v:
            raise DataFileError(
                f"a current is given at {point.supply_v:g} V, outside the supply range",
                where=f"{where}: supply_v",
                why=f"the range is {model.min_supply_v:g} to {model.max_supply_v:g} V",
                fix="correct supply_v or the [supply] table",
            )
        # One LDO current serves all voltages, so two voltages at one clock would be two answers.
        supply = point.supply_v if model.regulator == "smps" else None
        key = (point.activity, point.execution, point.clock_hz, supply)
        if key in seen:
            raise DataFileError(
                f"two currents at {point.clock_hz / _MHZ:g} MHz",
                where=where,
                why="a state at one clock and supply has one current",
                fix="keep one of them",
            )
        seen.add(key)
