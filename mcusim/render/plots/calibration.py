"""A measured trace with the modelled currents on top, as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render.plots.canvas import picture_bytes
from mcusim.render.plots.picture import Axis, Picture, Point, Series, Style
from mcusim.report.quantity import Band

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcusim.report.calibration import CalibrationPicture


def calibration_picture(shown: CalibrationPicture) -> Picture:
    """What to draw: the measured mean with its extremes, and the model before and after."""
    measured = tuple(
        Point(_exact(time_s), Band(mean_a, low_a, high_a, "measured"))
        for time_s, mean_a, low_a, high_a in shown.measured
    )
    return Picture(
        title=shown.title,
        x=Axis("time in the trace", "s"),
        y=Axis("supply current", "A"),
        series=(
            Series("measured", measured, Style.LINE),
            Series("model before", _line(shown.before), Style.LINE),
            Series("model after", _line(shown.after), Style.LINE),
        ),
        note="shaded: highest and lowest sample within a column of the picture",
    )


def calibration_picture_bytes(shown: CalibrationPicture, suffix: str) -> bytes:
    """The picture as a file that ends in `suffix`."""
    return picture_bytes(calibration_picture(shown), suffix)


def _line(corners: Iterable[tuple[float, float]]) -> tuple[Point, ...]:
    return tuple(Point(_exact(time_s), _exact(current_a)) for time_s, current_a in corners)


def _exact(value: float) -> Band:
    return Band(value, value, value, "derived")
