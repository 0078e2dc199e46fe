"""How all pictures look, and the only door to matplotlib: figures, axes with units, files without a date.

Nothing here touches matplotlib's global state: no pyplot, no screen, no rc settings beyond a picture.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

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
from matplotlib.transforms import Bbox, ScaledTranslation, blended_transform_factory

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

    from mcusim.render.plots.picture import Axis

__all__ = ["Annotation", "Axes", "Bbox", "Figure"]

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c6d31")
"""Okabe and Ito's palette, which people who cannot tell red from green can read; the last one is added."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
FACES = (
    ("#0072b2", ""),
    ("#e69f00", "////"),
    ("#009e73", ".."),
    ("#f0e442", ""),
    ("#d55e00", "\\\\\\\\"),
    ("#56b4e9", "xxxx"),
    ("#cc79a7", "----"),
    ("#404040", ""),
    ("#e8e8e8", "||||"),
    ("#8c6d31", "++++"),
)
"""Colours and hatches of areas and bars; neighbours differ in brightness, so a grey print can be read."""
HATCH = "#2b2b2b"
RED, GREY, DARK, SHADE = "#aa0000", "#555555", "#444444", "#9aa7b5"
DPI = 144
WIDTH_INCHES = 7.5
_RC = {
    "svg.hashsalt": "mcusim",  # ids of clip paths are hashes, salted with a random number by default
    "svg.fonttype": "none",  # text stays text: searchable, and the same whatever fonts are installed
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 9.0,
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "hatch.linewidth": 0.5,
}
_METADATA: dict[str, dict[str, None]] = {
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}
_MANY_DECADES_RATIO = 1000.0


def styled() -> Any:
    """The context in which figures are made and written."""
    return rc_context(_RC)


def figure_with(heights: list[float]) -> tuple[Figure, list[Axes]]:
    """A figure with axes of these heights in inches, below each other."""
    figure = Figure(figsize=(WIDTH_INCHES, sum(heights)), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(heights), squeeze=False, gridspec_kw={"height_ratios": heights})
    return figure, list(panels[:, 0])


def file_bytes(figure: Figure, suffix: str) -> bytes:
    """The figure as a file that ends in `suffix`; the same figure gives the same bytes."""
    kind, buffer = suffix.lower().lstrip("."), BytesIO()
    figure.savefig(buffer, format=kind, metadata=_METADATA[kind])
    return buffer.getvalue()


def face(place: int) -> dict[str, Any]:
    """How the part number `place` of stacked areas and bars is filled."""
    colour, hatch = FACES[place % len(FACES)]
    return {"facecolor": colour, "hatch": hatch, "edgecolor": HATCH, "linewidth": 0.4}


def below(axes: Axes, distance_inches: float) -> Any:
    """Places across the whole figure, and so far below the axes."""
    lowered = axes.transAxes + ScaledTranslation(0.0, -distance_inches, axes.figure.dpi_scale_trans)
    return blended_transform_factory(axes.figure.transFigure, lowered)


def set_axis(axes: Axes, wanted: Axis, *, is_x: bool) -> None:
    """Title, scale and ticks."""
    axis = axes.xaxis if is_x else axes.yaxis
    (axes.set_xlabel if is_x else axes.set_ylabel)(wanted.title)
    if wanted.limits is not None:
        (axes.set_xlim if is_x else axes.set_ylim)(*wanted.limits)
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
