"""Draws bar charts: horizontal, stacked, with the band of the whole bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render.plots.style import GREY, below, face, set_axis

if TYPE_CHECKING:
    from mcusim.render.plots.picture import BarChart
    from mcusim.render.plots.style import Axes

_INCHES_PER_BAR, _INCHES_AROUND = 0.21, 1.25
_LEGEND_COLUMNS, _LEGEND_INCHES = 4, 0.2
_BAR_RATIO = 0.72
_ROOM_RATIO, _ROOM_PER_LETTER_RATIO = 0.03, 0.016
"""Room for the words behind the longest bar."""
_LEGEND_BELOW_INCHES = 0.42


def bars_height_inches(chart: BarChart) -> float:
    """As high as its bars need."""
    legend_rows = -(-len(chart.part_names) // _LEGEND_COLUMNS) if _has_legend(chart) else 0
    return _INCHES_AROUND + _INCHES_PER_BAR * max(1, len(chart.bars)) + _LEGEND_INCHES * legend_rows


def draw_bars(chart: BarChart, axes: Axes) -> None:
    """All of it into `axes`."""
    places = range(len(chart.bars))
    lefts = [0.0] * len(chart.bars)
    for number, name in enumerate(chart.part_names):
        lengths = [sum(length for part, length in bar.parts if part == name) for bar in chart.bars]
        used = [place for place in places if lengths[place] > 0]
        shown = ([lengths[place] for place in used], _BAR_RATIO, [lefts[place] for place in used])
        axes.barh(used, *shown, label=name, **face(number))
        lefts = [left + length for left, length in zip(lefts, lengths, strict=True)]
    for place, bar in enumerate(chart.bars):
        if bar.band is not None and bar.band.low != bar.band.high:
            ends = [[max(0.0, lefts[place] - bar.band.low)], [max(0.0, bar.band.high - lefts[place])]]
            axes.errorbar(
                lefts[place], place, xerr=ends, fmt="none", ecolor="#000000", elinewidth=1.0, capsize=2.0
            )
        _write_words(bar.words, max(lefts[place], bar.band.high if bar.band else 0.0), place, axes)
    axes.set_yticks(list(places), [bar.label for bar in chart.bars], fontsize=7.5)
    axes.invert_yaxis()
    axes.set_ylim(len(chart.bars) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    _set_room(chart, max(lefts, default=0.0), axes)
    set_axis(axes, chart.x, is_x=True)
    if _has_legend(chart):
        axes.legend(
            fontsize=7.5,
            ncols=_LEGEND_COLUMNS,
            loc="upper center",
            bbox_to_anchor=(0.5, 0.0),
            bbox_transform=below(axes, _LEGEND_BELOW_INCHES),
            frameon=False,
            handlelength=2.2,
            handleheight=1.1,
        )


def _has_legend(chart: BarChart) -> bool:
    return chart.has_legend and len(chart.part_names) > 1


def _write_words(text: str, end: float, place: int, axes: Axes) -> None:
    if text:
        axes.annotate(
            text,
            (end, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=7,
            color=GREY,
        )


def _set_room(chart: BarChart, longest: float, axes: Axes) -> None:
    if chart.x.limits is None and longest > 0:
        highest = max([longest, *(bar.band.high for bar in chart.bars if bar.band is not None)])
        letters_count = max(len(bar.words) for bar in chart.bars)
        axes.set_xlim(0.0, highest * (1.0 + _ROOM_RATIO + _ROOM_PER_LETTER_RATIO * letters_count))
