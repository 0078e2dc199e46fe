"""CSV files of the Joulescope UI: the visible waveform, and recorded statistics; all in seconds, amperes and volts.

Waveform: "# time,JS220-000123.i,JS220-000123.v …" (pyjoulescope_ui, waveform_widget.py, _on_export_csv, commit
4c8c885f). Statistics: "#time,current,voltage,power,charge,energy" (jsdrv and statistics_record of the same program).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.calibration.traces.delimited import load_columns
from mcusim.calibration.traces.trace import Trace

if TYPE_CHECKING:
    from mcusim.calibration.traces.delimited import Head

NAME = "joulescope"
_SLOWEST_WAVEFORM_S = 0.01


def _index(head: Head, name: str, suffix: str) -> int:
    """The column called `name` or ending in `suffix`; -1: none."""
    found = [place for place, each in enumerate(head.names) if each == name or each.endswith(suffix)]
    return found[0] if found else -1


def matches(head: Head) -> bool:
    """Whether the file's heading is this program's: bare names without units, or signals of a device."""
    if not head.names or head.names[0] != "time":
        return False
    is_statistics = head.names[:4] == ("time", "current", "voltage", "power")
    return is_statistics or any(each.endswith(".i") for each in head.names)


def read(head: Head) -> Trace:
    """The trace.

    Raises:
        TraceError: a row is damaged.
    """
    current, voltage = _index(head, "current", ".i"), _index(head, "voltage", ".v")
    inputs = [
        place for place, each in enumerate(head.names) if each.rpartition(".")[2] in "0123" and "." in each
    ]
    columns = [0, current, *([voltage] if voltage >= 0 else []), *inputs]
    loaded = load_columns(head, columns)
    supply_v = float(loaded[2].mean()) if voltage >= 0 and len(loaded[2]) else None
    bits = loaded[len(columns) - len(inputs) :]
    time_s = loaded[0]
    notes: tuple[str, ...] = ()
    if len(time_s) > 1 and (time_s[-1] - time_s[0]) / (len(time_s) - 1) >= _SLOWEST_WAVEFORM_S:
        notes = (
            "these are recorded statistics: an inference shorter than their interval cannot be seen in them",
        )
    return Trace(
        path=str(head.path),
        format=NAME,
        time_s=time_s,
        current_a=loaded[1],
        digital=tuple(
            (f"D{head.names[place].rpartition('.')[2]}", each > 0.5)
            for place, each in zip(inputs, bits, strict=True)
        ),
        supply_v=supply_v,
        notes=notes,
    )
