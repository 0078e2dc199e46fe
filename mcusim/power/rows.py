"""Reads the [[current]] rows of a power model: one point per execution and clock, each with its band."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.errors import unknown_name
from mcusim.power.schema import TABLE_TEMP_C, Activity, CurrentPoint, Execution, Workload

if TYPE_CHECKING:
    from mcusim.datafile import Table
    from mcusim.provenance import Provenance

_MA_PER_A = 1000
_MHZ = 1_000_000


@dataclass(frozen=True, slots=True)
class Band:
    """Expected, smallest and largest current over the table's number."""

    scale_ratio: float
    low_ratio: float
    high_ratio: float
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Bands:
    """What a row inherits from its model."""

    scale: Band
    idle: Band
    regulator: str


def band_of(table: Table, *, has_scale: bool) -> Band:
    """The band that a table states."""
    return Band(
        scale_ratio=table.number("ratio", maximum=100.0) if has_scale else 1.0,
        low_ratio=table.number("low_ratio", maximum=100.0),
        high_ratio=table.number("high_ratio", maximum=10_000.0),
        provenance=table.provenance(),
    )


def points_of(row: Table, bands: Bands) -> list[CurrentPoint]:
    """One point per execution and clock of a [[current]] table; its own ratios replace the model's.

    Raises:
        DataFileError: a key is missing or wrong, or the band does not contain the expected value.
    """
    activity = row.choice("activity", Activity, but=(Activity.WAKE_UP,))  # that has [[wake_up]] tables
    workload = row.choice("workload", Workload, Workload.BENCHMARK)
    scale_ratio, low_ratio, high_ratio = _ratios(row, bands, activity, workload)
    supply_v = row.number("supply_v", minimum=0.5, maximum=6.0)
    provenance = row.provenance()
    regulator = row.text("regulator", bands.regulator)
    voltage_range = row.text("voltage_range", "")
    temp_c = row.number("temp_c", TABLE_TEMP_C, minimum=-60.0, maximum=200.0)
    mode = row.text("mode", "" if activity is Activity.RUN else activity.value)
    return [
        CurrentPoint(
            activity=activity,
            execution=execution,
            clock_hz=_clock_hz(point, activity),
            supply_v=supply_v,
            current_a=_current_a(point, activity),
            provenance=provenance,
            scale_ratio=scale_ratio,
            low_ratio=low_ratio,
            high_ratio=high_ratio,
            regulator=regulator,
            voltage_range=voltage_range,
            temp_c=temp_c,
            mode=mode,
            workload=workload,
        )
        for execution in _executions(row)
        for point in row.tables("points", minimum=1)
    ]


def _ratios(row: Table, bands: Bands, activity: Activity, workload: Workload) -> tuple[float, float, float]:
    """(expected, low, high) over the row's numbers; a row taken during inference is not scaled and has its own band."""
    is_measured_inference = workload is Workload.INFERENCE
    if is_measured_inference and activity is not Activity.RUN:
        raise row.error(
            "workload", "only a run current has a workload", fix="leave 'workload' out, or correct 'activity'"
        )
    if is_measured_inference:
        scale_ratio = 1.0
        low_ratio = row.number("low_ratio", maximum=100.0)
        high_ratio = row.number("high_ratio", maximum=10_000.0)
    else:
        band = bands.scale if activity is Activity.RUN else bands.idle
        scale_ratio = band.scale_ratio
        low_ratio = row.number("low_ratio", band.low_ratio, maximum=100.0)
        high_ratio = row.number("high_ratio", band.high_ratio, maximum=10_000.0)
    if not low_ratio <= scale_ratio <= high_ratio:
        raise row.error(
            "low_ratio",
            "the band does not contain the expected value",
            why=f"low_ratio {low_ratio:g}, expected {scale_ratio:g}, high_ratio {high_ratio:g}",
            fix="order them: low_ratio at most the expected ratio, high_ratio at least",
        )
    return scale_ratio, low_ratio, high_ratio


def _executions(row: Table) -> tuple[Execution, ...]:
    known = {member.value: member for member in Execution}
    names = row.texts("execution", ("any",))
    for name in names:
        if name not in known:
            raise unknown_name("execution", name, known, where=row.where("execution"))
    if not names:
        raise row.error("execution", "'execution' is empty", fix="list at least one of: " + ", ".join(known))
    return tuple(known[name] for name in names)


def _current_a(point: Table, activity: Activity) -> float:
    current_a = point.number("current_ma", maximum=100_000.0) / _MA_PER_A
    if activity is Activity.RUN and current_a == 0:
        raise point.error(
            "current_ma",
            "a run current is zero",
            why="a chip that runs draws current",
            fix="write the milliamperes of the source, or leave the row out",
        )
    return current_a


def _clock_hz(point: Table, activity: Activity) -> int:
    """Points of a running chip have a clock; elsewhere one without `clock_mhz` holds for any clock."""
    if activity is not Activity.RUN and not point.has("clock_mhz"):
        return 0
    return point.scaled("clock_mhz", _MHZ, limits=(0.001, 5000.0))
