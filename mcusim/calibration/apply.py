"""Puts fitted currents into a copy of a power model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mcusim.power.schema import Activity, CurrentPoint, Execution, Fit, PowerModel, Workload
from mcusim.provenance import Basis, Provenance, weakest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcusim.report.report import CurrentUse


@dataclass(frozen=True, slots=True)
class MeasuredCurrent:
    """What the supply draws in one state, by measurement."""

    use: CurrentUse
    current_a: float
    is_fitted: bool
    """False: scaled together with other states, so derived rather than measured."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """All that a trace says, and where it is from."""

    currents: tuple[MeasuredCurrent, ...]
    run_ratio: float
    idle_ratio: float | None
    """Of sleep currents; None: none was measured, and the table's stay."""
    band_ratio: float
    supply_v: float
    temp_c: float
    source: str
    """"ppk2.csv (ppk2), 12 inferences of 1f2e… on 2026-01-31"."""
    fit: Fit


def calibrated_model(model: PowerModel, name: str, measurement: Measurement) -> PowerModel:
    """A copy of the model with the measured currents in it, and the other rows scaled by the same ratio.

    A row of the model that the measurement replaces goes: an inference row of the same state, or a sleep row.
    """
    rows = tuple(_row(each, model, measurement) for each in measurement.currents)
    replaced = {_key(row) for row in rows}
    kept = tuple(_scaled(point, measurement) for point in model.points if _key(point) not in replaced)
    return replace(
        model,
        name=name,
        points=rows + kept,
        covers=f"what {measurement.source.split(' ')[0]} measured; other rows: {model.covers}",
        fits=(*model.fits, measurement.fit),
        path="",
    )


def _key(point: CurrentPoint) -> tuple[object, ...]:
    """What power/check.py calls the same state; one LDO current serves all voltages."""
    supply_v = point.supply_v if point.regulator == "smps" else None
    axes = (point.activity, point.mode, point.execution, point.workload, point.regulator)
    return (*axes, point.voltage_range, point.temp_c, point.clock_hz, supply_v)


def _row(each: MeasuredCurrent, model: PowerModel, measurement: Measurement) -> CurrentPoint:
    use = each.use
    activity = Activity(use.activity)
    is_run = activity is Activity.RUN
    mode = "" if is_run else use.mode or activity.value
    own = [point for point in model.points if point.activity is activity and point.mode == mode]
    ranges = {point.voltage_range for point in own}
    is_clockless = not is_run and (use.clock_hz == 0 or any(point.clock_hz == 0 for point in own))
    # Peripheral currents are added to sleep rows but never to inference rows (power_models/README.md).
    added_a = 0.0 if is_run else sum(current_a for _, current_a in use.peripherals)
    return CurrentPoint(
        activity=activity,
        execution=Execution(use.execution) if is_run else _idle_execution(own),
        clock_hz=0 if is_clockless else use.clock_hz,
        supply_v=measurement.supply_v,
        current_a=max(each.current_a - added_a, 0.0),
        provenance=Provenance(
            Basis.MEASURED if each.is_fitted else Basis.DERIVED,
            measurement.source
            if each.is_fitted
            else f"{'; '.join(_words(use))}, scaled by {measurement.source}",
        ),
        low_ratio=1 - measurement.band_ratio,
        high_ratio=1 + measurement.band_ratio,
        regulator=use.regulator or model.regulator,
        voltage_range=use.voltage_range if use.voltage_range in ranges | _names(model) else "",
        temp_c=measurement.temp_c,
        mode=mode,
        workload=Workload.INFERENCE if is_run else Workload.BENCHMARK,
    )


def _words(use: CurrentUse) -> Iterable[str]:
    return [use.source] if use.source else ["the model's current"]


def _names(model: PowerModel) -> set[str]:
    return {each.name for each in model.voltage_ranges}


def _idle_execution(own: list[CurrentPoint]) -> Execution:
    """A sleeping core executes nothing: the axis is what the model's own rows say."""
    return own[0].execution if own else Execution.ANY


def _scaled(point: CurrentPoint, measurement: Measurement) -> CurrentPoint:
    ratio = measurement.run_ratio if point.activity is Activity.RUN else measurement.idle_ratio
    if ratio is None or ratio == 1.0:
        return point
    source = (
        f"{point.provenance.source}; times {ratio:.4g} as measured in another state: {measurement.source}"
    )
    basis = weakest([point.provenance.basis, Basis.DERIVED])
    return replace(point, current_a=point.current_a * ratio, provenance=Provenance(basis, source))
