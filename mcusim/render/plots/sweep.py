"""The picture of a sweep: latency against energy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render.plots.picture import FILLS, Axis, Picture, Point, Rule, Series, spans_much
from mcusim.render.sweep import supply, values_of
from mcusim.render.words import short_name
from mcusim.report.quantity import Band
from mcusim.units import engineering

if TYPE_CHECKING:
    from mcusim.report.sweep import Sweep, SweepPoint

_LABELS_MAX = 20
"""More points than this are not labelled, but for the marked ones."""


def sweep_picture(sweep: Sweep) -> Picture:
    """Latency against energy, a series per board, the Pareto front and the deadline marked."""
    rows = [row for row in sweep.rows if row.result is not None and row.result.energy_j is not None]
    supplies = values_of(sweep, "supply")
    fills = supplies if 1 < len(supplies) <= len(FILLS) else ()
    series: dict[str, list[Point]] = {}
    xs, ys = [], []
    for row in rows:
        result = row.result
        assert result is not None
        assert result.energy_j is not None
        latency = Band(result.latency_s, result.low_s, result.high_s, "")
        label = _label(sweep, row.point, fills) if row.is_pareto or len(rows) <= _LABELS_MAX else ""
        fill_number = fills.index(supply(row)) if fills else 0
        point = Point(latency, result.energy_j, label, row.is_pareto, fill_number)
        series.setdefault(row.point.board, []).append(point)
        xs.append(result.latency_s)
        ys.append(result.energy_j.value)
    rules = []
    if (deadline_s := sweep.deadline_s) is not None:
        at = Band(deadline_s, deadline_s, deadline_s, "")
        rules.append(Rule(f"deadline {engineering(deadline_s, 's')}", at))
        xs.append(deadline_s)
    return Picture(
        title=f"{sweep.firmware.path}: one call of {short_name(sweep.function)}",
        x=Axis("latency per call", "s", is_log=spans_much(tuple(xs))),
        y=Axis("energy per call", "J", is_log=spans_much(tuple(ys))),
        series=tuple(Series(name, tuple(points)) for name, points in series.items()),
        rules=tuple(rules),
        marked_name="Pareto front",
        note="bars: error bands of the timing and the power model",
        fill_names=fills,
    )


def _label(sweep: Sweep, point: SweepPoint, fills: tuple[str, ...]) -> str:
    """What tells a point from the others of its board, but for its supply where the marker's filling does."""
    parts = []
    if point.clock_hz is not None and len(values_of(sweep, "clock")) > 1:
        parts.append(engineering(point.clock_hz, "Hz"))
    if point.supply_v is not None and not fills and len(values_of(sweep, "supply")) > 1:
        parts.append(f"{point.supply_v:g} V")
    if point.temp_c is not None and len(values_of(sweep, "temperature")) > 1:
        parts.append(f"{point.temp_c:g} °C")
    varied = {axis.name for axis in sweep.axes if len(axis.values) > 1}
    parts += [f"{key.rpartition('.')[2]}={value}" for key, value in point.settings if key in varied]
    return " ".join(parts) or point.board
