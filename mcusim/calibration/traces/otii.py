"""CSV exports of Qoitech's Otii: a time column in seconds and "Main current … (A)".

Not checked against a file of the program: no description of its export was to be had. The reader therefore looks for
the words and takes the unit that the heading names, amperes and seconds where it names none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.calibration.traces import table

if TYPE_CHECKING:
    from mcusim.calibration.traces.delimited import Head
    from mcusim.calibration.traces.trace import Trace

NAME = "otii"


def matches(head: Head) -> bool:
    """Whether the file's heading or the lines above it are this program's."""
    return any("main current" in each for each in head.names) or (
        any("otii" in each.lower() for each in (*head.preamble, *head.heading)) and table.matches(head)
    )


def read(head: Head) -> Trace:
    """The trace.

    Raises:
        TraceError: time or current is missing, or a row is damaged.
    """
    return table.read_as(head, NAME, (1.0, 1.0))
