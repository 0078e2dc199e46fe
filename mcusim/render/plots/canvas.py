"""Pictures and bar charts as PNG, SVG or PDF files. The same picture gives the same bytes: no date, no random ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render.plots import style
from mcusim.render.plots.bars import bars_height_inches, draw_bars
from mcusim.render.plots.diagram import draw_diagram
from mcusim.render.plots.labels import has_labels, place_labels
from mcusim.render.plots.picture import BarChart, Picture

if TYPE_CHECKING:
    from mcusim.render.plots.style import Figure

Panel = Picture | BarChart
_HEIGHT_INCHES = 5.0
_FURTHER_RATIO = 0.7  # of the first one's height


def picture_bytes(picture: Panel, suffix: str) -> bytes:
    """The picture as a file that ends in `suffix` (one of SUFFIXES)."""
    return panels_bytes((picture,), suffix)


def panels_bytes(pictures: tuple[Panel, ...], suffix: str) -> bytes:
    """Several pictures below each other in one file; the small print of the last one is shown."""
    with style.styled():
        return style.file_bytes(drawn(pictures), suffix)


def drawn(pictures: tuple[Panel, ...]) -> Figure:
    """The figure with everything in its place; to be called within `style.styled()`."""
    figure, panels = style.figure_with([_height(each, place) for place, each in enumerate(pictures)])
    for picture, axes in zip(pictures, panels, strict=True):
        if isinstance(picture, BarChart):
            draw_bars(picture, axes)
        else:
            draw_diagram(picture, axes)
    figure.suptitle(
        pictures[0].title, fontsize=10
    )  # over the whole width: long names beside bars take much of it
    for picture, axes in zip(pictures[1:], panels[1:], strict=True):
        axes.set_title(picture.title, fontsize=10)
    if pictures[-1].note:
        figure.supxlabel(pictures[-1].note, fontsize=7, color=style.GREY)
    labelled = [
        (picture, axes)
        for picture, axes in zip(pictures, panels, strict=True)
        if isinstance(picture, Picture) and has_labels(picture)
    ]
    if labelled:
        figure.canvas.draw()  # places everything, so that labels can be kept apart
    for picture, axes in labelled:
        place_labels(picture, axes)
    return figure


def _height(picture: Panel, place: int) -> float:
    if isinstance(picture, BarChart):
        return bars_height_inches(picture)
    return _HEIGHT_INCHES * (_FURTHER_RATIO if place else 1.0)
