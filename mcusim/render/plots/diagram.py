"""Draws diagrams: points with error bars, lines and steps with bands, stacked areas, rules and shaded stretches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mcusim.render.plots.picture import FILLS, Style
from mcusim.render.plots.style import COLOURS, DARK, LINES, MARKERS, RED, SHADE, face, set_axis

if TYPE_CHECKING:
    from mcusim.render.plots.picture import Picture, Rule, Series, Stretch
    from mcusim.render.plots.style import Axes
    from mcusim.report.quantity import Band

_LABELLED_RATIO = 0.028
"""A stretch narrower than this share of the axis has no room for its name."""


def draw_diagram(picture: Picture, axes: Axes) -> None:
    """All of it into `axes`, but for the labels of points."""
    _draw_areas([each for each in picture.series if each.style in (Style.AREA, Style.STEP_AREA)], axes)
    others = [each for each in picture.series if each.style not in (Style.AREA, Style.STEP_AREA)]
    for place, series in enumerate(others):
        if series.style is Style.POINTS:
            _draw_points(series, axes, COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)])
        else:
            _draw_line(series, axes, place)
    _draw_fills(picture, axes)
    _draw_marked(picture, axes)
    for rule in picture.rules:
        _draw_rule(rule, axes)
    set_axis(axes, picture.x, is_x=True)
    set_axis(axes, picture.y, is_x=False)
    for number, stretch in enumerate(picture.stretches):
        _draw_stretch(stretch, axes, is_even=number % 2 == 0)
    handles, _ = axes.get_legend_handles_labels()
    if len(handles) > 1 or picture.rules:
        is_full = any(each.style in (Style.STEPS, Style.STEP_AREA) for each in picture.series)
        beside = {"loc": "upper left", "bbox_to_anchor": (1.0, 1.0)} if is_full else {}
        axes.legend(fontsize=8, framealpha=0.85, **beside)


def _draw_areas(series: list[Series], axes: Axes) -> None:
    if not series:
        return
    step = _step(series[0])
    xs = [point.x.value for point in series[0].points]
    below = [0.0] * len(xs)
    for place, each in enumerate(series):
        above = [low + point.y.value for low, point in zip(below, each.points, strict=True)]
        axes.fill_between(xs, below, above, step=step, label=each.name, **face(place))
        below = above


def _step(series: Series) -> Literal["post"] | None:
    return "post" if series.style in (Style.STEPS, Style.STEP_AREA) else None


def _draw_line(series: Series, axes: Axes, place: int) -> None:
    colour, line = COLOURS[place % len(COLOURS)], LINES[place % len(LINES)]
    step = _step(series)
    xs = [each.x.value for each in series.points]
    ys = [each.y.value for each in series.points]
    drawing = "steps-post" if step else "default"
    axes.plot(xs, ys, color=colour, linestyle=line, drawstyle=drawing, linewidth=1.3, label=series.name)
    lows, highs = [each.y.low for each in series.points], [each.y.high for each in series.points]
    if lows != highs:
        axes.fill_between(xs, lows, highs, step=step, color=colour, alpha=0.18, linewidth=0)


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
        axes.plot([], [], marker="o", linestyle="", markersize=5, color=DARK, fillstyle=fill, label=name)


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
        color=DARK,
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
    line(rule.at.value, color=RED, linewidth=1.2, linestyle=":", label=rule.label)
    if rule.at.low != rule.at.high:
        span(rule.at.low, rule.at.high, color=RED, alpha=0.12, linewidth=0)


def _draw_stretch(stretch: Stretch, axes: Axes, *, is_even: bool) -> None:
    """Every second one is a little darker: in grey, too, one sees where the next begins."""
    axes.axvspan(
        stretch.begin, stretch.end, color=SHADE, alpha=0.32 if is_even else 0.12, linewidth=0, zorder=0
    )
    left, right = axes.get_xlim()
    if stretch.label and stretch.end - stretch.begin >= _LABELLED_RATIO * (right - left):
        axes.annotate(
            stretch.label,
            ((stretch.begin + stretch.end) / 2, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, -3),
            textcoords="offset points",
            rotation=90,
            ha="center",
            va="top",
            fontsize=6.5,
            color="#222222",
            clip_on=True,
        )
