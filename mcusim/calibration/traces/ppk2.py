"""CSV exports of Nordic's Power Profiler app (PPK2).

Heading "Timestamp(ms),Current(uA),D0-D7,D0,D1,D2,D3,D4,D5,D6,D7", each part optional; samples that the kit lost are
left out; a logic channel is 0, 1, X (both within the sample) or - (unknown). Read in pc-nrfconnect-ppk,
src/actions/exportChartAction.ts, commit 18506e8a.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from mcusim.calibration.traces.delimited import load_columns, unit_ratio
from mcusim.calibration.traces.trace import Bits, Floats, Trace, TraceError

if TYPE_CHECKING:
    from mcusim.calibration.traces.delimited import Head

NAME = "ppk2"
_TIME, _CURRENT, _ALL_BITS = "timestamp(ms)", "current(ua)", "d0-d7"
_CHANNELS_COUNT = 8
_UNKNOWN = re.compile(rb"(?<=,)[-X](?=[,\r\n])")
_UNKNOWN_BITS = re.compile(rb"(?<=,)[01X-]{8}(?=[,\r\n])")


def matches(head: Head) -> bool:
    """Whether the file's heading is this program's."""
    return _CURRENT in head.names and any(each in head.names for each in (_TIME, _ALL_BITS, "d0"))


def read(head: Head) -> Trace:
    """The trace.

    Raises:
        TraceError: the export lacks time or current, or a row is damaged.
    """
    for name, title in ((_TIME, "Timestamp(ms)"), (_CURRENT, "Current(uA)")):
        if name not in head.names:
            raise TraceError(
                f"the export has no column {title}",
                where=head.where,
                why=f"its columns are {', '.join(head.heading)}",
                fix="export again with 'Timestamp' and 'Current' ticked",
            )
    columns = [head.names.index(_TIME), head.names.index(_CURRENT)]
    own = [f"d{index}" for index in range(_CHANNELS_COUNT) if f"d{index}" in head.names]
    packed = _ALL_BITS in head.names  # one column is read faster than eight that say the same
    names = [_ALL_BITS] if packed else own
    columns += [head.names.index(name) for name in names]
    loaded = _loaded(head, columns)
    digital = (
        _unpacked(loaded[2])
        if packed
        else [(name, each > 0.5) for name, each in zip(own, loaded[2:], strict=True)]
    )
    return Trace(
        path=str(head.path),
        format=NAME,
        time_s=loaded[0] * unit_ratio(head, columns[0], "time"),
        current_a=loaded[1] * unit_ratio(head, columns[1], "current"),
        digital=tuple((name.upper(), levels) for name, levels in digital),
    )


def _loaded(head: Head, columns: list[int]) -> list[Floats]:
    """Most exports hold digits alone; X and - are looked for only where numpy stumbles over one."""
    try:
        return load_columns(head, columns)
    except TraceError:
        data = head.path.read_bytes()
        if not _UNKNOWN.search(data) and not _UNKNOWN_BITS.search(data):
            raise
        data = _UNKNOWN.sub(lambda found: b"1" if found[0] == b"X" else b"0", data)
        data = _UNKNOWN_BITS.sub(lambda found: found[0].replace(b"X", b"1").replace(b"-", b"0"), data)
        return load_columns(head, columns, data)


def _unpacked(packed: Floats) -> list[tuple[str, Bits]]:
    """ "01000000" was read as the decimal number 1 000 000; its first digit is D0."""
    digits = packed.astype(np.int64)
    return [
        (f"d{index}", (digits // 10 ** (_CHANNELS_COUNT - 1 - index)) % 10 > 0)
        for index in range(_CHANNELS_COUNT)
    ]
