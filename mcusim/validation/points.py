"""Reads a corpus of published measurements from a CSV file, a row a point; bad rows are named, not fatal."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from mcusim.errors import DataFileError, McusimError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_HZ_PER_UNIT = {"clock": 1.0, "clock_hz": 1.0, "clock_mhz": 1e6}
_ALIASES = {
    "id": ("id", "name", "point"),
    "elf": ("elf", "firmware"),
    "board": ("board",),
    "clock": ("clock", "clock_mhz", "clock_hz"),
    "measure": ("measure", "what"),
    "roi": ("roi",),
    "read": ("read",),
    "published": ("published", "published_value", "value", "published_cycles"),
    "unit": ("unit",),
    "tolerance": ("tolerance", "tolerance_percent"),
    "source": ("source",),
    "statistic": ("statistic",),
    "overhead_cycles": ("overhead_cycles",),
    "options": ("options",),
}
"""Column of a point, and the headings under which it may stand."""
_NOTE_COLUMNS = frozenset({"note", "notes", "remark", "remarks", "comment", "comments"})
_E = TypeVar("_E", bound=Enum)
_DEMANDED = ("id", "elf", "board", "published", "tolerance", "source")


class Unit(Enum):
    """What a published value is in; the value is a factor to the SI unit of its kind."""

    CYCLES = "cycles"
    SECONDS = "s"
    MILLISECONDS = "ms"
    MICROSECONDS = "us"
    JOULES = "J"
    MILLIJOULES = "mJ"
    MICROJOULES = "uJ"
    PER_SECOND = "1/s"


class Statistic(Enum):
    """Which of the region's calls is compared."""

    MEAN = "mean"
    MIN = "min"
    MAX = "max"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Point:
    """One published measurement and how to repeat it."""

    name: str
    elf: str
    """A path relative to the points file, or a bundled sample."""
    board: str
    """A board's name, or a board file's path relative to the points file."""
    published: float
    unit: Unit
    tolerance_percent: float
    source: str
    clock: str = ""
    """As for `--clock`; empty: what the firmware programs."""
    roi: str = ""
    """Function whose calls are measured; empty: the inference function that is found by name."""
    read: str = ""
    """Variable that holds the modelled value at the end, in `unit`; empty: the region is measured."""
    statistic: Statistic = Statistic.MEAN
    overhead_cycles: float = 0.0
    """Cycles of the caller that the published value includes and the region does not."""
    options: str = ""
    """Further options of `mcusim run`."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no point, and what is wrong with it."""

    name: str
    error: McusimError


@dataclass(frozen=True, slots=True)
class Corpus:
    """The points of a file, and its bad rows."""

    points: tuple[Point, ...]
    bad_rows: tuple[BadRow, ...]
    unknown_columns: tuple[str, ...] = ()
    """Headings that mean nothing here; a misspelt optional column is among them."""


def load_points(path: Path) -> Corpus:
    """The corpus in the file.

    Raises:
        DataFileError: the file cannot be read, has no rows, or lacks a column that every point needs.
    """
    reader = csv.DictReader(io.StringIO(_text_of(path)))
    headings = _headings(reader.fieldnames or (), path)
    points: list[Point] = []
    bad_rows: list[BadRow] = []
    seen: set[str] = set()
    for row in reader:
        cells = {key: (row.get(heading) or "").strip() for key, heading in headings.items()}
        if not any(cells.values()):
            continue
        name = cells["id"] or f"line {reader.line_num}"
        try:
            _check_length(row, f"{path}, line {reader.line_num}")
            points.append(_point(cells, headings, f"{path}, line {reader.line_num}", seen))
        except McusimError as error:
            bad_rows.append(BadRow(name, error))
    if not points and not bad_rows:
        raise DataFileError("the points file has no points", where=str(path), fix="add a row per measurement")
    known = set(headings.values())
    unknown = tuple(
        each.strip()
        for each in reader.fieldnames or ()
        if each and each not in known and each.strip().lower() not in _NOTE_COLUMNS
    )
    return Corpus(tuple(points), tuple(bad_rows), unknown)


def _check_length(row: dict[str | None, object], where: str) -> None:
    if row.get(None):
        raise DataFileError(
            "the row has more cells than the file has columns",
            where=where,
            why="a comma inside a cell ends it",
            fix='put cells with commas in quotation marks: "a, b"',
        )


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataFileError(
            f"cannot read the points file '{path}'", why=error.strerror or "", fix="check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise DataFileError(
            "the points file is not UTF-8 text", where=str(path), why=str(error), fix="save it as UTF-8 CSV"
        ) from error


def _headings(found: Sequence[str], path: Path) -> dict[str, str]:
    """By key of a point: the heading of its column in this file."""
    by_name = {heading.strip().lower(): heading for heading in found if heading}
    headings = {}
    for key, names in _ALIASES.items():
        name = next((each for each in names if each in by_name), None)
        if name is not None:
            headings[key] = by_name[name]
        elif key in _DEMANDED:
            raise DataFileError(
                f"the points file has no column '{key}'",
                where=f"{path}, line 1",
                why="its columns are " + (", ".join(by_name) or "none"),
                fix="docs/howto/validate.md lists the columns",
            )
    return headings


def _point(cells: dict[str, str], headings: dict[str, str], where: str, seen: set[str]) -> Point:
    for key in _DEMANDED:
        if not cells[key]:
            raise DataFileError(f"the column '{headings[key]}' is empty", where=where, fix="fill it in")
    if cells["id"] in seen:
        raise DataFileError(f"two points are called '{cells['id']}'", where=where, fix="rename one of them")
    seen.add(cells["id"])
    roi, read = _measure(cells, where)
    published = _number(cells, headings, "published", where)
    if published <= 0:
        raise DataFileError(
            f"the published value is {cells['published']}",
            where=f"{where}: {headings['published']}",
            why="an error is a share of it, so it must be above zero",
            fix="write what was measured",
        )
    return Point(
        name=cells["id"],
        elf=cells["elf"],
        board=cells["board"],
        published=published,
        unit=_choice(Unit, cells.get("unit") or "cycles", "unit", where),
        tolerance_percent=_tolerance_percent(cells, headings, where),
        source=cells["source"],
        clock=_clock(cells, headings, where),
        roi=roi,
        read=read,
        statistic=_choice(Statistic, cells.get("statistic") or "mean", "statistic", where),
        overhead_cycles=_number(cells, headings, "overhead_cycles", where)
        if cells.get("overhead_cycles")
        else 0.0,
        options=cells.get("options", ""),
    )


def _tolerance_percent(cells: dict[str, str], headings: dict[str, str], where: str) -> float:
    tolerance_percent = _number(cells, headings, "tolerance", where)
    if tolerance_percent < 0:
        raise DataFileError(
            "a tolerance is not negative",
            where=f"{where}: {headings['tolerance']}",
            why="it is the largest error in either direction",
            fix=f"write {-tolerance_percent:g}",
        )
    return tolerance_percent


def _measure(cells: dict[str, str], where: str) -> tuple[str, str]:
    """Region and variable: from their own columns, or from "roi:NAME" or "read:NAME" in `measure`."""
    roi, read = cells.get("roi", ""), cells.get("read", "")
    measure = cells.get("measure", "")
    if measure:
        kind, _, name = measure.replace("=", ":", 1).partition(":")
        kind = kind.strip().lstrip("-")
        if kind not in ("roi", "read") or not name.strip():
            raise DataFileError(
                f"'{measure}' does not say what to measure",
                where=f"{where}: measure",
                fix="write roi:FUNCTION or read:VARIABLE",
            )
        roi, read = (name.strip(), read) if kind == "roi" else (roi, name.strip())
    if roi and read:
        raise DataFileError(
            "a point measures either a region or a variable",
            where=where,
            why=f"it has both roi '{roi}' and read '{read}'",
            fix="leave one of them out; --roi in `options` still sets the region of a read",
        )
    return roi, read


def _clock(cells: dict[str, str], headings: dict[str, str], where: str) -> str:
    text = cells.get("clock", "")
    if not text:
        return ""
    per_unit = _HZ_PER_UNIT[headings["clock"].strip().lower()]
    if per_unit == 1.0:
        return text
    return f"{round(_number(cells, headings, 'clock', where) * per_unit)}"


def _number(cells: dict[str, str], headings: dict[str, str], key: str, where: str) -> float:
    text = cells[key]
    try:
        value = float(text.removeprefix("±").removesuffix("%").replace("_", ""))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DataFileError(
            f"'{text}' is not a number", where=f"{where}: {headings[key]}", fix="write a plain decimal number"
        )
    return value


def _choice(kind: type[_E], text: str, key: str, where: str) -> _E:
    for each in kind:
        if text.lower() == str(each.value).lower():
            return each
    raise unknown_name(key, text, [str(each.value) for each in kind], where=f"{where}: {key}")
