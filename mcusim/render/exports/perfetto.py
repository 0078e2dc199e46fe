"""The run over time for Perfetto: inferences with layers, tasks, exceptions, sleep, and counters of power and RAM.

Format: Perfetto's track events (https://perfetto.dev/docs/reference/synthetic-track-event). Its time is nanoseconds of
simulated time since reset; nothing in a trace is of the machine that wrote it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import CounterDescriptor, TrackDescriptor, TrackEvent
from perfetto.trace_builder.proto_builder import TraceProtoBuilder

from mcusim.report.history import HistorySpan

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mcusim.recorded.run import RecordedRun
    from mcusim.report.history import History, PowerPoint, RamPoint
    from mcusim.report.network import LayerCost

_Facts = dict[str, "int | float | str"]
_FactsOf = Callable[[HistorySpan], _Facts]
_Event = tuple[int, int, int, "str | int | float | None", "_Facts | None"]
"""When, its type, its track, its name or value, and what is known of it."""
_SEQUENCE_ID = 1
_BOARD_ID = 1
"""Of the track that all others are below. It is no process: only other tracks are shown in the order we give."""
_NS_PER_S = 1e9
_MW_PER_W = 1e3
_NJ_PER_J = 1e9
_TRACKS = (("Network", ("inference", "layer")), ("Sleep", ("sleep",)), ("Exceptions", ("exception",)))
"""Tracks of several kinds of spans; every task has one of its own."""
_RAM: tuple[tuple[str, Callable[[RamPoint], int]], ...] = (
    ("RAM in use", lambda each: each.static_bytes + each.arena_bytes + each.heap_bytes + each.stack_bytes),
    ("RAM: static", lambda each: each.static_bytes),
    ("RAM: arena", lambda each: each.arena_bytes),
    ("RAM: heap", lambda each: each.heap_bytes),
    ("RAM: stacks", lambda each: each.stack_bytes),
)
_POWER: tuple[tuple[str, Callable[[PowerPoint], float]], ...] = (
    ("Power", lambda each: each.power_w),
    ("Power: low", lambda each: each.low_w),
    ("Power: high", lambda each: each.high_w),
)


def render(run: RecordedRun) -> bytes:
    """The trace; the same for the same run."""
    history = run.history
    trace = _Trace(f"{run.report.board_title}: {run.report.firmware.path}")
    layers = _Layers(run)
    for name, kinds in _TRACKS:
        trace.add_spans(name, [each for each in history.spans if each.kind in kinds], layers.facts_of)
    tasks = [each for each in history.spans if each.kind == "task"]
    for name in dict.fromkeys(each.name for each in tasks):
        trace.add_spans(f"Task: {name}", [each for each in tasks if each.name == name], layers.facts_of)
    trace.add_spans("Power state", _states(history), lambda _: {})
    end_ns = _ns(history.end_s)
    for title, watts in _POWER:
        steps = [(_ns(each.at_s), watts(each) * _MW_PER_W) for each in history.power]
        trace.add_counter(title, CounterDescriptor(unit_name="mW"), steps, end_ns)
    for title, size in _RAM:
        unit = CounterDescriptor(unit=CounterDescriptor.UNIT_SIZE_BYTES)
        trace.add_counter(title, unit, [(_ns(each.at_s), size(each)) for each in history.ram], end_ns)
    if history.lost_spans_count:
        last_ns = max((_ns(each.end_s) for each in history.spans), default=0)
        trace.add_note(last_ns, f"{history.lost_spans_count} later stretches were not kept")
    return trace.to_bytes()


def _ns(time_s: float) -> int:
    return round(time_s * _NS_PER_S)


def _states(history: History) -> list[HistorySpan]:
    """Stretches of equal power state."""
    begins = [
        each
        for index, each in enumerate(history.power)
        if not index or each.state != history.power[index - 1].state
    ]
    ends_s = [*(each.at_s for each in begins[1:]), history.end_s]
    return [
        HistorySpan("power state", each.state, each.at_s, end_s, 0, 0)
        for each, end_s in zip(begins, ends_s, strict=False)
    ]


class _Layers:
    """What the report says of the layers, for those who click on one."""

    def __init__(self, run: RecordedRun) -> None:
        network = run.report.network
        self._rows: dict[int, list[LayerCost]] = {}
        for each in network.layers if network is not None else ():
            self._rows.setdefault(each.index, []).append(each)

    def facts_of(self, span: HistorySpan) -> _Facts:
        """Of this stretch its cycles, of a layer what it is besides."""
        facts: _Facts = {"cycles": span.end_cycles - span.begin_cycles}
        rows = self._rows.get(span.layer_index, []) if span.kind == "layer" else []
        row = next((each for each in rows if span.name.endswith(each.operator or each.name)), None)
        if row is not None:
            facts |= {"name": row.name, "kernel": row.kernel}
            if row.macs_count is not None:
                facts["MACs"] = row.macs_count
            if row.energy_j is not None:
                facts["energy in nJ, mean per inference"] = row.energy_j.value * _NJ_PER_J
        return facts


class _Lane:
    """A track's slices, which must lie within each other or apart."""

    def __init__(self, track_id: int) -> None:
        self.track_id = track_id
        self.open_ends_ns: list[int] = []


class _Trace:
    """Tracks first, then all events by time."""

    def __init__(self, title: str) -> None:
        self._builder = TraceProtoBuilder()
        self._events: list[_Event] = []
        self._tracks_count = 0
        board = self._track(title)
        board.child_ordering = TrackDescriptor.EXPLICIT

    def add_spans(self, name: str, spans: Iterable[HistorySpan], facts_of: _FactsOf) -> None:
        """Slices on a track; on one more of its name where two overlap without one being inside the other."""
        lanes: list[_Lane] = []
        for each in spans:
            begin_ns, end_ns = _ns(each.begin_s), _ns(each.end_s)
            for lane in lanes:
                self._close(lane, begin_ns)
                if not lane.open_ends_ns or end_ns <= lane.open_ends_ns[-1]:
                    break
            else:
                lane = _Lane(self._track(name).uuid)
                lanes.append(lane)
            lane.open_ends_ns.append(end_ns)
            self._events.append(
                (begin_ns, TrackEvent.TYPE_SLICE_BEGIN, lane.track_id, each.name, facts_of(each))
            )
        for lane in lanes:
            self._close(lane, None)

    def add_counter(self, name: str, unit: Any, steps: Sequence[tuple[int, float]], end_ns: int) -> None:
        """A value over time, from each step to the next and from the last to the end."""
        if not steps:
            return
        track = self._track(name)
        track.counter.CopyFrom(unit)
        before = None
        for at_ns, value in steps:
            if value != before:
                self._events.append((at_ns, TrackEvent.TYPE_COUNTER, track.uuid, value, None))
            before = value
        self._events.append((end_ns, TrackEvent.TYPE_COUNTER, track.uuid, steps[-1][1], None))

    def add_note(self, at_ns: int, text: str) -> None:
        """A mark with a text."""
        self._events.append((at_ns, TrackEvent.TYPE_INSTANT, self._track("Notes").uuid, text, None))

    def to_bytes(self) -> bytes:
        """The trace so far."""
        self._events.sort(key=_time_of)  # stable: a track's own events are in order already
        for at_ns, kind, track_id, what, facts in self._events:
            packet = self._packet()
            packet.timestamp = at_ns
            event = packet.track_event
            event.type = kind
            event.track_uuid = track_id
            if isinstance(what, str):
                event.name = what
            elif isinstance(what, int):
                event.counter_value = what
            elif what is not None:
                event.double_counter_value = what
            for key, value in (facts or {}).items():
                _annotate(event, key, value)
        data: bytes = self._builder.serialize()
        return data

    def _packet(self) -> Any:
        packet = self._builder.add_packet()
        packet.trusted_packet_sequence_id = _SEQUENCE_ID
        return packet

    def _track(self, name: str) -> Any:
        """A new one, below those made before; the first is the board, which all others are below."""
        track = self._packet().track_descriptor
        self._tracks_count += 1
        track.uuid = self._tracks_count
        track.name = name
        if self._tracks_count != _BOARD_ID:
            track.parent_uuid = _BOARD_ID
            track.sibling_order_rank = self._tracks_count
        return track

    def _close(self, lane: _Lane, now_ns: int | None) -> None:
        """End the slices that are over now, or all."""
        while lane.open_ends_ns and (now_ns is None or lane.open_ends_ns[-1] <= now_ns):
            self._events.append(
                (lane.open_ends_ns.pop(), TrackEvent.TYPE_SLICE_END, lane.track_id, None, None)
            )


def _time_of(event: _Event) -> int:
    return event[0]


def _annotate(event: Any, key: str, value: int | float | str) -> None:
    note = event.debug_annotations.add(name=key)
    if isinstance(value, str):
        note.string_value = value
    elif isinstance(value, int):
        note.int_value = value
    else:
        note.double_value = value
