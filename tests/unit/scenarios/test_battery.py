"""Battery life: the sums, the limits, the interval of equal shares, and one published two-state measurement."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcusim.errors import UsageError
from mcusim.report.quantity import Band
from mcusim.scenarios.battery import (
    Charge,
    Cycle,
    check_battery,
    crossing_at,
    curve_intervals,
    curve_of,
    life_at,
    shares_of,
    shelf_life,
    sleep_only_life,
)


def exactly(value: float, basis: str = "datasheet") -> Band:
    return Band(value, value, value, basis)


def band(value: float, basis: str = "datasheet") -> Band:
    return Band(value, 0.8 * value, 1.3 * value, basis)


CYCLE = Cycle(
    inference_j=band(500e-6),
    inference_s=6.4e-3,
    wake_j=band(2e-6),
    wake_s=20e-6,
    sleep_a=band(3e-6),
    supply_v=3.0,
    battery_v=3.0,
)
YEAR_S = 365.25 * 86_400
FRESH = Charge(Band(712.8, 600.0, 792.0, "datasheet"), 792.0)
"""220 mAh, 90 % usable, that never lose anything by themselves."""
CELL = replace(FRESH, decay_hz=-math.log(0.99) / YEAR_S, decay_basis="datasheet")
"""The same with 1 % of self-discharge a year."""


def share(cycle: Cycle, charge: Charge, interval_s: float) -> float:
    """Of inference and wake-up."""
    return sum(
        each.share_ratio
        for each in shares_of(cycle, charge, interval_s)
        if each.name in {"inference", "wake-up"}
    )


def test_the_life_is_the_usable_charge_over_the_average_current():
    """By hand: (500 + 2) µJ / 3 V / 10 s = 16.733 µA and 3 µA x (10 - 0.00642) / 10 = 2.998 µA: 19.731 µA."""
    life = life_at(CYCLE, FRESH, 10.0)

    assert pytest.approx(19.731e-6, rel=1e-4) == life.average_a.value
    assert pytest.approx(712.8 / 19.731e-6, rel=1e-4) == life.life_s.value


def test_the_ends_of_the_life_are_the_smallest_charge_at_the_highest_current_and_the_other_way_round():
    life = life_at(CYCLE, FRESH, 10.0)

    assert pytest.approx(600.0 / life.average_a.high) == life.life_s.low
    assert pytest.approx(792.0 / life.average_a.low) == life.life_s.high
    assert pytest.approx(19.731e-6 * 0.8, rel=1e-4) == life.average_a.low


@pytest.mark.parametrize("percent", [1.0, 35.0])
def test_self_discharge_takes_its_share_of_what_is_left_every_day(percent):
    """Against a count of days: each loses the load and its share of the remaining charge."""
    charge = replace(FRESH, decay_hz=-math.log1p(-percent / 100) / YEAR_S)
    left_c, days = 792.0, 0
    while left_c > 792.0 - 712.8:
        left_c = left_c * (1 - percent / 100) ** (1 / 365.25) - 3.25e-6 * 86_400
        days += 1

    life = life_at(replace(CYCLE, sleep_a=exactly(3.25e-6), inference_j=exactly(1e-12)), charge, 1e9)

    assert pytest.approx(days * 86_400, rel=2e-3) == life.life_s.value


def test_on_a_shelf_it_lasts_until_self_discharge_has_taken_the_usable_part():
    """0.65^t = 0.1 after 5.35 years; without self-discharge, or with all of it usable, for ever."""
    nimh = replace(FRESH, decay_hz=-math.log(0.65) / YEAR_S)

    assert pytest.approx(5.345 * YEAR_S, rel=1e-3) == shelf_life(nimh)
    assert shelf_life(FRESH) is None
    assert shelf_life(replace(nimh, usable_c=exactly(792.0))) is None


@pytest.mark.parametrize(
    ("cycle", "charge", "basis"),
    [
        (CYCLE, CELL, "datasheet"),
        (replace(CYCLE, sleep_a=band(3e-6, "assumed")), CELL, "assumed"),
        (replace(CYCLE, inference_j=band(5e-4, "derived")), CELL, "derived"),
        (CYCLE, replace(CELL, usable_c=replace(CELL.usable_c, basis="derived")), "derived"),
        (CYCLE, replace(CELL, decay_basis="assumed"), "assumed"),
        (CYCLE, replace(FRESH, decay_basis="assumed"), "datasheet"),
        (replace(CYCLE, board_a=1e-6), CELL, "assumed"),
    ],
)
def test_the_basis_of_the_life_is_the_weakest_of_what_draws_current(cycle, charge, basis):
    assert basis == life_at(cycle, charge, 10.0).life_s.basis


def test_the_published_streaming_wake_word_is_predicted_from_two_datasheet_currents():
    """Two states, STM32U575 at 160 MHz, 1.8 V, SMPS.

    Measured: MLPerf Tiny v1.3, mlcommons/tiny_results_v1.3 at cd605ea0, closed/STMicroelectronics/results/
    NUCLEO_U575ZI_Q/sww/energy/results.txt: 13.7996 J in 1202.67 s (11.47 mW), duty cycle 0.36346, period 32.071 ms.
    Currents: STM32U5x5 datasheet table 44 (CoreMark, 10.5 mA) and table 46 (sleep, 3.5 mA).
    """
    supply_v, period_s, duty = 1.8, 0.032071, 0.36346
    active_s = duty * period_s
    cycle = Cycle(
        exactly(supply_v * 0.0105 * active_s), active_s, exactly(0.0), 0.0, exactly(0.0035), 1.8, 1.8
    )

    predicted_w = supply_v * life_at(cycle, Charge(exactly(1000.0), 1000.0), period_s).average_a.value

    measured_w = 13.799576167 / 1202.67
    assert pytest.approx(10.88e-3, abs=0.005e-3) == predicted_w
    assert pytest.approx(-0.05, abs=0.005) == predicted_w / measured_w - 1


def test_the_energy_of_many_intervals_is_that_of_one_times_their_number():
    """1000 intervals of 10 s: their energies at the supply are the average power over 10 000 s."""
    once_j = sum(each.energy_j.value for each in shares_of(CYCLE, CELL, 10.0) if each.energy_j)

    assert pytest.approx(1000 * once_j) == life_at(CYCLE, FRESH, 10.0).average_a.value * 3.0 * 10_000


@given(st.floats(0.00642, 1e7), st.floats(1.0001, 100.0))
def test_a_shorter_interval_never_gives_a_longer_life(interval_s, factor):
    often, seldom = life_at(CYCLE, CELL, interval_s), life_at(CYCLE, CELL, interval_s * factor)

    assert often.life_s.value < seldom.life_s.value
    assert often.life_s.low < seldom.life_s.low
    assert often.life_s.high < seldom.life_s.high


@given(st.floats(0.01, 1e6), st.floats(0.0, 1e-3), st.floats(0.0, 1e-4))
def test_the_shares_sum_to_one_and_are_those_of_the_currents(interval_s, sensor_j, board_a):
    cycle = replace(CYCLE, sensor_j=sensor_j, board_a=board_a)
    shares = shares_of(cycle, CELL, interval_s)

    assert pytest.approx(1.0) == sum(each.share_ratio for each in shares)
    total_a = life_at(cycle, CELL, interval_s).average_a.value
    for each in shares:
        assert pytest.approx(each.share_ratio * total_a) == each.current_a.value


@given(st.sampled_from((0.5, 0.1, 0.9)), st.floats(0.0, 1e-6), st.floats(0.0, 1e-5))
def test_at_the_crossing_inference_and_wake_up_take_the_share_that_it_is_for(share_ratio, sensor_j, board_a):
    cycle = replace(CYCLE, sensor_j=sensor_j, board_a=board_a)
    interval_s = crossing_at(cycle, CELL, share_ratio).interval_s

    assert interval_s is not None
    assert interval_s > cycle.awake_s
    assert pytest.approx(share_ratio) == share(cycle, CELL, interval_s)


def test_a_sensor_that_takes_more_than_the_inference_leaves_it_below_half_at_every_interval():
    cycle = replace(CYCLE, sensor_j=600e-6)

    assert cycle.awake_s == crossing_at(cycle, CELL, 0.5).interval_s
    assert share(cycle, CELL, cycle.awake_s) < 0.5


def test_inference_matters_at_every_interval_where_nothing_else_draws_current():
    cycle = replace(CYCLE, sleep_a=exactly(0.0))

    assert crossing_at(cycle, FRESH, 0.5).interval_s is None
    assert sleep_only_life(cycle, FRESH) is None
    assert share(cycle, FRESH, 1e6) == 1.0


def test_ever_longer_intervals_approach_the_life_without_inferences():
    for charge in (FRESH, CELL):
        longest = sleep_only_life(CYCLE, charge)

        assert longest is not None
        assert pytest.approx(longest.value, rel=1e-5) == life_at(CYCLE, charge, 1e8).life_s.value
        assert life_at(CYCLE, charge, 1e8).life_s.value < longest.value
        assert longest.value <= 712.8 / 3e-6


def test_a_switching_regulator_draws_power_over_efficiency_from_the_battery():
    """1.8 V behind 90 % from 3.7 V: the current out of the battery is 1.8 / (0.9 x 3.7) of the chip's."""
    behind = replace(CYCLE, supply_v=1.8, battery_v=0.9 * 3.7)
    direct = replace(CYCLE, supply_v=1.8, battery_v=1.8)
    ratio = 1.8 / (0.9 * 3.7)

    assert (
        pytest.approx(ratio * life_at(direct, FRESH, 1.0).average_a.value)
        == life_at(behind, FRESH, 1.0).average_a.value
    )


def test_an_interval_that_is_shorter_than_the_inference_is_refused_with_both_numbers():
    assert life_at(CYCLE, CELL, CYCLE.awake_s).interval_s == CYCLE.awake_s

    with pytest.raises(UsageError, match=r"every 5\.00 ms is more than the chip can do") as error:
        life_at(CYCLE, CELL, 5e-3)
    assert "6.40 ms" in error.value.why
    assert "128%" in error.value.why


def test_a_battery_that_one_inference_empties_is_refused_with_both_numbers():
    """502 µJ at 3 V are 167.3 µC, 46.5 nAh."""
    check_battery(CYCLE, Charge(exactly(168e-6), 168e-6))

    with pytest.raises(UsageError, match="smaller than one inference") as error:
        check_battery(CYCLE, Charge(exactly(167e-6), 167e-6))
    assert "46.5 nAh" in error.value.why
    assert "46.4 nAh" in error.value.why


def test_a_current_that_may_be_nothing_has_no_longest_life():
    cycle = replace(
        CYCLE, inference_j=Band(1e-4, 0.0, 2e-4, "assumed"), sleep_a=exactly(0.0), wake_j=exactly(0.0)
    )

    with pytest.raises(UsageError, match="may be 0"):
        life_at(cycle, FRESH, 1.0)


@given(st.floats(1e-5, 1e4), st.floats(1.0, 1e6))
def test_the_curve_has_the_asked_for_interval_and_only_possible_ones(awake_s, factor):
    interval_s = awake_s * factor
    intervals_s = curve_intervals(awake_s, interval_s)
    cycle = replace(CYCLE, inference_s=awake_s, wake_s=0.0)
    rows = curve_of(cycle, CELL, intervals_s)

    assert interval_s in {row.interval_s for row in rows}
    assert awake_s == rows[0].interval_s
    assert [row.interval_s for row in rows] == sorted({row.interval_s for row in rows})
    assert all(math.isfinite(row.life_s.high) for row in rows)
