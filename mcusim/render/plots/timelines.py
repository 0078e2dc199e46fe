"""Pictures over time: RAM by what it is used for, and supply power; the whole run above one inference of it."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, TypeVar

from mcusim.render.plots.layers import no_energy
from mcusim.render.plots.picture import (
    Axis,
    NothingToDrawError,
    Picture,
    Point,
    Rule,
    Series,
    Stretch,
    Style,
    spans_much,
)
from mcusim.render.plots.titles import exactly, run_name
from mcusim.report.quantity import Band
from mcusim.units import engineering, size

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mcusim.recorded.run import RecordedRun
    from mcusim.report.history import HistorySpan, PowerPoint, RamPoint

    P = TypeVar("P", RamPoint, PowerPoint)
    Drawing = Callable[[float, float], tuple[Axis, tuple[Series, ...]]]

_KIB = 1024
_COLUMNS_COUNT = 1500
"""More than a picture has room for; of what falls into one of them the extremes are drawn."""
_IN_SCALE_RATIO = 3.0
"""What is available is drawn up to so many times the peak; above, the picture would be mostly empty."""
_MARGIN_RATIO = 0.03
_HEADROOM_RATIO = 1.5
"""Above the highest value stand the names of the layers."""
_STRETCHES_MAX = 400
_PARTS = ("static", "arena", "heap", "stack")


def ram_panels(run: RecordedRun) -> tuple[Picture, ...]:
    """RAM in use, stacked: static, arena, heap, stack.

    Raises:
        NothingToDrawError: the recording has no RAM over time.
    """
    report, points = run.report, run.history.ram
    if not points:
        raise _no_history("RAM", run)
    peak_bytes = max(_ram_total(each) for each in points)
    available_bytes = report.ram.available_bytes
    rules: tuple[Rule, ...] = ()
    note = f"peak {size(peak_bytes)}; {size(available_bytes)} are available"
    if available_bytes <= _IN_SCALE_RATIO * peak_bytes:
        rules = (
            Rule(f"available {size(available_bytes)}", exactly(available_bytes / _KIB), is_vertical=False),
        )
    used = [name for name in _PARTS if any(_part(point, name) for point in points)]
    top = max([peak_bytes, *(available_bytes for _ in rules)]) / _KIB * _HEADROOM_RATIO

    def drawing(begin_s: float, end_s: float) -> tuple[Axis, tuple[Series, ...]]:
        shown = _between(points, (begin_s, end_s), run.history.end_s, _ram_total)
        return Axis("RAM in use in KiB", limits=(0.0, top)), tuple(
            Series(
                name,
                tuple(Point(exactly(at_s), exactly(_part(point, name) / _KIB)) for at_s, point in shown),
                Style.STEP_AREA,
            )
            for name in used
        )

    return _panels(run, "RAM in use", drawing, rules, note)


def power_panels(run: RecordedRun) -> tuple[Picture, ...]:
    """Supply power with its band; logarithmic where sleep takes a small part of what running takes.

    Raises:
        NothingToDrawError: there is no power model, or no power over time.
    """
    points = run.history.power
    if run.report.energy is None:
        raise no_energy(run.report)
    if not points:
        raise _no_history("power", run)
    end_s = run.history.end_s
    begins = [each.at_s for each in points]
    joules = sum(
        each.power_w * (later - each.at_s) for each, later in zip(points, [*begins[1:], end_s], strict=True)
    )
    mean_w = joules / (end_s - begins[0]) if end_s > begins[0] else points[0].power_w
    rules = (Rule(f"mean {engineering(mean_w, 'W')}", exactly(mean_w), is_vertical=False),)
    note = f"shaded around the line: band of power model {run.report.energy.model}"
    if not run.history.is_power_exact:
        note += "; sleep is known by stretches of equal clock only: power there is the mean"

    def drawing(begin_s: float, end_s: float) -> tuple[Axis, tuple[Series, ...]]:
        shown = _between(points, (begin_s, end_s), run.history.end_s, _power)
        drawn = tuple(
            Point(exactly(at_s), Band(each.power_w, each.low_w, each.high_w, "")) for at_s, each in shown
        )
        is_log = spans_much(tuple(each.power_w for _, each in shown if each.power_w > 0))
        highest = max([mean_w, *(each.high_w for _, each in shown)])
        limits = None if is_log else (0.0, highest * _HEADROOM_RATIO)
        axis = Axis("supply power", "W", is_log=is_log, limits=limits)
        return axis, (Series("supply power", drawn, Style.STEPS),)

    return _panels(run, "Supply power", drawing, rules, note)


def _panels(
    run: RecordedRun, what: str, drawing: Drawing, rules: tuple[Rule, ...], note: str
) -> tuple[Picture, ...]:
    """The whole run, and below it one inference with its layers where there is one."""
    end_s = run.history.end_s
    inferences = [each for each in run.history.spans if each.kind == "inference"]
    shades = tuple(Stretch("", (each.begin_s, each.end_s)) for each in inferences[:_STRETCHES_MAX])
    named = inferences[-1].name if inferences else ""
    about = f"shaded: {named}()" if named else ""
    whole = Picture(
        f"{what}: {run_name(run.report)}",
        Axis("time since reset", "s", limits=(0.0, end_s)),
        *drawing(0.0, end_s),
        rules,
        note="; ".join(each for each in (note, about) if each),
        stretches=shades,
    )
    if not inferences:
        return (whole,)
    one = inferences[-1]
    margin_s = _MARGIN_RATIO * (one.end_s - one.begin_s)
    begin_s, until_s = max(0.0, one.begin_s - margin_s), min(end_s, one.end_s + margin_s)
    inside = _layers_in(run.history.spans, one)
    y, series = drawing(begin_s, until_s)
    below = Picture(
        f"One inference, from {engineering(one.begin_s, 's', 6)} on"
        + (", with its layers" if inside else ""),
        Axis("time in the inference", "s", limits=(begin_s - one.begin_s, until_s - one.begin_s)),
        y,
        tuple(_moved(each, -one.begin_s) for each in series),
        rules,
        note=whole.note,
        stretches=tuple(
            Stretch(each.name, (each.begin_s - one.begin_s, each.end_s - one.begin_s)) for each in inside
        ),
    )
    return whole, below


def _layers_in(spans: tuple[HistorySpan, ...], one: HistorySpan) -> tuple[HistorySpan, ...]:
    return tuple(
        each
        for each in spans
        if each.kind == "layer" and one.begin_s <= each.begin_s and each.end_s <= one.end_s
    )


def _moved(series: Series, by_s: float) -> Series:
    points = tuple(Point(exactly(each.x.value + by_s), each.y) for each in series.points)
    return Series(series.name, points, series.style)


def _between(
    points: Sequence[P], limits_s: tuple[float, float], end_s: float, value_of: Callable[[P], float]
) -> list[tuple[float, P]]:
    """What holds from the first limit to the second, with a last point that closes it; thinned out to the extremes."""
    begin_s = limits_s[0]
    until_s = min(limits_s[1], end_s)
    begins = [each.at_s for each in points]
    first = max(0, bisect_right(begins, begin_s) - 1)
    inside = points[first : bisect_right(begins, until_s)]
    column_s = (until_s - begin_s) / _COLUMNS_COUNT or 1.0
    columns: dict[int, list[P]] = {}
    for each in inside:
        columns.setdefault(int((each.at_s - begin_s) / column_s), []).append(each)
    kept: list[P] = []
    for column in columns.values():
        extremes = [column[0], min(column, key=value_of), max(column, key=value_of), column[-1]]
        kept += sorted({id(each): each for each in extremes}.values(), key=lambda each: each.at_s)
    shown: list[tuple[float, P]] = [(max(begin_s, each.at_s), each) for each in kept]
    shown.append((until_s, kept[-1]))
    return shown


def _part(point: RamPoint, name: str) -> int:
    amounts_bytes = (point.static_bytes, point.arena_bytes, point.heap_bytes, point.stack_bytes)
    return dict(zip(_PARTS, amounts_bytes, strict=True))[name]


def _power(point: PowerPoint) -> float:
    return point.power_w


def _ram_total(point: RamPoint) -> int:
    return point.static_bytes + point.arena_bytes + point.heap_bytes + point.stack_bytes


def _no_history(what: str, run: RecordedRun) -> NothingToDrawError:
    return NothingToDrawError(
        f"{what} over time is not known of {run_name(run.report)}",
        why="the recording does not hold it: it was made by an older mcusim, or of a run that did nothing",
        fix="make it again: mcusim run FIRMWARE --board NAME -o FILE",
    )
