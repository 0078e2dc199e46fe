"""What a picture consists of, in plain data; nothing is drawn here, and matplotlib is not needed to make one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from importlib.util import find_spec
from typing import TYPE_CHECKING

from mcusim.errors import McusimError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from mcusim.report.quantity import Band

SUFFIXES = (".png", ".svg", ".pdf")
LOG_FROM_RATIO = 10.0
"""An axis whose values span more than this is better logarithmic."""
FILLS = ("full", "none", "left", "bottom", "right", "top")
"""How markers may be filled to tell points of one series apart, in matplotlib's words."""


class PlotBackEndError(McusimError):
    """What draws the pictures is not installed."""


class NothingToDrawError(McusimError):
    """The run holds nothing that this picture shows."""


class Style(Enum):
    """How a series is drawn."""

    POINTS = "points"
    """Single points with error bars, joined in the order of x where they are marked."""
    LINE = "line"
    """A line through the values, with the bands of y around it."""
    STEPS = "steps"
    """As LINE, but each value holds up to the next point."""
    AREA = "area"
    """Areas stacked on one another; all such series have the same x."""
    STEP_AREA = "step area"
    """As AREA, but each value holds up to the next point."""


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
    limits: tuple[float, float] | None = None
    """What is shown; None: all that is drawn."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line across the whole picture; its band is shaded."""

    label: str
    at: Band
    is_vertical: bool = True


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the x axis that is shaded, with its name at the top."""

    label: str
    ends: tuple[float, float]
    """In the unit of the axis."""

    @property
    def begin(self) -> float:
        """Where it is on the left."""
        return self.ends[0]

    @property
    def end(self) -> float:
        """Where it is on the right."""
        return self.ends[1]


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
    stretches: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar from zero to the right, of one or more parts."""

    label: str
    parts: tuple[tuple[str, float], ...]
    """Name in the legend, and length."""
    band: Band | None = None
    """Of the whole bar."""
    words: str = ""
    """Behind its end."""


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars below one another, the first one at the top: long names have room, and there may be many."""

    title: str
    x: Axis
    bars: tuple[Bar, ...]
    note: str = ""
    order: tuple[str, ...] = ()
    """Names of parts from left to right; empty: as they come. Equal in two charts, they are filled alike."""
    has_legend: bool = True

    @property
    def part_names(self) -> tuple[str, ...]:
        """From left to right."""
        return tuple(dict.fromkeys([*self.order, *(name for bar in self.bars for name, _ in bar.parts)]))


def check_picture_path(path: Path, *, option: str) -> None:
    """Complain, before anything is computed, about a file whose name does not say its format.

    Raises:
        UsageError: the suffix is none of SUFFIXES.
        PlotBackEndError: matplotlib is not installed.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"{option} cannot write '{path.name}'",
            why="the picture's format is chosen by the end of the file's name",
            fix=f"let it end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}",
        )
    check_back_end()


def check_back_end() -> None:
    """Complain, before anything is computed, when there is nothing to draw with.

    Raises:
        PlotBackEndError: matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise PlotBackEndError(
            "pictures cannot be drawn",
            why="matplotlib is not installed",
            fix="pip install matplotlib",
        )


def spans_much(values: tuple[float, ...]) -> bool:
    """These values are better shown on a logarithmic axis."""
    return bool(values) and min(values) > 0 and max(values) / min(values) > LOG_FROM_RATIO


def shortened(text: str, width: int) -> str:
    """At most `width` characters; the end of a long name tells more than its middle."""
    if len(text) <= width:
        return text
    head = max(0, (width - 1) // 3)
    return text[:head] + "…" + text[len(text) - (width - 1 - head) :]
