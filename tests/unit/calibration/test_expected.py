"""What a run says a trace should show, on the hand-made run of tests/unit/conftest.py, and sleep between inferences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mcusim.calibration.align import Alignment, Match
from mcusim.calibration.apply import Measurement, calibrated_model
from mcusim.calibration.expected import Expected, ExpectedCall, expected_of
from mcusim.calibration.measured import idle_current, window_currents
from mcusim.calibration.traces.trace import Trace
from mcusim.calibration.windows import Window
from mcusim.errors import UsageError
from mcusim.power.check import check_power_model
from mcusim.power.load import load_power_model
from mcusim.power.schema import Activity, Fit, Workload
from mcusim.provenance import Basis
from mcusim.recording.recording import PinEdges
from mcusim.report.quantity import Band
from mcusim.report.report import CurrentUse


def use(activity, cycles, current_a, **more):
    """A state of a report."""
    band = Band(current_a, 0.8 * current_a, 1.2 * current_a, "datasheet")
    values = {"execution": "any", "clock_hz": 100_000_000, "source": "table 1", **more}
    return CurrentUse(activity, cycles=cycles, current_a=band, energy_j=band, **values)


def test_calls_have_their_place_length_and_states(recording, report):
    """Calls at 1000 … 5000 and 5200 … 9400, of which 170 asleep, at 160 MHz; before 500 the clock is 16 MHz."""
    expected = expected_of(recording, report)

    first, second = expected.calls
    start_s = 500 / 16e6
    assert first.begin_s == pytest.approx(start_s + 500 / 160e6)
    assert (first.length_s, second.length_s) == (pytest.approx(4000 / 160e6), pytest.approx(4200 / 160e6))
    assert sum(first.shares) == pytest.approx(1)
    asleep = [
        share for share, state in zip(second.shares, expected.states, strict=True) if state.activity != "run"
    ]
    assert sum(asleep) == pytest.approx(170 / 4200)


def test_a_recorded_pin_says_what_the_trace_shows(recording, report):
    edges = ((1000, 0, 1), (2600, 0, 0), (4000, 0, 1), (7200, 0, 0))
    recording = replace(recording, pins=(PinEdges("PA5", edges, 4, 0),))

    expected = expected_of(recording, report)

    assert expected.lengths_s == (pytest.approx(10e-6), pytest.approx(20e-6))


def test_a_run_without_a_power_model_or_an_inference_is_refused(recording, report):
    with pytest.raises(UsageError, match="no power model"):
        expected_of(recording, replace(report, energy=None))
    with pytest.raises(UsageError, match="never called to its end"):
        expected_of(replace(recording, region_calls=()), report)


# --- sleep between inferences ---


def asleep_between(sleep_a, idle_states):
    """Two inferences of 100 samples at 20 mA with 800 samples of sleep between them."""
    current_a = np.full(1000, sleep_a)
    current_a[:100] = current_a[900:] = 0.020
    trace = Trace("t.csv", "table", np.arange(1000) / 10_000, current_a)
    call = ExpectedCall(0.0, 0.01, (1.0,))
    expected = Expected((call, call), (use("run", 1_000_000, 0.025),), tuple(idle_states))
    windows = (Window(0, 100, 0.0, 0.01), Window(900, 1000, 0.09, 0.1))
    alignment = Alignment(tuple(Match(each, call) for each in windows), 2, 1.0, None)
    return trace, alignment, expected


def test_the_sleep_current_is_put_on_the_one_sleep_state_of_the_run():
    found = idle_current(*asleep_between(0.002, [use("sleep", 500_000, 0.004)]))

    assert (found.measured_a, found.ratio) == (pytest.approx(0.002), pytest.approx(0.5))
    (state,) = found.states
    assert (state.after_a, state.how) == (pytest.approx(0.002), "fitted")


def test_several_sleep_states_share_a_ratio():
    """4 mA for half the time and 1 mA for the other: 2.5 mA modelled, 5 mA measured."""
    states = [use("sleep", 500_000, 0.004), use("stop", 500_000, 0.001, mode="stop2")]

    found = idle_current(*asleep_between(0.005, states))

    assert found.ratio == pytest.approx(2)
    assert [(state.after_a, state.how) for state in found.states] == [
        (pytest.approx(0.008), "scaled"),
        (pytest.approx(0.002), "scaled"),
    ]


def test_sleep_that_the_run_does_not_have_and_a_current_that_does_not_fall_are_explained():
    assert "does not sleep" in idle_current(*asleep_between(0.002, [])).why_not
    assert "does not fall" in idle_current(*asleep_between(0.019, [use("sleep", 1, 0.004)])).why_not


def test_edges_of_a_window_are_left_out_of_its_mean():
    trace, alignment, _ = asleep_between(0.002, [])
    trace.current_a[[0, 99, 900, 999]] = 1.0

    assert window_currents(trace, alignment) == pytest.approx((0.020, 0.020))


def test_measured_sleep_replaces_the_row_of_its_mode_without_its_peripherals():
    """U575 has sleep rows by clock; the measured 3 mA hold 0.2 mA of a peripheral, which the model adds by itself."""
    model = load_power_model("stm32u575zi")
    sleep = next(point for point in model.points if point.activity is Activity.SLEEP)
    state = use(
        "sleep",
        1000,
        0.004,
        clock_hz=sleep.clock_hz,
        mode=sleep.mode,
        regulator=sleep.regulator,
        voltage_range=sleep.voltage_range,
        peripherals=(("usart1", 0.0002),),
    )
    trace, alignment, expected = asleep_between(0.003, [state])
    idle = idle_current(trace, alignment, expected)
    measurement = Measurement(
        currents=idle.currents,
        run_ratio=1.0,
        idle_ratio=idle.ratio,
        band_ratio=0.08,
        supply_v=sleep.supply_v,
        temp_c=25.0,
        source="t.csv (table)",
        fit=Fit("00", "t.csv", 2, 0.0),
    )

    calibrated = calibrated_model(model, "mine", measurement)

    check_power_model(calibrated)
    (row,) = [point for point in calibrated.points if "t.csv (table)" == point.provenance.source]
    assert row.current_a == pytest.approx(0.0028)
    assert (row.provenance.basis, row.workload) == (Basis.MEASURED, Workload.BENCHMARK)
    assert len(calibrated.points) == len(model.points)
    others = [
        (after.current_a / before.current_a)
        for before in model.points
        for after in calibrated.points
        if before.activity is Activity.SLEEP
        and replace(after, current_a=0.0, provenance=before.provenance) == replace(before, current_a=0.0)
        and after is not row
    ]
    assert others == pytest.approx([0.75] * len(others))
