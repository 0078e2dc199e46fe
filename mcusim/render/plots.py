"""Pictures as PNG or SVG: points with error bars, lines with bands, stacked areas; what to draw is decided elsewhere.

The only user of matplotlib. The same picture gives the same bytes: no date, no random ids, no screen.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from io import BytesIO
from typing import TYPE_CHECKING

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import (
    EngFormatter,
    FixedFormatter,
    FixedLocator,
    LogLocator,
    NullFormatter,
    ScalarFormatter,
)
from matplotlib.transforms import Bbox

from mcusim.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

    from mcusim.report.quantity import Band

SUFFIXES = (".png", ".svg")
LOG_FROM_RATIO = 10.0
"""An axis whose values span more than this is better logarithmic."""

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c6d31")
"""Okabe and Ito's palette, which people who cannot tell red from green can read; the last one is added."""
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
_STYLE = {
    "svg.hashsalt": "mcusim",  # ids of clip paths are hashes, salted with a random number by default
    "svg.fonttype": "none",  # text stays text: searchable, and the same whatever fonts are installed
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 9.0,
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
}
_MARKER_POINTS = 6.0
FILLS = ("full", "none", "left", "bottom", "right", "top")
"""How markers may be filled to tell points of one series apart, in matplotlib's words."""
_SIZE_INCHES, _DPI = (7.5, 5.0), 144
_FURTHER_PANEL_RATIO = 0.7  # of the first one's height
_MANY_DECADES_RATIO = 1000.0
_PLACES = ((6, 4), (6, -11), (-6, 4), (-6, -11), (0, 9), (0, -16), (14, 12), (-14, 12), (14, -20), (-14, -20))
"""Where the label of a point may stand, in typographic points from it, best first."""


class Style(Enum):
    """How a series is drawn."""

    POINTS = "points"
    """Single points with error bars, joined in the order of x where they are marked."""
    LINE = "line"
    """A line through the values, with the bands of y around it."""
    AREA = "area"
    """Areas stacked on one another; all such series have the same x."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point with its doubt; low = value = high: none is drawn."""

    x: Band
    y: Band
    label: str = ""
    is_marked: bool = False
    fill_number: int = 0
    """Of `Picture.fill_names`, from 0."""


@dataclass(frozen=True, slots=True)
class Series:
    """Points that belong together, and their name in the legend."""

    name: str
    points: tuple[Point, ...]
    style: Style = Style.POINTS


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis shows: its ticks are in this unit with SI prefixes; no unit: plain numbers."""

    title: str
    unit: str = ""
    is_log: bool = False
    ticks: tuple[tuple[float, str], ...] = ()
    """Where ticks may stand and what they say ("1 h"), instead of numbers."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line across the whole picture; its band is shaded."""

    label: str
    at: Band
    is_vertical: bool = True


@dataclass(frozen=True, slots=True)
class Picture:
    """One diagram."""

    title: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    rules: tuple[Rule, ...] = ()
    marked_name: str = ""
    """What the marked points are, for the legend."""
    note: str = ""
    """Small print below the diagram."""
    fill_names: tuple[str, ...] = ()
    """What the fillings of the markers mean, at most one for each of FILLS; empty: all are filled."""


def check_picture_path(path: Path, *, option: str) -> None:
    """Complain, before anything is computed, about a file whose name does not say its format.

    Raises:
        UsageError: the suffix is none of SUFFIXES.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"{option} cannot write '{path.name}'",
            why="the picture's format is chosen by the end of the file's name",
            fix=f"let it end in {' or '.join(SUFFIXES)}",
        )


def spans_much(values: tuple[float, ...]) -> bool:
    """These values are better shown on a logarithmic axis."""
    return bool(values) and min(values) > 0 and max(values) / min(values) > LOG_FROM_RATIO


def picture_bytes(picture: Picture, suffix: str) -> bytes:
    """The picture as a file that ends in `suffix` (one of SUFFIXES)."""
    return panels_bytes((picture,), suffix)


def panels_bytes(pictures: tuple[Picture, ...], suffix: str) -> bytes:
    """Several pictures below each other in one file; the small print of the last one is shown."""
    with rc_context(_STYLE):
        width, height = _SIZE_INCHES
        size = (width, height * (1 + _FURTHER_PANEL_RATIO * (len(pictures) - 1)))
        figure = Figure(figsize=size, dpi=_DPI, layout="constrained")
        canvas = FigureCanvasAgg(figure)
        panels = figure.subplots(len(pictures), squeeze=False)[:, 0]
        for picture, axes in zip(pictures, panels, strict=True):
            _draw(picture, axes)
        if pictures[-1].note:
            figure.supxlabel(pictures[-1].note, fontsize=7, color="#555555")
        canvas.draw()  # places everything, so that labels can be kept apart
        for picture, axes in zip(pictures, panels, strict=True):
            _place_labels(picture, axes)
        buffer, is_svg = BytesIO(), suffix.lower() == ".svg"
        metadata = {"Date": None, "Creator": None} if is_svg else {"Software": None}
        figure.savefig(buffer, format="svg" if is_svg else "png", metadata=metadata)
    return buffer.getvalue()


def _draw(picture: Picture, axes: Axes) -> None:
    areas = tuple(each for each in picture.series if each.style is Style.AREA)
    if areas:
        xs = [point.x.value for point in areas[0].points]
        stacks = [[point.y.value for point in each.points] for each in areas]
        axes.stackplot(xs, *stacks, labels=[each.name for each in areas], colors=_COLOURS, alpha=0.8)
    for place, series in enumerate(each for each in picture.series if each.style is not Style.AREA):
        colour = _COLOURS[place % len(_COLOURS)]
        if series.style is Style.LINE:
            _draw_line(series, axes, colour)
        else:
            _draw_points(series, axes, colour, _MARKERS[place % len(_MARKERS)])
    _draw_fills(picture, axes)
    _draw_marked(picture, axes)
    for rule in picture.rules:
        _draw_rule(rule, axes)
    axes.set_title(picture.title, fontsize=10)
    _set_axis(axes, picture.x, is_x=True)
    _set_axis(axes, picture.y, is_x=False)
    handles, _ = axes.get_legend_handles_labels()
    if len(handles) > 1 or picture.rules:
        axes.legend(fontsize=8, framealpha=0.85)


def _draw_line(series: Series, axes: Axes, colour: str) -> None:
    xs = [each.x.value for each in series.points]
    axes.plot(xs, [each.y.value for each in series.points], color=colour, label=series.name)
    lows, highs = [each.y.low for each in series.points], [each.y.high for each in series.points]
    if lows != highs:
        axes.fill_between(xs, lows, highs, color=colour, alpha=0.18, linewidth=0)


def _draw_points(series: Series, axes: Axes, colour: str, marker: str) -> None:
    label = series.name
    for number in sorted({each.fill_number for each in series.points}):
        points = [each for each in series.points if each.fill_number == number]
        axes.errorbar(
            [each.x.value for each in points],
            [each.y.value for each in points],
            xerr=_bars([each.x for each in points]),
            yerr=_bars([each.y for each in points]),
            fmt=marker,
            color=colour,
            ecolor=colour + "66",
            elinewidth=0.9,
            markersize=5,
            fillstyle=FILLS[number],
            label=label,
        )
        label = "_"  # once in the legend


def _draw_fills(picture: Picture, axes: Axes) -> None:
    """What the fillings mean, for the legend."""
    for name, fill in zip(picture.fill_names, FILLS, strict=False):
        axes.plot([], [], marker="o", linestyle="", markersize=5, color="#444444", fillstyle=fill, label=name)


def _bars(bands: list[Band]) -> list[list[float]]:
    """Lengths of the error bars below and above the values, never negative."""
    below = [max(0.0, each.value - each.low) for each in bands]
    return [below, [max(0.0, each.high - each.value) for each in bands]]


def _draw_marked(picture: Picture, axes: Axes) -> None:
    """A ring around each marked point, and a line of steps through them: left of it and below there is nothing."""
    marked = [point for each in picture.series for point in each.points if point.is_marked]
    if not marked:
        return
    marked.sort(key=lambda point: (point.x.value, -point.y.value))
    axes.plot(
        [each.x.value for each in marked],
        [each.y.value for each in marked],
        color="#444444",
        linewidth=1.0,
        linestyle="--",
        drawstyle="steps-post",
        marker="o",
        markersize=11,
        markerfacecolor="none",
        markeredgewidth=1.2,
        label=picture.marked_name or "marked",
    )


def _draw_rule(rule: Rule, axes: Axes) -> None:
    line, span = (axes.axvline, axes.axvspan) if rule.is_vertical else (axes.axhline, axes.axhspan)
    line(rule.at.value, color="#aa0000", linewidth=1.2, linestyle=":", label=rule.label)
    if rule.at.low != rule.at.high:
        span(rule.at.low, rule.at.high, color="#aa0000", alpha=0.12, linewidth=0)


def _set_axis(axes: Axes, wanted: Axis, *, is_x: bool) -> None:
    axis = axes.xaxis if is_x else axes.yaxis
    (axes.set_xlabel if is_x else axes.set_ylabel)(wanted.title)
    if wanted.is_log:
        (axes.set_xscale if is_x else axes.set_yscale)("log")
        low, high = axes.get_xlim() if is_x else axes.get_ylim()
        is_wide = high > low * _MANY_DECADES_RATIO
        axis.set_major_locator(LogLocator(subs=(1.0,) if is_wide else (1.0, 2.0, 5.0)))
        axis.set_minor_formatter(NullFormatter())
    if wanted.ticks:
        low, high = axes.get_xlim() if is_x else axes.get_ylim()
        shown = [each for each in wanted.ticks if low <= each[0] <= high]
        axis.set_major_locator(FixedLocator([each[0] for each in shown]))
        axis.set_major_formatter(FixedFormatter([each[1] for each in shown]))
        return
    plain = ScalarFormatter(useOffset=False)
    axis.set_major_formatter(EngFormatter(unit=wanted.unit) if wanted.unit else plain)


def _place_labels(picture: Picture, axes: Axes) -> None:
    """Each label where it covers no marker, no rule and no other label; the marked points come first.

    A point that is not marked has no label where there is no such place.
    """
    points = [point for each in picture.series for point in each.points if each.style is Style.POINTS]
    taken = _taken(picture, points, axes)
    for point in sorted(points, key=lambda each: not each.is_marked):
        if not point.label:
            continue
        candidates = [_label(axes, point, place) for place in _PLACES]
        boxes = [each.get_window_extent() for each in candidates]
        costs = [
            sum(box.overlaps(each) for each in taken)
            + (not axes.bbox.fully_contains(box.x0, box.y0))
            + (not axes.bbox.fully_contains(box.x1, box.y1))
            for box in boxes
        ]
        best = costs.index(min(costs)) if point.is_marked or not min(costs) else -1
        taken += [boxes[best]] if best >= 0 else []
        for index, each in enumerate(candidates):
            if index != best:
                each.remove()


def _taken(picture: Picture, points: list[Point], axes: Axes) -> list[Bbox]:
    """What no label may cover: markers, rules and the legend."""
    half = _MARKER_POINTS / 2 * _DPI / 72
    taken = []
    for point in points:
        x, y = axes.transData.transform((point.x.value, point.y.value))
        taken.append(Bbox.from_extents(x - half, y - half, x + half, y + half))
    for rule in picture.rules:
        at = axes.transData.transform((rule.at.value, rule.at.value))[0 if rule.is_vertical else 1]
        across, box = (at - 1, at + 1), axes.bbox
        corners = (
            (across[0], box.y0, across[1], box.y1)
            if rule.is_vertical
            else (box.x0, across[0], box.x1, across[1])
        )
        taken.append(Bbox.from_extents(*corners))
    legend = axes.get_legend()
    return [*taken, legend.get_window_extent()] if legend is not None else taken


def _label(axes: Axes, point: Point, place: tuple[int, int]) -> Annotation:
    side = {True: "left", False: "right"}[place[0] > 0] if place[0] else "center"
    return axes.annotate(
        point.label,
        (point.x.value, point.y.value),
        xytext=place,
        textcoords="offset points",
        ha=side,
        fontsize=7,
        color="#222222",
        fontweight="bold" if point.is_marked else "normal",
    )
