"""Places the labels of points where they cover nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render.plots.picture import Style
from mcusim.render.plots.style import DPI, Bbox

if TYPE_CHECKING:
    from mcusim.render.plots.picture import Picture, Point
    from mcusim.render.plots.style import Annotation, Axes

_MARKER_POINTS = 6.0
_PLACES = ((6, 4), (6, -11), (-6, 4), (-6, -11), (0, 9), (0, -16), (14, 12), (-14, 12), (14, -20), (-14, -20))
"""Where the label of a point may stand, in typographic points from it, best first."""


def has_labels(picture: Picture) -> bool:
    """Whether there is anything to place."""
    return any(point.label for each in picture.series for point in each.points)


def place_labels(picture: Picture, axes: Axes) -> None:
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
    half = _MARKER_POINTS / 2 * DPI / 72
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
