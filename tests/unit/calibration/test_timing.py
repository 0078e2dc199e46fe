"""Timing numbers: values that the measurements were made with must be found again, and nothing else be changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.board.load import load_board
from mcusim.board.timing_file import load_timing, parameters_of, timed_board, with_interface, with_parameters
from mcusim.calibration.cycles import MeasuredCycles, read_cycles
from mcusim.calibration.recorded import rerun
from mcusim.calibration.search import chosen_steps
from mcusim.calibration.timing import calibrate_timing, modelled_cycles
from mcusim.calibration.timing_toml import is_fitted, timing_toml, why_not_written
from mcusim.calibration.traces.trace import TraceError
from mcusim.errors import DataFileError, UnknownNameError
from mcusim.session import measure
from mcusim.units import grouped

NAMES = ("inference", "depthwise_conv_2d_3x3_s8", "conv_2d_s8")


def measured_with(sample_request, sample_run, values):
    """What these functions take on silicon whose flash interface has these numbers."""
    interface = with_parameters(sample_run.board.chip.flash_interface, values)
    report = rerun(sample_request, with_interface(sample_run.board, interface), sample_run.image).report
    return tuple(MeasuredCycles(name, modelled_cycles(report, name)) for name in NAMES)


def test_a_share_of_the_wait_states_is_found_again(sample_request, sample_run, tmp_path):
    rows = measured_with(sample_request, sample_run, {"fetch_exposed_ratio": 0.45})

    found = calibrate_timing(sample_request, rows, "made.csv")

    fitted = {each.name: each.after_ratio for each in found.parameters if not each.why_kept}
    assert fitted == {"fetch_exposed_ratio": pytest.approx(0.45, abs=0.005)}
    assert found.after_percent < 0.05 < found.before_percent
    assert found.scale_ratio == pytest.approx(1.0, abs=0.001)
    assert found.runs_count <= 10

    path = tmp_path / "mine.toml"
    path.write_text(timing_toml(found), encoding="utf-8")
    report = measure(replace(sample_request, timing=path))

    assert report.inference.cycles == pytest.approx(rows[0].cycles, rel=0.001)
    assert report.inference.cycles_error_percent == pytest.approx(
        found.band_percent + 3.0, abs=0.01
    )  # the core's own band is 3 %
    assert "mine.toml" in report.calibrations[0]


def test_numbers_that_are_further_off_than_a_file_may_be_are_not_written(sample_request, sample_run):
    rows = measured_with(sample_request, sample_run, {"fetch_exposed_ratio": 0.45})
    found = calibrate_timing(sample_request, rows, "made.csv")

    assert why_not_written(found) == ""
    assert "still 66 % off" in why_not_written(replace(found, after_percent=66.4, band_percent=133.0))


def test_measurements_that_the_model_meets_change_nothing(sample_request, sample_run):
    rows = tuple(MeasuredCycles(name, modelled_cycles(sample_run.report, name)) for name in NAMES)

    found = calibrate_timing(sample_request, rows, "made.csv")

    assert not is_fitted(found)
    assert found.before_percent == 0


def test_what_flash_cannot_explain_is_left_over_and_named(sample_request, sample_run):
    """One function a quarter slower than modelled, the others as modelled."""
    rows = tuple(
        MeasuredCycles(name, modelled_cycles(sample_run.report, name) * (1.25 if name == "conv_2d_s8" else 1))
        for name in NAMES
    )

    found = calibrate_timing(sample_request, rows, "made.csv")

    assert found.after_percent > 5
    assert any("does not explain" in note for note in found.notes)


def test_two_calls_counted_as_one_are_not_fitted(sample_request, sample_run):
    rows = (MeasuredCycles("inference", 2 * modelled_cycles(sample_run.report, "inference")),)

    found = calibrate_timing(sample_request, rows, "made.csv")

    assert () == found.parameters
    assert "'inference' was measured 2 times as long as modelled" in found.notes[0]


@pytest.mark.parametrize(
    ("ratio", "times", "reason"),
    [(100, "100", "count"), (0.01, "0.01", "part of a call"), (3.1, "3.1", "count")],
)
def test_cycles_far_off_the_model_are_refused_with_the_reasons(
    sample_request, sample_run, ratio, times, reason
):
    modelled = modelled_cycles(sample_run.report, "inference")
    rows = (MeasuredCycles("inference", ratio * modelled),)

    with pytest.raises(TraceError, match=f"measured {times} times as long") as caught:
        calibrate_timing(sample_request, rows, "made.csv")

    assert reason in caught.value.fix
    assert f"{grouped(round(modelled))} modelled" in caught.value.why


def test_a_function_that_never_ran_is_named(sample_request):
    with pytest.raises(UnknownNameError, match="no function that ran called 'conv2d_s9'") as caught:
        calibrate_timing(sample_request, (MeasuredCycles("conv2d_s9", 1.0),), "made.csv")

    assert "conv_2d_s8" in caught.value.fix


def test_a_time_becomes_cycles_with_its_own_clock():
    assert MeasuredCycles("f", None, 0.001, 80_000_000, 16.0).cycles_at(120_000_000) == 80_000 - 16
    assert MeasuredCycles("f", None, 0.001).cycles_at(120_000_000) == 120_000


# --- the search, on paper ---


def test_the_fewest_numbers_that_explain_the_rows_are_moved():
    """Both rows are 10 % fast, which a alone explains; b moves only the second."""
    slopes = {"a": (100.0, 100.0), "b": (0.0, 100.0)}
    limits = {"a": (-10.0, 10.0), "b": (-10.0, 10.0)}

    choice = chosen_steps((900.0, 900.0), (1000.0, 1000.0), slopes, limits)

    assert (choice.names, choice.steps) == (("a",), (pytest.approx(1.0),))


def test_two_numbers_are_moved_where_one_does_not_do():
    slopes = {"a": (100.0, 0.0), "b": (0.0, 100.0)}
    limits = {"a": (-10.0, 10.0), "b": (-10.0, 10.0)}

    choice = chosen_steps((900.0, 800.0), (1000.0, 1000.0), slopes, limits)

    assert dict(zip(choice.names, choice.steps, strict=True)) == {
        "a": pytest.approx(1),
        "b": pytest.approx(2),
    }


def test_a_number_stays_within_its_limits():
    choice = chosen_steps((900.0,), (1000.0,), {"a": (100.0,)}, {"a": (-1.0, 0.5)})

    assert choice.steps == (pytest.approx(0.5),)


# --- the measurements' file ---


@pytest.fixture
def cycles_of(tmp_path):
    def read(text):
        path = tmp_path / "cycles.csv"
        path.write_text(text, encoding="utf-8")
        return read_cycles(path)

    return read


def test_rows_hold_cycles_or_times_of_many_calls_with_the_counters_overhead(cycles_of):
    rows = cycles_of(
        "name,cycles,time_us,count,overhead_cycles,clock_mhz\n"
        "inference,1000100,,10,10,\n"
        "softmax,,53.25,,,80\n"
    )

    assert rows[0] == MeasuredCycles("inference", 100_000.0, overhead_cycles=10.0)
    assert rows[1].cycles_at(120_000_000) == pytest.approx(4260)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("cycles\n5\n", "no column 'name'"),
        ("name,speed\nf,5\n", "no column 'cycles'"),
        ("name,cycles\n", "no measurements"),
        ("name,cycles\nf,many\n", "'many' is no cycles"),
        ("name,cycles\nf,-5\n", "'-5' is no cycles"),
        ("name,cycles\n,5\n", "the name is empty"),
        ("name,cycles,time_us\nf,5,6\n", "more than one"),
        ("name,cycles,time_us\nf,,\n", "no measurement"),
        ("name,cycles\nf,5\nf,6\n", "measured twice"),
        ("name,cycles,overhead_cycles\nf,5,6\n", "all of it"),
    ],
)
def test_a_wrong_measurement_is_named_with_what_to_do(cycles_of, text, complaint):
    with pytest.raises(TraceError, match=complaint) as caught:
        cycles_of(text)

    assert caught.value.fix


# --- the timing file ---

FILE = """
chip = "stm32l4r5zi"
flash_interface = "dual_bank"
basis = "measured"
source = "made for the test"
error_percent = 2.5
[parameters]
fetch_exposed_ratio = 0.5
[[fitted]]
firmware_sha256 = "00"
measurement = "made.csv: 1 function"
points_count = 1
residual_before_percent = 3.0
residual_percent = 0.5
"""


@pytest.fixture
def timing_of(tmp_path):
    def load(text):
        path = tmp_path / "timing.toml"
        path.write_text(text, encoding="utf-8")
        return load_timing(path)

    return load


def test_a_timing_file_replaces_numbers_of_the_flash_interface_and_its_band(timing_of):
    board = load_board("nucleo_l4r5zi")

    timed = timed_board(board, timing_of(FILE)).chip.flash_interface

    before = board.chip.flash_interface
    assert parameters_of(timed) == {**parameters_of(before), "fetch_exposed_ratio": 0.5}
    assert (timed.error_percent, timed.provenance.source) == (2.5, "made for the test")
    assert "made.csv" in timed.calibration


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (('chip = "stm32l4r5zi"', 'chip = "stm32f446re"'), "is for chip 'stm32f446re'"),
        (('"dual_bank"', '"single_bank"'), "flash organisation 'single_bank'"),
        (("fetch_exposed_ratio = 0.5", '"prefetch.hit_cycles" = 2'), "no timing parameter of chip"),
        (("fetch_exposed_ratio", "fetch_exposed"), "no timing parameter called 'fetch_exposed'"),
        (("fetch_exposed_ratio = 0.5", "fetch_exposed_ratio = 5.0"), "fetch_exposed_ratio"),
        (("fetch_exposed_ratio = 0.5", ""), "is empty"),
        (("error_percent = 2.5", ""), "error_percent"),
        (("[[fitted]]", "[fit]"), "fitted"),
    ],
)
def test_a_timing_file_that_does_not_fit_is_refused(timing_of, change, complaint):
    with pytest.raises((DataFileError, UnknownNameError)) as caught:
        timed_board(load_board("nucleo_l4r5zi"), timing_of(FILE.replace(*change)))

    assert complaint in str(caught.value)
    assert caught.value.fix
