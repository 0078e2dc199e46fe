"""The picture of a battery's life: life with its band, and what takes the charge, against the interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render.plots.canvas import panels_bytes
from mcusim.render.plots.picture import Axis, Picture, Point, Rule, Series, Style
from mcusim.report.quantity import Band
from mcusim.units import engineering

if TYPE_CHECKING:
    from mcusim.report.battery import BatteryLife

_DAY_S = 86_400.0
_YEAR_S = 365.25 * _DAY_S
_INTERVAL_TICKS = (
    (0.001, "1 ms"),
    (0.01, "10 ms"),
    (0.1, "0.1 s"),
    (1.0, "1 s"),
    (10.0, "10 s"),
    (60.0, "1 min"),
    (600.0, "10 min"),
    (3600.0, "1 h"),
    (6 * 3600.0, "6 h"),
    (_DAY_S, "1 day"),
    (7 * _DAY_S, "1 week"),
    (30 * _DAY_S, "30 days"),
)
_LIFE_TICKS = (
    (60.0, "1 min"),
    (600.0, "10 min"),
    (3600.0, "1 h"),
    (6 * 3600.0, "6 h"),
    (_DAY_S, "1 day"),
    (3 * _DAY_S, "3 days"),
    (10 * _DAY_S, "10 days"),
    (_YEAR_S / 12, "1 month"),
    (_YEAR_S / 4, "3 months"),
    (_YEAR_S / 2, "6 months"),
    (_YEAR_S, "1 year"),
    (2 * _YEAR_S, "2 years"),
    (5 * _YEAR_S, "5 years"),
    (10 * _YEAR_S, "10 years"),
    (20 * _YEAR_S, "20 years"),
    (50 * _YEAR_S, "50 years"),
)
_SHARE_TICKS = ((0.0, "0 %"), (0.25, "25 %"), (0.5, "50 %"), (0.75, "75 %"), (1.0, "100 %"))


def battery_plot(life: BatteryLife, suffix: str) -> bytes:
    """Both pictures as a file that ends in `suffix`."""
    return panels_bytes((life_picture(life), share_picture(life)), suffix)


def life_picture(life: BatteryLife) -> Picture:
    """Life with its band against the interval, the user's interval marked by a line."""
    points = tuple(Point(_exactly(row.interval_s), row.life_s) for row in life.curve)
    return Picture(
        title=f"{life.battery.title}: {life.function} on {life.board_title or life.board}",
        x=_interval_axis(),
        y=Axis("life", is_log=True, ticks=_LIFE_TICKS),
        series=(Series("life", points, Style.LINE),),
        rules=(_here(life),),
    )


def share_picture(life: BatteryLife) -> Picture:
    """What takes the charge against the interval, stacked up to all of it."""
    names = [share.name for share in life.shares]
    used = [name for name in names if any(dict(row.shares)[name] > 0 for row in life.curve)]
    series = tuple(
        Series(
            name,
            tuple(Point(_exactly(row.interval_s), _exactly(dict(row.shares)[name])) for row in life.curve),
            Style.AREA,
        )
        for name in used
    )
    current = life.sleep.current_a
    asleep = f"between inferences {life.sleep.mode}: {engineering(current.value, 'A')} ({current.basis})"
    note = f"{asleep}; supply {life.feeding.supply_v:g} V"
    return Picture(
        title="What takes the charge",
        x=_interval_axis(),
        y=Axis("share", ticks=_SHARE_TICKS),
        series=series,
        rules=(_here(life),),
        note=note,
    )


def _interval_axis() -> Axis:
    return Axis("one inference every", is_log=True, ticks=_INTERVAL_TICKS)


def _here(life: BatteryLife) -> Rule:
    return Rule("as asked for", _exactly(life.interval_s))


def _exactly(value: float) -> Band:
    return Band(value, value, value, "measured")
