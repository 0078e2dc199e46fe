"""From a trace to a power model: what is put into a synthetic trace must come out again."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pytest

from mcusim.analysis.calibrated import calibrations_of
from mcusim.board.load import load_board
from mcusim.calibration.power import TraceRequest, calibrate_power
from mcusim.calibration.power_file import power_model_toml
from mcusim.calibration.recorded import recorded_run
from mcusim.calibration.traces.trace import TraceError
from mcusim.errors import UnknownNameError, UsageError
from mcusim.power.load import load_power_model
from mcusim.provenance import Basis
from mcusim.render.calibration import power_text
from mcusim.session import measure
from mcusim.units import engineering
from tests.trace_factory import Bench, ppk2_text

WITHIN = 0.005
"""Half a percent: a sample more or less at the edges of 190, at nearly the same current, and the noise of the mean."""


@pytest.fixture(scope="module")
def run_once():
    """Runs are repeatable, so each is made once."""
    return cache(recorded_run)


@pytest.fixture
def calibrate(sample_request, sample_run, run_once, monkeypatch):
    """Calibrates the sample's power model; traces last what the model says of the inference unless told otherwise."""
    monkeypatch.setattr("mcusim.calibration.power.recorded_run", run_once)
    length_s = sample_run.report.inference.latency_s

    def run(path, **wanted):
        return calibrate_power(sample_request, TraceRequest(path, **{"supply_v": 3.0, **wanted}), "mine")

    run.bench = Bench(length_s=length_s)
    return run


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"noise_a": 0.002},
        {"active_a": 0.040, "sleep_a": 0.0000021},
        {"rate_hz": 5000.0, "noise_a": 0.001},
        {"startup_s": 0.4, "period_s": 0.2, "count": 6, "rate_hz": 20_000.0},
        {"sleep_a": 0.012, "noise_a": 0.001},
    ],
    ids=["clean", "noisy", "deep sleep", "slow meter", "long start-up", "shallow sleep"],
)
def test_the_current_that_was_put_in_comes_out(calibrate, ppk2, changes):
    bench = replace(calibrate.bench, **changes)

    found = calibrate(ppk2(bench)).calibration

    (state,) = found.states
    assert state.after_a == pytest.approx(bench.active_a, rel=WITHIN)
    assert found.matching.matched_count == bench.count
    assert (state.activity, state.clock_hz, state.how) == ("run", 120_000_000, "fitted")
    assert found.band_percent == pytest.approx(8.0)  # the residuals are far below the least band


def test_a_logic_channel_finds_the_inferences_where_the_current_does_not_fall(calibrate, ppk2):
    bench = replace(calibrate.bench, sleep_a=0.0205, noise_a=0.001)

    found = calibrate(ppk2(bench, has_pin=True)).calibration

    assert found.matching.how == "logic channel D0"
    assert (found.matching.matched_count, found.matching.windows_count) == (bench.count, bench.count)
    assert found.states[0].after_a == pytest.approx(bench.active_a, rel=WITHIN)


def test_a_meters_offset_stays_in_the_current(calibrate, ppk2):
    """Nothing in a trace tells an offset from a current: the user zeroes the meter."""
    bench = replace(calibrate.bench, offset_a=0.001)

    found = calibrate(ppk2(bench)).calibration

    assert found.states[0].after_a == pytest.approx(bench.active_a + 0.001, rel=WITHIN)


def test_a_slow_board_clock_is_measured_and_named(calibrate, ppk2):
    """Half a sample more or less of 202 is a quarter of a percent."""
    bench = replace(calibrate.bench, length_s=1.07 * calibrate.bench.length_s)

    found = calibrate(ppk2(bench)).calibration

    assert found.matching.length_percent == pytest.approx(7.0, abs=0.3)
    assert any(re.search(r"(6\.[789]|7\.[0123]) % longer", note) for note in found.notes)
    assert found.states[0].after_a == pytest.approx(bench.active_a, rel=WITHIN)


def test_a_drifting_clock_is_measured_and_named(calibrate, ppk2):
    bench = replace(calibrate.bench, drift_ratio=0.03, count=30)

    found = calibrate(ppk2(bench)).calibration

    assert found.matching.drift_percent == pytest.approx(3.0, abs=0.4)
    assert any("drifts by" in note for note in found.notes)


def test_a_meter_of_three_samples_an_inference_raises_no_false_alarm(calibrate, ppk2):
    """Lengths are whole samples, 2 or 3 or 4 for 3.2: their mean is right, and nothing drifts or clips."""
    sample_s = calibrate.bench.length_s / 3.2
    bench = replace(
        calibrate.bench,
        rate_hz=1 / sample_s,
        noise_a=0.0003,
        period_s=15.6 * sample_s,
        count=15,
        startup_s=50 * sample_s,
    )

    found = calibrate(ppk2(bench)).calibration

    assert found.matching.matched_count == bench.count
    assert found.matching.length_percent == pytest.approx(0.0, abs=6.0)
    assert not [note for note in found.notes if "than modelled ones" in note or "range" in note]


def test_lengths_that_are_cut_alike_do_not_drift(calibrate, ppk2):
    """1.96 ms are 39.2 samples: the windows have 39 or 40, in an order that the period makes."""
    bench = replace(
        calibrate.bench, length_s=0.00196, rate_hz=20_000.0, noise_a=0.0003, period_s=0.0312, count=15
    )

    assert calibrate(ppk2(bench)).calibration.matching.drift_percent is None


def test_a_trace_of_the_inference_alone_gives_its_current(calibrate, ppk2):
    bench = replace(calibrate.bench, sleep_a=0.0212, startup_s=0.0, noise_a=0.0005)

    found = calibrate(ppk2(bench), window_s=(0.01, 0.3), trigger="whole").calibration

    assert found.matching.length_percent is None
    assert found.states[0].after_a == pytest.approx(0.0212, rel=WITHIN)
    assert (found.residual_percent, found.worst_percent, found.trace_energy_j) == (None, None, None)
    assert found.band_percent == pytest.approx(20.0)  # nothing checks it
    assert "not checked against the run" in power_text(found)
    assert "nothing in the trace shows" in found.notes[0]


def test_a_trace_that_is_not_all_inference_is_asked_about(calibrate, ppk2):
    """A third of it is: less would be refused as a current that is not the firmware's."""
    bench = replace(calibrate.bench, period_s=3 * calibrate.bench.length_s)

    found = calibrate(ppk2(bench), trigger="whole").calibration

    assert "is all of it inference?" in found.notes[0]


def test_one_inference_is_not_called_exact(calibrate, ppk2):
    outcome = calibrate(ppk2(replace(calibrate.bench, count=1)))

    assert (outcome.calibration.matching.matched_count, outcome.calibration.residual_percent) == (1, None)
    assert outcome.calibration.band_percent == pytest.approx(20.0)
    assert outcome.model.points[0].low_ratio == pytest.approx(0.80)
    assert "which nothing checks" in calibrations_of(load_board("nucleo_l4r5zi"), outcome.model)[-1]


@pytest.mark.parametrize(("ratio", "reason"), [(4.0, "IDD jumper"), (0.25, "only a part of the supply")])
def test_a_current_far_off_the_model_is_refused_with_the_reasons_unless_forced(
    calibrate, ppk2, ratio, reason, sample_run
):
    modelled_a = sample_run.report.energy.currents[0].current_a.value
    bench = replace(calibrate.bench, active_a=ratio * modelled_a, sleep_a=0.05 * ratio * modelled_a)

    with pytest.raises(TraceError, match="times the modelled one") as caught:
        calibrate(ppk2(bench))

    assert reason in caught.value.why
    assert "unit" in caught.value.why
    assert "--accept-current" in caught.value.fix
    forced = calibrate(ppk2(bench), is_forced=True).calibration
    assert forced.states[0].after_a == pytest.approx(ratio * modelled_a, rel=WITHIN)


def test_the_traces_own_energy_stands_beside_that_of_the_modelled_time(calibrate, ppk2):
    """An inference that takes 3.3 % longer takes 3.3 % more energy, which the modelled time does not show."""
    bench = replace(calibrate.bench, length_s=1.033 * calibrate.bench.length_s)

    found = calibrate(ppk2(bench)).calibration

    assert found.trace_energy_j == pytest.approx(3.0 * bench.active_a * bench.length_s, rel=WITHIN)
    assert found.measured_energy_j == pytest.approx(
        3.0 * bench.active_a * calibrate.bench.length_s, rel=WITHIN
    )
    text = " ".join(power_text(found).split())
    in_trace, modelled = (rf"{1e6 * found.trace_energy_j:.0f} µJ", rf"{1e6 * found.measured_energy_j:.0f} µJ")
    modelled_ms = f"{1e3 * calibrate.bench.length_s:.3f} ms"
    assert re.search(
        rf"Energy {in_trace} in the trace \(1\.9\d+ ms\); {modelled} over the modelled {modelled_ms}", text
    )
    assert any("% longer" in note for note in found.notes)


def test_a_short_gap_costs_the_inference_that_it_is_in_and_no_more(calibrate, ppk2):
    bench = replace(calibrate.bench, startup_s=0.05)

    def keep(time_s):
        return ~((time_s > 0.1515) & (time_s < 0.1525))  # in the sixth inference

    found = calibrate(ppk2(bench, keep=keep)).calibration

    assert (found.trace.gaps_count, found.matching.matched_count) == (1, bench.count - 1)
    assert found.states[0].after_a == pytest.approx(bench.active_a, rel=WITHIN)


def test_milliamperes_under_a_heading_of_microamperes_are_refused(calibrate, tmp_path):
    time_s, current_a, levels = calibrate.bench.samples()
    path = tmp_path / "wrong.csv"
    path.write_text(ppk2_text(time_s, current_a / 1000, levels), encoding="utf-8")

    with pytest.raises(TraceError, match=r"0\.0008\d* times the modelled") as caught:
        calibrate(path)

    assert "1000 times larger" in caught.value.fix


def test_negative_currents_are_refused(calibrate, tmp_path):
    time_s, current_a, levels = calibrate.bench.samples()
    path = tmp_path / "swapped.csv"
    path.write_text(ppk2_text(time_s, -current_a, levels), encoding="utf-8")

    with pytest.raises(TraceError) as caught:
        calibrate(path, trigger="D0")

    assert "leads" in caught.value.fix


def test_a_trace_of_other_firmware_is_refused(calibrate, ppk2):
    bench = replace(calibrate.bench, length_s=calibrate.bench.length_s / 6)

    with pytest.raises(TraceError, match="as long as an inference of this firmware") as caught:
        calibrate(ppk2(bench))

    assert f"the modelled inference takes {engineering(calibrate.bench.length_s, 's')}" in caught.value.why


@pytest.mark.parametrize(
    ("wanted", "kind", "complaint"),
    [
        ({"trigger": "D9"}, UnknownNameError, "no trigger channel called 'D9'"),
        ({"trigger": "D3"}, TraceError, "channel D3 never changes"),
        ({"window_s": (100.0, 200.0)}, TraceError, "nothing of the trace is inside --window"),
        ({"supply_v": 5.0}, UsageError, "5 V"),
    ],
)
def test_options_that_do_not_fit_the_trace_are_named(calibrate, ppk2, wanted, kind, complaint):
    with pytest.raises(kind, match=complaint):
        calibrate(ppk2(replace(calibrate.bench, count=4)), **wanted)


def test_the_written_model_predicts_the_measured_energy_and_says_what_it_was_fitted_on(
    calibrate, ppk2, sample_request, tmp_path
):
    bench = calibrate.bench
    outcome = calibrate(ppk2(bench))
    path = tmp_path / "mine.toml"
    path.write_text(power_model_toml(outcome.model), encoding="utf-8")

    report = measure(replace(sample_request, power_model=str(path), supply_v=3.0))

    energy = report.inference.energy_j
    assert energy.value == pytest.approx(3.0 * bench.active_a * report.inference.latency_s, rel=WITHIN)
    (line,) = report.calibrations
    assert "mine.toml" in line
    assert "ppk2.csv (ppk2), 20 inferences of mcusim_infer" in line
    (current,) = report.energy.currents
    assert (current.current_a.basis, current.current_a.low / current.current_a.value) == (
        "measured",
        pytest.approx(0.92),
    )


def test_other_rows_are_scaled_by_the_same_ratio_and_say_so(calibrate, ppk2):
    outcome = calibrate(ppk2(calibrate.bench))

    before = load_power_model("stm32l4r5zi")
    ratio = outcome.calibration.states[0].after_a / outcome.calibration.states[0].before_a
    at_80_mhz = [
        next(
            point for point in model.points if point.clock_hz == 80_000_000 and point.activity.value == "run"
        )
        for model in (before, outcome.model)
    ]
    assert at_80_mhz[1].current_a == pytest.approx(ratio * at_80_mhz[0].current_a)
    assert at_80_mhz[1].provenance.basis in (Basis.DERIVED, Basis.ASSUMED)
    assert "ppk2.csv" in at_80_mhz[1].provenance.source
    sleep = [
        [p.current_a for p in model.points if p.activity.value != "run"] for model in (before, outcome.model)
    ]
    assert sleep[0] == sleep[1]  # nothing was measured of them: the run never sleeps
