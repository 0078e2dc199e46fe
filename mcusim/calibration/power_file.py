"""Writes a power model as the TOML file that mcusim/power/load.py reads; see power_models/README.md."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mcusim.power.schema import TABLE_TEMP_C, Activity, Workload

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mcusim.power.schema import CurrentPoint, PowerModel
    from mcusim.provenance import Provenance

_MHZ = 1_000_000
_UA_PER_A = 1e6


def power_model_toml(model: PowerModel) -> str:
    """The model as a file: loading it gives the same model, but for its path."""
    lines = [
        "# Written by `mcusim calibrate`; power_models/README.md explains the keys.",
        *_pairs(
            name=model.name, chips=list(model.chips), regulator=model.regulator, covers=model.covers or None
        ),
        *_table(
            "supply",
            model.supply_provenance,
            min_supply_v=model.min_supply_v,
            max_supply_v=model.max_supply_v,
        ),
    ]
    if model.temp_provenance is not None:
        lines += _table(
            "temperature", model.temp_provenance, min_temp_c=model.min_temp_c, max_temp_c=model.max_temp_c
        )
    for each in model.voltage_ranges:
        lines += _row(
            "voltage_range", each.provenance, name=each.name, max_clock_mhz=each.max_clock_hz / _MHZ
        )
    lines += _table(
        "inference_scale",
        model.scale_provenance,
        ratio=model.inference_scale_ratio,
        low_ratio=model.inference_scale_low_ratio,
        high_ratio=model.inference_scale_high_ratio,
    )
    lines += _idle_band(model)
    for point in model.points:
        lines += _current(point)
    lines += _others(model)
    return "\n".join(lines) + "\n"


def _idle_band(model: PowerModel) -> list[str]:
    """Every row below states its own band, so this one only has to be there."""
    idle = [point for point in model.points if point.activity is not Activity.RUN]
    low_ratio, high_ratio = (idle[0].low_ratio, idle[0].high_ratio) if idle else (1.0, 1.0)
    provenance = model.idle_provenance or model.scale_provenance
    return _table("idle_band", provenance, low_ratio=low_ratio, high_ratio=high_ratio)


def _current(point: CurrentPoint) -> list[str]:
    is_inference = point.workload is Workload.INFERENCE
    clock = f"clock_mhz = {_shown(point.clock_hz / _MHZ)}, " if point.clock_hz else ""
    return [
        *_row(
            "current",
            point.provenance,
            activity=point.activity.value,
            mode=point.mode or None,
            execution=[point.execution.value],
            regulator=point.regulator,
            voltage_range=point.voltage_range or None,
            supply_v=point.supply_v,
            temp_c=point.temp_c if point.temp_c != TABLE_TEMP_C else None,
            workload=point.workload.value if is_inference else None,
            low_ratio=point.low_ratio,
            high_ratio=point.high_ratio,
        ),
        f"points = [{{ {clock}current_ma = {_shown(point.current_a * 1000)} }}]",
    ]


def _others(model: PowerModel) -> Iterator[str]:
    for wake_up in model.wake_ups:
        current_ma = None if wake_up.current_a is None else wake_up.current_a * 1000
        yield from _row(
            "wake_up",
            wake_up.provenance,
            mode=wake_up.mode,
            duration_us=wake_up.duration_s * 1e6,
            current_ma=current_ma,
        )
    for each in model.peripherals:
        yield from _row(
            "peripheral",
            each.provenance,
            name=each.name,
            current_ua=each.current_a * _UA_PER_A,
            current_ua_per_mhz=each.a_per_hz * _UA_PER_A * _MHZ,
        )
    for fit in model.fits:
        yield from (
            "",
            "[[fitted]]",
            *_pairs(
                firmware_sha256=fit.firmware_sha256,
                measurement=fit.measurement,
                points_count=fit.points_count,
                residual_percent=fit.residual_ratio * 100,
            ),
        )


def _table(title: str, provenance: Provenance, /, **values: object) -> list[str]:
    return ["", f"[{title}]", *_pairs(**values), *_sources(provenance)]


def _row(title: str, provenance: Provenance, /, **values: object) -> list[str]:
    return ["", f"[[{title}]]", *_pairs(**values), *_sources(provenance)]


def _sources(provenance: Provenance) -> Iterable[str]:
    return _pairs(basis=provenance.basis.value, source=provenance.source)


def _pairs(**values: object) -> list[str]:
    return [f"{key} = {_shown(value)}" for key, value in values.items() if value is not None]


def _shown(value: object) -> str:
    """A value as TOML: JSON's texts and lists are TOML's too; 15 digits bring a number back but for its last bit."""
    if isinstance(value, float):
        text = f"{value:.15g}"
        return text if any(mark in text for mark in ".e") else text + ".0"
    return json.dumps(value, ensure_ascii=False)
