"""The roofline picture: multiplications per cycle of each layer against multiplications per value that it moves.

The roof is that of the core (roofs.toml): what its loads can feed at best, and then what its multiplier does. Values,
not bytes, are counted because a firmware's shapes are known and its types are not: of int8 a word holds four.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from mcusim.datafile import Table
from mcusim.provenance import Provenance
from mcusim.render.plots.layers import known_layers
from mcusim.render.plots.picture import Axis, NothingToDrawError, Picture, Point, Series, Style
from mcusim.render.plots.titles import exactly, run_name, scaled
from mcusim.report.quantity import Band

if TYPE_CHECKING:
    from mcusim.recorded.run import RecordedRun
    from mcusim.report.network import LayerCost

_FILE = Path(__file__).with_name("roofs.toml")
_INT8_PER_WORD = 4
_ROOM_RATIO = 2.0


@dataclass(frozen=True, slots=True)
class CoreRoof:
    """What a core can do at best."""

    core: str
    macs_per_cycle_ratio: float
    instruction: str
    """That does it."""
    words_per_cycle_ratio: float
    """32-bit words that its loads bring at best, from memory without wait states."""
    provenance: Provenance

    @property
    def int8_per_cycle(self) -> float:
        """Values that loads bring."""
        return _INT8_PER_WORD * self.words_per_cycle_ratio

    @property
    def ridge(self) -> float:
        """Multiplications per value from which on the loads are no limit."""
        return self.macs_per_cycle_ratio / self.int8_per_cycle


def core_roofs() -> dict[str, CoreRoof]:
    """By core.

    Raises:
        DataFileError: the installation's file is wrong.
    """
    table = Table.load(_FILE)
    roofs = [
        CoreRoof(
            each.text("name"),
            each.number("macs_per_cycle", minimum=0.01, maximum=64.0),
            each.text("instruction"),
            each.number("words_per_cycle", minimum=0.1, maximum=16.0),
            each.provenance(),
        )
        for each in table.tables("core", minimum=1)
    ]
    table.finish()
    return {each.core: each for each in roofs}


def moved_count(layer: LayerCost) -> int:
    """Values of inputs, constants and outputs, each once; 0: the shapes are not known."""
    if not layer.input_shapes or not layer.output_shapes:
        return 0
    return sum(prod(shape) for shape in (*layer.input_shapes, *layer.output_shapes))


def roofline_panels(run: RecordedRun) -> tuple[Picture, ...]:
    """One point per layer with multiplications, and the roofs of the core.

    Raises:
        NothingToDrawError: no layers are known, or no multiplications of them.
    """
    report = run.report
    layers = known_layers(report)
    known = [each for each in layers if each.macs_count and moved_count(each) and each.cycles > 0]
    if not known:
        raise NothingToDrawError(
            f"multiplications are not known of the layers of {run_name(report)}",
            why="shapes are read from the model that a firmware holds, and none was found in it",
            fix="use a firmware that holds its model (TensorFlow Lite Micro, mcusim build), or --kind layers",
        )
    error_ratio = report.inference.cycles_error_percent / 100
    series: dict[str, list[Point]] = {}
    for each in known:
        series.setdefault(each.operator or "layers", []).append(_point(each, error_ratio))
    xs = [point.x.value for points in series.values() for point in points]
    ys = [point.y.value for points in series.values() for point in points]
    roof = core_roofs().get(report.core)
    ridge = roof.ridge if roof else min(xs)
    limits = (min(*xs, ridge) / _ROOM_RATIO, max(*xs, ridge) * _ROOM_RATIO)
    left_out = len(layers) - len(known)
    notes = ["numbers: layers; a value moved: input, weight or output, each counted once (int8: a byte)"]
    notes += [f"{left_out} layers without multiplications are left out"] if left_out else []
    lines = _roof_lines(roof, limits) if roof else ()
    highest = max([*ys, *(point.y.value for line in lines for point in line.points)])
    return (
        Picture(
            f"Roofline: {run_name(report)}",
            Axis("multiplications per value moved", is_log=True, limits=limits),
            Axis("multiplications per cycle", is_log=True, limits=(min(ys) / _ROOM_RATIO, highest * 1.4)),
            (*(Series(name, tuple(points)) for name, points in series.items()), *lines),
            note="; ".join(notes),
        ),
    )


def _point(layer: LayerCost, error_ratio: float) -> Point:
    assert layer.macs_count is not None
    rate = layer.macs_count / layer.cycles
    band = scaled(Band(1.0, 1 / (1 + error_ratio), 1 / (1 - error_ratio), ""), rate)
    return Point(exactly(layer.macs_count / moved_count(layer)), band, str(layer.index))


def _roof_lines(roof: CoreRoof, limits: tuple[float, float]) -> tuple[Series, ...]:
    """Up to where the loads are the limit, and then flat."""
    rates = [
        (x, min(roof.macs_per_cycle_ratio, roof.int8_per_cycle * x))
        for x in (limits[0], roof.ridge, limits[1])
    ]
    points = tuple(Point(exactly(x), exactly(rate)) for x, rate in rates)
    feeding = f"{roof.int8_per_cycle:g} int8 loaded per cycle"
    text = f"{roof.core} at best: {feeding}, {roof.macs_per_cycle_ratio:g} multiplied ({roof.instruction})"
    return (Series(text, points, Style.LINE),)
