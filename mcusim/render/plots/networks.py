"""The picture of a comparison of networks: accuracy against energy and against flash; without labels, costs only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render.plots.canvas import panels_bytes
from mcusim.render.plots.picture import Axis, Picture, Point, Series, spans_much
from mcusim.report.quantity import Band

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.report.networks import NetworkResult, NetworkRow, Networks

    Bands = Callable[[NetworkResult], Band]


def networks_picture(networks: Networks, suffix: str) -> bytes:
    """The file that ends in `suffix`."""
    return panels_bytes(networks_panels(networks), suffix)


def networks_panels(networks: Networks) -> tuple[Picture, Picture]:
    """What is drawn, from top to bottom."""
    rows = [row for row in networks.rows if row.result is not None]
    has_energy = all(row.result is not None and row.result.energy_j is not None for row in rows)
    cost, axis = (_energy, "energy per inference") if has_energy else (_latency, "latency per inference")
    count = networks.inferences_count
    title = f"{len(rows)} networks on {networks.board}, {count} inputs each"
    top = _panel(rows, (cost, Axis(axis, "J" if has_energy else "s")), title)
    bottom = _panel(rows, (_flash, Axis("flash without the inputs", "B")), "")
    return top, bottom


def _panel(rows: list[NetworkRow], across: tuple[Bands, Axis], title: str) -> Picture:
    cost, axis = across
    has_labels = all(row.result is not None and row.result.accuracy is not None for row in rows)
    up, y = (
        (_accuracy, Axis("accuracy in %")) if has_labels else (_latency, Axis("latency per inference", "s"))
    )
    xs, ys = _values(rows, cost), _values(rows, up)
    is_flash = cost is _flash
    return Picture(
        title=title,
        x=Axis(axis.title, axis.unit, is_log=spans_much(xs)),
        y=Axis(y.title, y.unit, is_log=not has_labels and spans_much(ys)),
        series=tuple(_series(row, cost, up, is_flash) for row in rows),
        marked_name="nothing is more accurate and cheaper",
        note="bars: 95 % interval of the accuracy, error bands of the timing and the power model"
        if has_labels
        else "bars: error bands of the timing and the power model",
    )


def _series(row: NetworkRow, cost: Bands, up: Bands, is_flash: bool) -> Series:
    assert row.result is not None
    is_marked = row.is_pareto_in_flash if is_flash else row.is_pareto
    return Series(row.name, (Point(cost(row.result), up(row.result), row.name, is_marked),))


def _values(rows: list[NetworkRow], bands: Bands) -> tuple[float, ...]:
    return tuple(bands(row.result).value for row in rows if row.result is not None)


def _accuracy(result: NetworkResult) -> Band:
    accuracy = result.accuracy
    assert accuracy is not None
    ratios = (accuracy.value_ratio, accuracy.low_ratio, accuracy.high_ratio)
    value, low, high = (100 * each for each in ratios)
    return Band(value, low, high, "")


def _latency(result: NetworkResult) -> Band:
    return Band(result.latency_s, result.low_s, result.high_s, "")


def _energy(result: NetworkResult) -> Band:
    assert result.energy_j is not None
    return result.energy_j


def _flash(result: NetworkResult) -> Band:
    return Band(result.flash_bytes, result.flash_bytes, result.flash_bytes, "")
