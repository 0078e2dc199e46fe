"""Finds the line of a trace that is not a row of numbers, and says what is wrong with it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mcusim.calibration.traces.trace import TraceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.calibration.traces.delimited import Head

_SHOWN_LENGTH = 30


def damaged_row(head: Head, indexes: Sequence[int], data: bytes) -> TraceError:
    """The error that names the first row without a number in each of these columns; `data` are the file's bytes."""
    for number, line in enumerate(data.splitlines(), start=1):
        if number <= head.skipped_lines_count:
            continue
        row = line.decode("utf-8", errors="replace").partition("#")[0].strip("\r\n")
        wrong = _wrong(head, indexes, row) if row.strip() else ""
        if wrong:
            return TraceError(
                "a row of the trace is not a row of numbers",
                where=f"{head.path}: line {number}",
                why=wrong,
                fix="remove the damaged row (often the last one): a short gap is tolerated; or export the trace again",
            )
    return TraceError(
        "the rows of the trace cannot be read as numbers",
        where=f"{head.path}: below line {head.skipped_lines_count}",
        why=f"the cells are separated by {head.delimiter!r}",
        fix="export the trace again as plain CSV",
    )


def _wrong(head: Head, indexes: Sequence[int], row: str) -> str:
    """What is wrong with a row, for people; empty: nothing."""
    cells = [cell.strip().strip('"').strip() for cell in row.split(head.delimiter)]
    if len(cells) <= max(indexes):
        plural = "s" if len(cells) != 1 else ""
        return f"it has {len(cells)} cell{plural}, the table has {len(head.first_row)}: '{_short(row)}'"
    for index in indexes:
        if not _is_number(cells[index]):
            name = (
                f"the column '{head.heading[index]}'" if index < len(head.heading) else f"column {index + 1}"
            )
            return f"'{_short(cells[index])}' in {name} is no number" if cells[index] else f"{name} is empty"
    return ""


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell)) and "_" not in cell
    except ValueError:
        return False


def _short(text: str) -> str:
    text = "".join(each if each.isprintable() else "?" for each in text.strip())
    return text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + "…"
