"""Profiles and exports of real runs: every format sums to the report, whatever the firmware does."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path

import pytest

from mcusim.firmware.load import load_firmware
from mcusim.recorded.run import RecordedRun
from mcusim.render.exports import callgrind, collapsed, perfetto, pprof, speedscope
from mcusim.render.exports.profile_frames import frame_tree
from mcusim.report.request import RunRequest
from mcusim.session import recorded
from mcusim.shipped import shipped_dir
from tests.unit.render.test_callgrind import parsed, total_of
from tests.unit.render.test_perfetto import slices

SAMPLES = shipped_dir("firmware_samples")
BOARD = "nucleo_l4r5zi"
RAM_ADDR = 0x2000_0000
RUNS = ("digits_cnn", "rtos_activity", "sleep_between", "crop_quality", "no symbols")
"""Layers; tasks, exceptions and sleep; deep sleep; one kernel in a loop; a raw image of the first."""


@pytest.fixture(scope="module")
def raw_image(tmp_path_factory):
    """The flash of digits_cnn, as a file that knows no names."""
    image = load_firmware(SAMPLES / "digits_cnn" / f"{BOARD}.elf")
    stored = [each for each in image.segments if each.data and each.load_addr < RAM_ADDR]
    start_addr = min(each.load_addr for each in stored)
    flash = bytearray(max(each.load_addr + len(each.data) for each in stored) - start_addr)
    for each in stored:
        offset = each.load_addr - start_addr
        flash[offset : offset + len(each.data)] = each.data
    file = tmp_path_factory.mktemp("raw") / "digits.bin"
    file.write_bytes(flash)
    return file, start_addr


@cache
def run_of(file: Path, base_addr: int | None = None) -> RecordedRun:
    return recorded(RunRequest(file, BOARD, base_addr=base_addr))


def run_of_sample(name: str) -> RecordedRun:
    return run_of(SAMPLES / name / f"{BOARD}.elf")


@pytest.fixture(params=RUNS)
def run(request, raw_image) -> RecordedRun:
    return run_of_sample(request.param) if request.param in RUNS[:-1] else run_of(*raw_image)


def test_profile_and_exports_sum_to_the_report(run):
    totals = run.report.totals
    tree = frame_tree(run)
    lines = collapsed.render(run).decode().splitlines()
    cycles, time, energy = json.loads(speedscope.render(run))["profiles"]
    message = pprof.profile_class().FromString(gzip.decompress(pprof.render(run)))

    assert totals.cycles == sum(each.self_cycles for each in tree.places)
    assert totals.time_s == pytest.approx(sum(each.self_s for each in tree.places), rel=1e-12)
    assert totals.energy_j.value == pytest.approx(sum(each.self_j for each in tree.places), rel=1e-12)
    assert totals.cycles == sum(int(line.rpartition(" ")[2]) for line in lines)
    assert totals.cycles == sum(cycles["weights"])
    assert totals.time_s == pytest.approx(sum(time["weights"]), rel=1e-12)
    assert totals.energy_j.value == pytest.approx(sum(energy["weights"]) * 1e-9, rel=1e-12)
    assert [totals.cycles, round(totals.time_s * 1e9), round(totals.energy_j.value * 1e9)] == [
        sum(column) for column in zip(*(each.value for each in message.sample), strict=True)
    ]


def test_lines_sum_to_the_report_in_each_event(run):
    totals = run.report.totals
    file = parsed(callgrind.render(run))
    total = total_of(file)

    assert totals.cycles == total["Cycles"]
    assert totals.instructions == total["Instructions"]
    assert round(totals.time_s * 1e9) == total["Time_ns"]
    assert round(totals.energy_j.value * 1e12) == total["Energy_pJ"]
    assert totals.active_cycles == sum(total[each] for each in file.events[4:])


def test_self_cycles_of_functions_are_those_of_the_report(run):
    tree = frame_tree(run)
    cycles: dict[str, int] = {}
    for place in tree.places:
        frame = tree.frames[place.frame_index]
        if frame.kind == "function":
            cycles[frame.name] = cycles.get(frame.name, 0) + place.self_cycles
    expected = {each.name: each.self_cycles for each in run.report.functions if each.self_cycles}

    assert expected == {name: count for name, count in cycles.items() if count}


@pytest.mark.parametrize("name", ["digits_cnn", "sleep_between"])
def test_the_cycles_of_a_layer_are_those_of_the_report(name):
    """A layer's row is the mean per inference."""
    run = run_of_sample(name)
    calls = run.report.inference.calls_count if name == "digits_cnn" else 8
    layers: dict[str, int] = {}
    for place in frame_tree(run).places:
        if place.layer:
            layers[place.layer] = layers.get(place.layer, 0) + place.self_cycles
    rows = [each for each in run.report.network.layers if each.kind == "layer"]

    assert {f"layer {row.index} {row.operator}": row.cycles * calls for row in rows} == pytest.approx(layers)


def test_a_timeline_has_each_layer_of_each_inference():
    """digits_cnn: ten inferences of seven layers."""
    rows = slices(run_of_sample("digits_cnn"))["Network"]

    assert 10 == sum(depth == 0 for *_, depth in rows)
    assert 70 == sum(depth == 1 for *_, depth in rows)


def test_slices_of_sleep_are_as_long_as_the_sleep_of_the_report():
    """The sample sleeps at 120 MHz throughout."""
    run = run_of_sample("rtos_activity")
    slept_ns = sum(end_ns - begin_ns for _, begin_ns, end_ns, _ in slices(run)["Sleep"])

    assert run.report.totals.sleep_cycles / 120e6 == pytest.approx(slept_ns * 1e-9, rel=1e-6)


def test_a_task_has_a_track_of_its_own():
    tracks = {name for name in slices(run_of_sample("rtos_activity")) if name.startswith("Task: ")}

    assert {"Task: sampling", "Task: inference", "Task: report", "Task: idle"} <= tracks


def test_perfetto_files_of_a_run_are_the_same_each_time():
    run = run_of_sample("digits_cnn")

    assert perfetto.render(run) == perfetto.render(run)
