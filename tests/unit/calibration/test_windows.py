"""Finding the inferences in a current: sleep noise, interrupts and traces without any."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mcusim.calibration.traces.trace import Trace, TraceError
from mcusim.calibration.windows import active_windows
from tests.trace_factory import INFERENCE_S, Bench

RATE_HZ = 20_000.0
NOISY = Bench(
    active_a=0.0229,
    sleep_a=0.0011,
    noise_a=0.0003,
    period_s=0.0312,
    count=15,
    rate_hz=RATE_HZ,
    startup_s=0.05,
)
"""Sleep whose noise is a quarter of it: cut at any level it makes stretches of all lengths."""


def trace_of(time_s, current_a):
    return Trace("t.csv", "table", np.asarray(time_s), np.asarray(current_a))


def found_in(time_s, current_a):
    return active_windows(trace_of(time_s, current_a), "auto", [INFERENCE_S]).windows


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"length_s": 1.05 * INFERENCE_S},
        {"length_s": 0.00661},
        {"startup_s": 0.3},
        {"count": 40, "drift_ratio": 0.05},
        {"noise_a": 0.0006},
        {"rate_hz": 100_000.0},
    ],
    ids=["noisy sleep", "5 % longer", "6.61 ms", "long start-up", "drift", "more noise", "fast meter"],
)
def test_noise_of_the_sleep_current_does_not_hide_the_inferences(changes):
    bench = replace(NOISY, **changes)
    time_s, current_a, active = bench.samples()

    windows = [each for each in found_in(time_s, current_a) if each.begin_s > bench.startup_s - 0.001]

    starts = time_s[np.flatnonzero(np.diff(active.astype(int)) > 0)]
    assert len(windows) == bench.count
    assert [each.begin_s for each in windows] == pytest.approx(starts.tolist(), abs=1.5 / bench.rate_hz)
    assert windows[0].length_s == pytest.approx(bench.length_s, abs=2 / bench.rate_hz)


def test_interrupts_at_full_current_between_the_inferences_do_not_hide_them():
    """A tick of 0.2 ms every millisecond: twenty times as many stretches as inferences."""
    time_s, current_a, active = NOISY.samples()
    ticks = (np.arange(len(time_s)) % 20 < 4) & (time_s > NOISY.startup_s)
    windows = found_in(time_s, np.where(ticks & ~active, 0.0229, current_a))

    # A tick that touches an inference makes its window longer by a tick at most at either end.
    likely = [each for each in windows if INFERENCE_S <= each.length_s + 1e-4 <= INFERENCE_S + 5e-4]
    assert len(likely) == NOISY.count


@pytest.mark.parametrize("kind", ["normal", "uniform", "spikes", "ripple"])
def test_noise_alone_is_no_inference(kind):
    for seed in range(10):
        random = np.random.default_rng(seed)
        time_s = np.arange(8000) / RATE_HZ
        current_a = {
            "normal": lambda r=random: r.normal(0.010, 0.002, 8000),
            "uniform": lambda r=random: r.uniform(0.001, 0.025, 8000),
            "spikes": lambda r=random: np.exp(r.normal(-5, 1, 8000)),
            "ripple": lambda r=random: (
                0.010 + 0.004 * np.sin(2 * np.pi * 33 * np.arange(8000) / RATE_HZ) + r.normal(0, 0.003, 8000)
            ),
        }[kind]()

        with pytest.raises(TraceError):
            found_in(time_s, current_a)


def test_other_activity_is_named_with_its_own_length():
    """12.8 ms, and half of the smoothing's 0.13 ms at either end where the threshold is low."""
    time_s, current_a, _ = replace(NOISY, length_s=0.0128, period_s=0.1).samples()

    with pytest.raises(TraceError) as caught:
        found_in(time_s, current_a)

    assert "about 12.9 ms long; the modelled inference takes 6.4 ms" in caught.value.why


def test_stretches_of_the_right_length_that_are_only_noise_are_called_that():
    """A ripple of 78 Hz is above its mean for 6.4 ms at a time, but never clearly so."""
    time_s = np.arange(8000) / RATE_HZ
    ripple_a = 0.010 + 0.005 * np.sin(2 * np.pi * time_s / (2 * INFERENCE_S))

    with pytest.raises(TraceError) as caught:
        found_in(time_s, ripple_a + np.random.default_rng(1).normal(0, 0.004, 8000))

    assert "do not stand out" in caught.value.why


def test_one_level_is_refused_unless_the_user_says_that_inferences_fill_it():
    trace = trace_of(np.arange(6000) / RATE_HZ, np.full(6000, 0.005))

    with pytest.raises(TraceError, match="has one level") as caught:
        active_windows(trace, "auto", [INFERENCE_S])

    assert "--trigger whole" in caught.value.fix
    activity = active_windows(trace, "whole", [INFERENCE_S])
    assert (len(activity.windows), activity.is_continuous) == (1, True)
