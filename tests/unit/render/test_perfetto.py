"""Traces for Perfetto: decoded by its own protocol buffers, slices nested as its trace processor wants them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import CounterDescriptor, Trace, TrackEvent

from mcusim.recorded.run import RecordedRun
from mcusim.render.exports.perfetto import render
from mcusim.report.history import HistorySpan
from tests.export_factory import rich_run

Slices = list[tuple[str, int, int, int]]
"""Name, begin, end and depth."""


@pytest.fixture
def run(recording, image, board, power_model, run_request) -> RecordedRun:
    return rich_run(recording, image, board, power_model, run_request)


def packets(run: RecordedRun) -> list:
    return list(Trace.FromString(render(run)).packet)


def tracks(run: RecordedRun) -> dict[int, str]:
    descriptors = [each.track_descriptor for each in packets(run) if each.HasField("track_descriptor")]
    return {each.uuid: each.name for each in descriptors}


def slices(run: RecordedRun) -> dict[str, Slices]:
    """By track, as the trace processor reads them: an end ends what began last."""
    names = tracks(run)
    found: dict[str, Slices] = {}
    open_slices: dict[int, list[tuple[str, int]]] = {}
    for packet in packets(run):
        event = packet.track_event
        if event.type == TrackEvent.TYPE_SLICE_BEGIN and packet.HasField("track_event"):
            open_slices.setdefault(event.track_uuid, []).append((event.name, packet.timestamp))
        elif event.type == TrackEvent.TYPE_SLICE_END:
            own = open_slices[event.track_uuid]
            name, begin_ns = own.pop()
            row = (name, begin_ns, packet.timestamp, len(own))
            found.setdefault(names[event.track_uuid], []).append(row)
    assert not any(open_slices.values())
    return found


def counters(run: RecordedRun) -> dict[str, list[tuple[int, float]]]:
    names = tracks(run)
    found: dict[str, list[tuple[int, float]]] = {}
    for packet in packets(run):
        event = packet.track_event
        if event.type == TrackEvent.TYPE_COUNTER:
            value = event.double_counter_value or event.counter_value
            found.setdefault(names[event.track_uuid], []).append((packet.timestamp, value))
    return found


def test_layers_are_inside_of_their_inference(run):
    """1000 cycles after the first 500, at 160 MHz: 31 250 ns + 500 x 6.25 ns = 34 375 ns."""
    assert [
        ("0 CONV_2D", 35_000, 53_125, 1),
        ("1 FULLY_CONNECTED", 53_125, 59_375, 1),
        ("infer", 34_375, 59_375, 0),
    ] == slices(run)["Network"]


def test_a_handler_that_interrupts_another_is_inside_of_it(run):
    depths = {(name, begin_ns): depth for name, begin_ns, _, depth in slices(run)["Exceptions"]}

    assert {("SysTick_Handler", 35_625): 0, ("DMA", 60_000): 0, ("SysTick_Handler", 60_125): 1} == depths


def test_every_task_has_a_track(run):
    assert [("worker", 59_625, 60_625, 0)] == slices(run)["Task: worker"]


def test_sleep_is_as_long_as_in_the_report(run):
    """840 cycles of 6.25 ns."""
    (row,) = slices(run)["Sleep"]

    assert 5250 == row[2] - row[1]


def test_stretches_that_overlap_are_on_two_tracks(run):
    """The trace processor would end the wrong one."""
    spans = (
        HistorySpan("task", "worker", 0.0, 2e-6, 0, 2),
        HistorySpan("task", "worker", 1e-6, 3e-6, 1, 3),
    )
    run = replace(run, history=replace(run.history, spans=spans))
    ids = [name for name in tracks(run).values() if name == "Task: worker"]

    assert 2 == len(ids)
    assert [(0, 2000), (1000, 3000)] == sorted(each[1:3] for each in slices(run)["Task: worker"])


def test_stretches_that_follow_at_once_are_on_one_track(run):
    spans = tuple(HistorySpan("sleep", "sleep", i * 1e-6, (i + 1) * 1e-6, i, i + 1) for i in range(3))
    run = replace(run, history=replace(run.history, spans=spans))

    assert [0, 0, 0] == [each[3] for each in slices(run)["Sleep"]]


def test_a_layer_tells_its_cycles_multiplications_and_energy(run):
    """1 FULLY_CONNECTED: 1000 cycles of 0.1 nJ in the factory's network."""
    event = next(each.track_event for each in packets(run) if each.track_event.name == "1 FULLY_CONNECTED")
    notes = {each.name: each for each in event.debug_annotations}

    assert 1000 == notes["cycles"].int_value
    assert 1000 == notes["MACs"].int_value
    assert "fully_connected" == notes["kernel"].string_value
    assert 100 == pytest.approx(notes["energy in nJ, mean per inference"].double_value)


def test_power_is_in_milliwatts_and_goes_to_the_end(run):
    descriptors = {each.track_descriptor.name: each.track_descriptor.counter for each in packets(run)}
    end_ns = round(run.history.end_s * 1e9)

    assert "mW" == descriptors["Power"].unit_name
    assert [(0, 6.6), (31_250, 66.0), (61_875, 16.5), (67_125, 66.0), (end_ns, 66.0)] == [
        (at_ns, pytest.approx(value)) for at_ns, value in counters(run)["Power"]
    ]


def test_ram_in_use_is_the_sum_of_its_parts_in_bytes(run):
    descriptors = {each.track_descriptor.name: each.track_descriptor.counter for each in packets(run)}
    steps = {name: dict(own) for name, own in counters(run).items()}
    parts = [steps[f"RAM: {name}"] for name in ("static", "arena", "heap", "stacks")]
    end_ns = round(run.history.end_s * 1e9)

    assert CounterDescriptor.UNIT_SIZE_BYTES == descriptors["RAM in use"].unit
    assert {0: 1296, 40_000: 1552, end_ns: 1552} == steps["RAM in use"]
    assert [1296, 1552] == [sum(each[at_ns] for each in parts) for at_ns in (0, end_ns)]


def test_a_value_that_stays_is_written_once_and_at_the_end(run):
    """1200 bytes of static RAM throughout."""
    end_ns = round(run.history.end_s * 1e9)

    assert [(0, 1200), (end_ns, 1200)] == counters(run)["RAM: static"]


def test_power_states_are_a_track_that_fills_the_run(run):
    rows = slices(run)["Power state"]

    assert 4 == len(rows)
    assert round(run.history.end_s * 1e9) == sum(end_ns - begin_ns for _, begin_ns, end_ns, _ in rows)


def test_what_was_not_kept_is_noted(run):
    notes = [each for each in packets(run) if each.track_event.type == TrackEvent.TYPE_INSTANT]

    assert ["3 later stretches were not kept"] == [each.track_event.name for each in notes]


def test_time_goes_forward(run):
    times = [each.timestamp for each in packets(run) if each.HasField("track_event")]

    assert sorted(times) == times


def test_tracks_are_below_the_board_in_our_order(run):
    descriptors = [each.track_descriptor for each in packets(run) if each.HasField("track_descriptor")]
    board, *others = descriptors

    assert "Board A: build/firmware.elf" == board.name
    assert {board.uuid} == {each.parent_uuid for each in others}
    assert ["Network", "Sleep", "Exceptions"] == [each.name for each in others[:3]]
    assert sorted(each.sibling_order_rank for each in others) == [each.sibling_order_rank for each in others]
