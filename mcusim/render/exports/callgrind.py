"""The profile for KCachegrind and callgrind_annotate: cycles, time, energy and stall reasons by line and by call.

Format: "Callgrind Format Specification" of the Valgrind manual, version 1.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from mcusim.render.exports.line_costs import CYCLES, ENERGY, INSTRUCTIONS, TIME, line_costs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcusim.recorded.run import RecordedRun
    from mcusim.render.exports.line_costs import Events, LineCosts
    from mcusim.render.exports.profile_frames import Frame, Place

_NO_FILE = "???"  # as Callgrind itself writes it
_EVENTS_MAX = 13
"""KCachegrind reads no file with more kinds of events (MaxRealIndexValue in its libcore/costitem.h; newer ones: 20)."""
_OTHER = "other_reasons"
_TITLES = {
    CYCLES: "Cycles",
    INSTRUCTIONS: "Instructions",
    TIME: "Time in nanoseconds",
    ENERGY: "Energy in picojoules",
}


def render(run: RecordedRun) -> bytes:
    """The file's content; the costs of all lines sum to the report's totals."""
    costs = _with_few_events(line_costs(run))
    calls = _calls(costs)
    names = _Names()
    lines = list(_head(run, costs))
    for index in range(len(costs.tree.frames)):
        lines += ["", *_function(costs, index, calls, names)]
    lines += ["", f"totals: {_values(_total(costs), costs.events)}"]
    return ("\n".join(lines) + "\n").encode()


def _with_few_events(costs: LineCosts) -> LineCosts:
    """With the dearest reasons, and the sum of the others."""
    if len(costs.events) <= _EVENTS_MAX:
        return costs
    total = _total(costs)
    units = [each for each in costs.events if each in _TITLES]
    reasons = [each for each in costs.events if each not in _TITLES]
    dearest = sorted(reasons, key=lambda each: (-total[each], each))[: _EVENTS_MAX - len(units) - 1]
    others = [each for each in reasons if each not in dearest]
    for row in (*costs.of_places, *(cost for own in costs.of_frames for cost in own.values())):
        row[_OTHER] = sum(row[each] for each in others)
    kept = [each for each in reasons if each in dearest]
    return replace(costs, events=(*units, *kept, _OTHER))


def _head(run: RecordedRun, costs: LineCosts) -> Iterator[str]:
    yield "# callgrind format"
    yield "version: 1"
    yield f"creator: mcusim {run.report.mcusim_version}"
    yield f"cmd: {run.report.firmware.path}"
    yield f"desc: Board: {run.report.board_title} ({run.report.board})"
    units = "time and energy" if costs.tree.has_energy else "time"
    yield f"desc: Of lines: cycles, instructions and reasons are counted; {units} shared out by cycles."
    yield f"desc: Of calls: cycles, {units} are counted; instructions and reasons shared out by cycles."
    yield "positions: line"
    for event in costs.events:
        yield f"event: {event} : {_TITLES.get(event) or 'Cycles, reason: ' + event.replace('_', ' ')}"
    yield f"events: {' '.join(costs.events)}"
    yield f"summary: {_values(_total(costs), costs.events)}"  # after the events, as Callgrind writes it


def _total(costs: LineCosts) -> Events:
    total: Events = Counter()
    for each in costs.of_places:
        total.update(each)
    return total


def _values(cost: Events, events: Sequence[str]) -> str:
    return " ".join(str(cost[event]) for event in events)


class _Names:
    """Files and functions, each written once and then called by its number."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], int] = {}

    def file(self, path: str) -> str:
        """What stands for a source file."""
        return self._numbered("file", path or _NO_FILE)

    def function(self, frame: Frame) -> str:
        """What stands for a frame."""
        return self._numbered(f"function {frame.kind}", frame.name)

    def _numbered(self, kind: str, name: str) -> str:
        key = (kind, name)
        if key in self._known:
            return f"({self._known[key]})"
        self._known[key] = (
            len(self._known) + 1
        )  # numbers of files and of functions need not be apart, but may be
        return f"({self._known[key]}) {' '.join(name.split())}"


_Calls = dict[int, dict[int, tuple[int, "Events"]]]
"""By caller and callee: how often, and what it cost with all that was called from there."""


def _calls(costs: LineCosts) -> _Calls:
    """A function that is called below itself costs nothing there: what it cost is in its outermost call."""
    places = costs.tree.places
    below = [Counter(each) for each in costs.of_places]
    for index in range(len(places) - 1, -1, -1):  # children are after their parents
        if places[index].parent_index >= 0:
            below[places[index].parent_index].update(below[index])
    calls: _Calls = {}
    for place, cost in zip(places, below, strict=True):
        if place.parent_index >= 0:
            own = calls.setdefault(places[place.parent_index].frame_index, {})
            count, total = own.get(place.frame_index, (0, Counter()))
            if not _is_recursive(places, place):
                total.update(cost)
            own[place.frame_index] = (count + place.calls_count, total)
    return calls


def _is_recursive(places: Sequence[Place], place: Place) -> bool:
    above = place.parent_index
    while above >= 0:
        if places[above].frame_index == place.frame_index:
            return True
        above = places[above].parent_index
    return False


def _function(costs: LineCosts, index: int, calls: _Calls, names: _Names) -> Iterator[str]:
    """A frame: its own lines, those of other files in it (inlined functions), and its calls."""
    frames, by_line = costs.tree.frames, costs.of_frames[index]
    frame = frames[index]
    yield f"fl={names.file(frame.file)}"
    yield f"fn={names.function(frame)}"
    file = frame.file
    for line in sorted(by_line, key=lambda each: (each[0] != frame.file, each)):
        if line[0] != file:
            file = line[0]
            yield f"fi={names.file(file)}"
        yield f"{line[1]} {_values(by_line[line], costs.events)}"
    if file != frame.file:
        yield f"fe={names.file(frame.file)}"
    for callee_index, (count, cost) in sorted(calls.get(index, {}).items()):
        callee = frames[callee_index]
        yield f"cfi={names.file(callee.file)}"
        yield f"cfn={names.function(callee)}"
        # Without a number of calls the next line would be the caller's own cost. Where in the caller: nobody knows.
        yield f"calls={max(1, count)} {callee.line_number}"
        yield f"{frame.line_number} {_values(cost, costs.events)}"
