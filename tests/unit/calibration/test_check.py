"""Whether a trace can be trusted."""

from __future__ import annotations

import numpy as np
import pytest

from mcusim.calibration.traces.check import checked, clipped_note
from mcusim.calibration.traces.trace import Trace, TraceError


def trace_at(time_s):
    """A constant current at these times."""
    times = np.asarray(time_s, dtype=float)
    return Trace("t.csv", "table", times, np.full(len(times), 0.01))


def test_an_even_trace_has_its_rate_and_no_gaps():
    _, quality = checked(trace_at(np.arange(1000) / 5000))

    assert (quality.rate_hz, quality.gaps, quality.missing_ratio) == (pytest.approx(5000), (), 0)


def test_a_short_gap_is_tolerated_and_reported_with_its_place():
    times = np.arange(1000) / 1000

    _, quality = checked(trace_at(np.delete(times, range(500, 505))))

    (gap,) = quality.gaps
    assert (gap.at_s, gap.length_s) == (pytest.approx(0.499), pytest.approx(0.005))
    assert quality.missing_ratio == pytest.approx(0.005 / 0.999)


def test_a_trace_with_much_missing_is_refused_with_the_places():
    times = np.arange(1000) / 1000

    with pytest.raises(TraceError, match=r"2 gaps, 3\.0 % of its time") as caught:
        checked(trace_at(np.delete(times, [*range(200, 210), *range(700, 720)])))

    assert "10.0 ms at 0.199 s, 20.0 ms at 0.699 s" in caught.value.where
    assert "--window" in caught.value.fix


def test_time_that_runs_backwards_is_named_with_the_sample():
    with pytest.raises(TraceError, match="backwards in 1 places") as caught:
        checked(trace_at([0, 1, 2, 1.5, 3]))

    assert "sample 4" in caught.value.where


def test_samples_that_are_not_numbers_are_counted():
    trace = trace_at(np.arange(10))
    trace.current_a[3] = np.nan

    with pytest.raises(TraceError, match="1 samples of the current are not numbers"):
        checked(trace)


def test_time_stamps_coarser_than_the_sampling_are_spread_evenly():
    """Ten samples to the millisecond, as loggers write that stamp what they receive."""
    trace, quality = checked(trace_at(np.repeat(np.arange(100), 10) / 1000))

    np.testing.assert_allclose(np.diff(trace.time_s), 0.0001)
    assert quality.rate_hz == pytest.approx(10_000)
    assert "coarser" in quality.notes[0]


def test_samples_all_at_one_time_are_refused():
    with pytest.raises(TraceError, match="all samples have the same time"):
        checked(trace_at(np.ones(5)))


def test_events_instead_of_samples_are_refused():
    """Every tenth interval is a hundredth of the others."""
    steps = np.where(np.arange(200) % 10 == 0, 0.00001, 0.001)

    with pytest.raises(TraceError, match="much shorter than the others"):
        checked(trace_at(np.cumsum(steps)))


def test_a_meter_at_the_end_of_its_range_is_noted_and_a_quiet_current_is_not():
    noisy = np.random.default_rng(1).normal(0.050, 0.001, 1000)

    assert "end of its range" in clipped_note(np.minimum(noisy, 0.0505))
    assert not clipped_note(noisy)
    assert not clipped_note(np.full(1000, 0.05))


def test_the_highest_of_few_samples_is_not_the_end_of_a_range():
    few = np.random.default_rng(1).normal(0.0229, 0.001, 36)

    assert not clipped_note(few)  # one sample of 36 is 3 %
    assert not clipped_note(np.minimum(few, np.sort(few)[-2]))
    assert "end of its range" in clipped_note(np.minimum(few, np.sort(few)[-3]))
    many = np.random.default_rng(1).normal(0.0229, 0.001, 3600)
    assert not clipped_note(np.minimum(many, np.sort(many)[-36]))  # 1 % of them
