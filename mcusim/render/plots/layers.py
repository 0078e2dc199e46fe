"""The pictures of a network's layers: how long each takes, and what energy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render import words
from mcusim.render.plots.picture import Axis, Bar, BarChart, NothingToDrawError, shortened
from mcusim.render.plots.titles import bar_words, run_name
from mcusim.report.quantity import Band

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.recorded.run import RecordedRun
    from mcusim.report.network import LayerCost
    from mcusim.report.report import Report

_LABEL_WIDTH, _KIND_WIDTH = 36, 24
_BARS_MAX = 100
_OPERATORS_MAX = 8
OTHERS = "other operators"
_ROWS = "the runtime and others"


def layers_panels(run: RecordedRun) -> tuple[BarChart, ...]:
    """Latency per layer, in the order of the inference.

    Raises:
        NothingToDrawError: no layers are known.
    """
    report = run.report
    band_ratio = report.inference.cycles_error_percent / 100

    def latency(layer: LayerCost) -> Band:
        time_s = layer.cycles / report.clock_hz
        return Band(time_s, time_s * (1 - band_ratio), time_s * (1 + band_ratio), "")

    chart = _chart(report, latency, Axis("latency per inference", "s"))
    return (
        BarChart(
            f"Latency per layer: {run_name(report)}",
            chart.x,
            chart.bars,
            f"bars' ends: ±{report.inference.cycles_error_percent:g} % ({report.inference.cycles_basis})",
        ),
    )


def layer_energy_panels(run: RecordedRun) -> tuple[BarChart, ...]:
    """Energy per layer, in the order of the inference.

    Raises:
        NothingToDrawError: no layers are known, or no energies.
    """
    report = run.report
    if report.energy is None:
        raise no_energy(report)

    def energy(layer: LayerCost) -> Band:
        return layer.energy_j or Band(0.0, 0.0, 0.0, "")

    chart = _chart(report, energy, Axis("energy per inference", "J"))
    covers = f", which covers {report.energy.covers}" if report.energy.covers else ""
    return (
        BarChart(
            f"Energy per layer: {run_name(report)}",
            chart.x,
            chart.bars,
            shortened(f"bars' ends: band of power model {report.energy.model}{covers}", 150),
        ),
    )


def no_energy(report: Report) -> NothingToDrawError:
    """There is no power model, which several pictures need."""
    return NothingToDrawError(
        f"no energies are known of {run_name(report)}",
        why=f"there is no power model for board '{report.board}'",
        fix="run it with --power-model FILE, or on a board that has one (mcusim boards lists them)",
    )


def layer_label(layer: LayerCost) -> str:
    """Its place, its operator, and as much of its name as there is room for."""
    if layer.kind != "layer":
        return words.row_kind(layer.kind)
    operator = shortened(layer.operator, _KIND_WIDTH)
    head = f"{layer.index} {operator}".rstrip()
    room = _LABEL_WIDTH - len(head) - 2
    name = words.short_name(layer.name)
    if not name or name == layer.operator or room < 8:
        return head
    return f"{head}  {name if len(name) <= room else '…' + name[1 - room :]}"


def known_layers(report: Report) -> tuple[LayerCost, ...]:
    """The layers, in their order.

    Raises:
        NothingToDrawError: there are none.
    """
    network = report.network
    layers = tuple(each for each in network.layers if each.kind == "layer") if network else ()
    if not layers:
        raise NothingToDrawError(
            f"no layers are known of {run_name(report)}",
            why="no inference was recognised in the firmware, or none ran",
            fix="record it again, and name what runs one: mcusim run … --inference FUNCTION -o FILE",
        )
    return layers


def _chart(report: Report, value_of: Callable[[LayerCost], Band], x: Axis) -> BarChart:
    layers = known_layers(report)
    rows = (
        [*layers, *(each for each in report.network.layers if each.kind != "layer")] if report.network else []
    )
    total = sum(value_of(each).value for each in rows)
    dearest = sorted(layers, key=lambda each: (-value_of(each).value, each.index))
    shown, rest = dearest[:_BARS_MAX], dearest[_BARS_MAX:]
    operators = list(dict.fromkeys(each.operator for each in layers))
    named = set(operators[:_OPERATORS_MAX])
    bars = []
    for each in rows:
        band = value_of(each)
        if each in rest or (each.kind != "layer" and band.value <= 0):
            continue
        part = (each.operator if each.operator in named else OTHERS) or "layers"
        part = part if each.kind == "layer" else _ROWS
        text = bar_words(band.value, x.unit, band.value / total if total else 0.0)
        bars.append(Bar(layer_label(each), ((part, band.value),), band, text))
    if rest:
        amount = sum(value_of(each).value for each in rest)
        text = bar_words(amount, x.unit, amount / total if total else 0.0)
        bars.insert(len(shown), Bar(f"{len(rest)} cheaper layers", ((OTHERS, amount),), None, text))
    return BarChart("", x, tuple(bars))
