"""Watched pins: edges with their time, names as people write them, and traces that stayed empty."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from types import SimpleNamespace

import pytest
from vcd.reader import TokenKind, tokenize

from mcusim.analysis.pins import pin_traces
from mcusim.errors import UnknownNameError, UsageError
from mcusim.machine.signals.pins import PinRecorder
from mcusim.render.pins import pin_rows
from mcusim.render.vcd import vcd_bytes


class Clock:
    """1 MHz: a cycle is a microsecond."""

    def __init__(self):
        self.cycles = 0

    def now(self):
        return self.cycles, Fraction(self.cycles, 1_000_000)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def recorder(clock):
    made = PinRecorder(clock.now)
    made.watch(("pa05", "PB1"), ("PA5", "PB1", "PB11"))
    return made


def play(recorder, clock, changes):
    for at_cycles, pin, level in changes:
        clock.cycles = at_cycles
        recorder.set(pin, level)


def test_edges_have_their_cycle_and_nanosecond_and_repeated_levels_are_none(recorder, clock):
    play(recorder, clock, [(5, "PA5", 0), (10, "PA5", 1), (12, "PA5", 1), (30, "PA5", 0), (40, "PB11", 1)])

    first, second = recorder.finished()

    assert ("PA5", ((10, 10_000, 1), (30, 30_000, 0)), 2, 20_000) == (
        first.pin,
        first.edges,
        first.edges_count,
        first.high_ns,
    )
    assert ("PB1", (), 0) == (second.pin, second.edges, second.edges_count)


def test_a_pin_that_stays_high_is_high_until_the_end(recorder, clock):
    play(recorder, clock, [(10, "PA5", 1)])
    clock.cycles = 100

    assert 90_000 == recorder.finished()[0].high_ns


def test_an_empty_trace_is_explained(recorder, clock):
    play(recorder, clock, [(5, "PA5", 0)])

    low, unused = recorder.complaints()

    assert "PA5" in low
    assert "stayed low" in low
    assert "PB1" in unused
    assert "never made it an output" in unused


def test_edges_beyond_the_ten_thousandth_are_counted_and_said_to_be_missing(recorder, clock):
    play(recorder, clock, [(each, "PA5", (each + 1) % 2) for each in range(10_003)])

    trace = recorder.finished()[0]

    assert (10_000, 10_003) == (len(trace.edges), trace.edges_count)
    assert "only the first 10000 of 10003 edges" in recorder.complaints()[0]


def test_an_unknown_pin_is_refused_with_the_nearest_names(clock):
    with pytest.raises(UnknownNameError) as caught:
        PinRecorder(clock.now).watch(("PB12",), ("PA5", "PB1", "PB11"))

    assert "PB11" in str(caught.value.fix)


def test_a_board_without_ports_cannot_watch_pins(clock):
    with pytest.raises(UsageError, match="no pin of this board"):
        PinRecorder(clock.now).watch(("PA5",), ())


def test_the_screen_shows_pulses_with_their_first_and_mean_length(recorder, clock):
    play(recorder, clock, [(10, "PA5", 1), (30, "PA5", 0), (50, "PA5", 1), (90, "PA5", 0), (90, "PB1", 1)])
    clock.cycles = 100
    recording = SimpleNamespace(pins=recorder.finished())

    assert [
        ("PA5", "4", "2", "20.0 µs", "30.0 µs", "10.0 µs"),
        ("PB1", "1", "1", "still high", "10.0 µs", "90.0 µs"),
    ] == pin_rows(pin_traces(recording))


def test_the_dump_has_each_edge_at_its_nanosecond_up_to_the_end(recorder, clock):
    play(recorder, clock, [(10, "PA5", 1), (30, "PB1", 1), (50, "PA5", 0)])
    phase = SimpleNamespace(total_cycles=100, clock_hz=1_000_000)
    recording = SimpleNamespace(pins=recorder.finished(), tool_version="1", phases=(phase,))

    data = vcd_bytes(recording)
    tokens = list(tokenize(BytesIO(data)))
    names = {each.data.id_code: each.data.reference for each in tokens if each.kind is TokenKind.VAR}
    now_ns, changes = 0, []
    for token in tokens:
        if token.kind is TokenKind.CHANGE_TIME:
            now_ns = token.data
        elif token.kind is TokenKind.CHANGE_SCALAR:
            changes.append((now_ns, names[token.data.id_code], token.data.value))

    assert [
        (0, "PA5", "0"),
        (0, "PB1", "0"),
        (10_000, "PA5", "1"),
        (30_000, "PB1", "1"),
        (50_000, "PA5", "0"),
    ] == changes
    assert (100_000, data) == (now_ns, vcd_bytes(recording))
