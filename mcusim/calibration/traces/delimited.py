"""What is common to CSV exports: heading, separator, decimal comma, units, and columns as numpy arrays."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mcusim.calibration.traces.damaged import damaged_row
from mcusim.calibration.traces.trace import Floats, TraceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_HEAD_BYTES = 65536
_HEAD_LINES_COUNT = 100
_NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")
_SECONDS = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_AMPERES = {"a": 1.0, "amps": 1.0, "ma": 1e-3, "ua": 1e-6, "na": 1e-9}
_VOLTS = {"v": 1.0, "volts": 1.0, "mv": 1e-3}
UNITS = {"time": _SECONDS, "current": _AMPERES, "voltage": _VOLTS}
"""By quantity: what one unit is in seconds, amperes or volts; micro is written u, µ or μ."""
_UNIT = re.compile(r"(?:[(\[/_]\s*|\s)([A-Za-z]+)\s*[)\]]?\s*$")


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a text file: where its table starts and what its columns are called."""

    path: Path
    preamble: tuple[str, ...]
    """Lines above the heading."""
    heading: tuple[str, ...]
    """Names of the columns as printed; empty: the table has none."""
    first_row: tuple[str, ...]
    skipped_lines_count: int
    delimiter: str
    has_decimal_comma: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in lower case, without what surrounds them."""
        return tuple(each.strip().strip('"').lower() for each in self.heading)

    @property
    def where(self) -> str:
        """The heading's place, for an error message."""
        return f"{self.path}: line {max(self.skipped_lines_count, 1)}"


def read_head(path: Path) -> Head:
    """Look at the beginning of a file.

    Raises:
        TraceError: it cannot be read, or holds no table of numbers.
    """
    lines = _first_lines(path)
    for index, line in enumerate(lines):
        delimiter = _delimiter(line)
        cells = _cells(line, delimiter)
        if len(cells) > 1 and _is_row(cells):
            above = lines[:index]
            heading_line = above[-1].lstrip("#").strip() if above else ""
            heading = _cells(heading_line, _delimiter(heading_line) if heading_line else delimiter)
            is_heading = len(heading) > 1
            return Head(
                path=path,
                preamble=tuple(above[:-1] if is_heading else above),
                heading=heading if is_heading else (),
                first_row=cells,
                skipped_lines_count=index,
                delimiter=delimiter,
                has_decimal_comma=delimiter != "," and any("," in cell for cell in cells),
            )
    raise TraceError(
        "the trace holds no table of numbers",
        where=str(path),
        why=f"none of its first {len(lines)} lines has two numbers side by side",
        fix="export it as CSV with a time and a current column",
    )


def _is_row(cells: tuple[str, ...]) -> bool:
    """Two numbers, one of which may be missing: "0.00,nan" is a damaged row, no heading."""
    kinds = [bool(_NUMBER.fullmatch(cell)) for cell in cells[:2]]
    return any(kinds) and all(
        is_number or cell.lower() == "nan" for is_number, cell in zip(kinds, cells[:2], strict=True)
    )


def _first_lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            data = file.read(_HEAD_BYTES)
    except OSError as error:
        raise TraceError(
            f"cannot read the trace '{path}'", why=error.strerror or "", fix="check the path"
        ) from error
    if not data.strip():
        raise TraceError("the trace is empty", where=str(path), fix="export it again")
    if b"\0" in data:
        raise TraceError(
            "the trace is a binary file",
            where=str(path),
            why="mcusim reads text exports",
            fix="export it as CSV from the instrument's program (.ppk2, .jls and .otii files are its own formats)",
        )
    text = data.decode("utf-8-sig", errors="replace")
    return [line.strip() for line in text.splitlines()[:_HEAD_LINES_COUNT]]


def _delimiter(line: str) -> str:
    """The separator: a semicolon or a tab beats a comma, which may be a decimal one."""
    return next((each for each in (";", "\t") if each in line), ",")


def _cells(line: str, delimiter: str) -> tuple[str, ...]:
    return tuple(cell.strip().strip('"') for cell in line.split(delimiter))


def unit_ratio(head: Head, index: int, quantity: str, default: float | None = None) -> float:
    """What one unit of the column is in SI units, by its heading: "Current (uA)", "Time[ms]", "current_ma".

    Raises:
        TraceError: the heading names no unit of the quantity and there is no default.
    """
    name = head.heading[index].strip().replace("µ", "u").replace("μ", "u")
    found = _UNIT.search(name)
    unit = found[1].lower() if found else ""
    # "MA" is as wrong as it is common; mega- and milliamperes are told apart by nobody's supply.
    if unit in UNITS[quantity]:
        return UNITS[quantity][unit]
    if default is not None:
        return default
    known = ", ".join(UNITS[quantity])
    raise TraceError(
        f"the column '{head.heading[index]}' names no unit of {quantity}",
        where=head.where,
        why="a factor of 1000 cannot be guessed from the numbers",
        fix=f"write the unit into the heading, for example '{quantity} (ms)'"
        if quantity == "time"
        else f"write the unit into the heading, one of {known}: '{quantity} (mA)'",
    )


def load_columns(head: Head, indexes: Sequence[int], data: bytes | None = None) -> list[Floats]:
    """The columns as arrays; `data` replaces the file's bytes.

    Raises:
        TraceError: a row has a cell that is no number, or too few cells.
    """
    if head.has_decimal_comma:
        data = (head.path.read_bytes() if data is None else data).replace(b",", b".")
    source: Path | io.BytesIO = head.path if data is None else io.BytesIO(data)
    try:
        table = np.loadtxt(
            source,
            dtype=np.float64,
            delimiter=head.delimiter,
            skiprows=head.skipped_lines_count,
            usecols=list(indexes),
            encoding="utf-8",
            ndmin=2,
            quotechar='"',
        )
    except (ValueError, OSError) as error:
        raise damaged_row(head, indexes, head.path.read_bytes() if data is None else data) from error
    if not np.isfinite(table).all():
        raise damaged_row(head, indexes, head.path.read_bytes() if data is None else data)
    return [np.ascontiguousarray(table[:, place]) for place in range(len(indexes))]
