"""Every axis of a power model: exact where a row holds, the nearest row with a note and a wider band elsewhere."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from mcusim.errors import UsageError
from mcusim.power.check import check_chip, check_conditions
from mcusim.power.departure import Reading, on_exponential
from mcusim.power.energy import current_estimate, energy_of_currents, sleep_current
from mcusim.power.load import load_power_model, power_model_names
from mcusim.power.schema import Activity, Conditions, Execution, PowerState
from mcusim.provenance import Basis, Provenance

MHZ = 1_000_000

MODEL = """
name = "mine"
chips = ["chip_a"]
regulator = "ldo"
covers = "the chip"
[supply]
min_supply_v = 1.7
max_supply_v = 3.6
basis = "datasheet"
source = "range"
[temperature]
min_temp_c = -40
max_temp_c = 105
basis = "datasheet"
source = "temperatures"
[[voltage_range]]
name = "range2"
max_clock_mhz = 26
basis = "datasheet"
source = "ranges"
[[voltage_range]]
name = "range1"
max_clock_mhz = 100
basis = "datasheet"
source = "ranges"
[inference_scale]
ratio = 1.1
low_ratio = 0.9
high_ratio = 1.3
basis = "derived"
source = "scale"
[idle_band]
low_ratio = 0.8
high_ratio = 1.5
basis = "assumed"
source = "idle"
[[current]]
activity = "run"
voltage_range = "range1"
supply_v = 3.0
basis = "datasheet"
source = "run range1"
points = [{ clock_mhz = 20, current_ma = 3 }, { clock_mhz = 60, current_ma = 8 }, { clock_mhz = 100, current_ma = 13 }]
[[current]]
activity = "run"
voltage_range = "range2"
supply_v = 3.0
basis = "datasheet"
source = "run range2"
points = [{ clock_mhz = 10, current_ma = 1.2 }, { clock_mhz = 26, current_ma = 3.0 }]
[[current]]
activity = "run"
execution = ["flash"]
voltage_range = "range1"
workload = "inference"
low_ratio = 0.95
high_ratio = 1.05
supply_v = 3.0
basis = "measured"
source = "inference"
points = [{ clock_mhz = 100, current_ma = 12 }]
[[current]]
activity = "run"
regulator = "smps"
supply_v = 1.8
basis = "datasheet"
source = "smps 1.8"
points = [{ clock_mhz = 100, current_ma = 10 }]
[[current]]
activity = "run"
regulator = "smps"
supply_v = 3.0
basis = "datasheet"
source = "smps 3.0"
points = [{ clock_mhz = 100, current_ma = 6.6 }]
[[current]]
activity = "sleep"
supply_v = 3.0
basis = "datasheet"
source = "sleep"
points = [{ clock_mhz = 20, current_ma = 1 }, { clock_mhz = 100, current_ma = 4 }]
[[current]]
activity = "stop"
mode = "stop1"
supply_v = 3.0
basis = "datasheet"
source = "stop1"
points = [{ current_ma = 0.1 }]
[[current]]
activity = "stop"
mode = "stop1"
supply_v = 3.0
temp_c = 85
basis = "datasheet"
source = "stop1 hot"
points = [{ current_ma = 0.9 }]
[[current]]
activity = "stop"
mode = "stop2"
supply_v = 3.0
basis = "datasheet"
source = "stop2"
points = [{ current_ma = 0.002 }]
[[wake_up]]
mode = "stop2"
duration_us = 5
current_ma = 1.5
basis = "datasheet"
source = "wake"
[[peripheral]]
name = "usart2"
current_ua_per_mhz = 3
basis = "datasheet"
source = "peripherals"
[[peripheral]]
name = "adc1"
current_ua = 1250
basis = "assumed"
source = "adc"
"""


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(MODEL, encoding="utf-8")
    return load_power_model(str(path))


@pytest.fixture
def current(model):
    """The current of a state, by default running from flash at 60 MHz, range 1, 3.0 V, 25 °C."""

    def estimate(supply_v=3.0, temp_c=25.0, model=model, **state):
        base = PowerState(Activity.RUN, Execution.FLASH, 60 * MHZ, voltage_range="range1")
        return current_estimate(model, replace(base, **state), Conditions(supply_v, temp_c))

    return estimate


def asleep(mode="", activity=Activity.STOP):
    return {"activity": activity, "execution": Execution.ANY, "mode": mode, "voltage_range": ""}


def is_assumed(found):
    return found.note != "" and found.basis is Basis.ASSUMED


def test_a_row_measured_on_inference_counts_before_a_benchmark_row_and_is_not_scaled(current):
    found = current(clock_hz=100 * MHZ)

    assert (0.012, 0.0114, 0.0126, Basis.MEASURED, "") == pytest.approx(
        (found.value_a, found.low_a, found.high_a, found.basis, found.note)
    )


def test_a_benchmark_row_is_scaled_to_inference(current):
    """8 mA x 1.1 (0.9 to 1.3)."""
    found = current()

    assert pytest.approx((0.0088, 0.0072, 0.0104)) == (found.value_a, found.low_a, found.high_a)
    assert (Basis.DERIVED, "") == (found.basis, found.note)


def test_a_line_is_drawn_inside_one_voltage_range_only(current):
    """At 20 MHz: 3 mA in range 1; 1.2 + (3.0 - 1.2) x 10/16 mA in range 2."""
    fast, slow = (current(clock_hz=20 * MHZ, voltage_range=each) for each in ("range1", "range2"))

    assert pytest.approx(1.1 * 0.003) == fast.value_a
    assert pytest.approx(1.1 * (0.0012 + 0.0018 * 10 / 16)) == slow.value_a
    assert ("", "") == (fast.note, slow.note)


def test_an_unknown_voltage_range_is_the_slowest_that_allows_the_clock_and_says_so(current):
    found = current(clock_hz=20 * MHZ, voltage_range="")

    assert current(clock_hz=20 * MHZ, voltage_range="range2").value_a == found.value_a
    assert "the core voltage range is not known: 'range2'" in found.note
    assert is_assumed(found)
    assert found.high_a >= current(clock_hz=20 * MHZ).value_a  # if it was range 1 all the same


def test_a_clock_that_one_voltage_range_alone_allows_tells_the_range(current):
    assert current() == current(voltage_range="")


def test_a_voltage_range_that_does_not_allow_the_clock_is_not_believed(current):
    found = current(voltage_range="range2")

    assert current().value_a == found.value_a
    assert "voltage range 'range2' allows 26 MHz, the clock is 60 MHz: 'range1' is used" in found.note
    assert is_assumed(found)


def test_a_clock_beyond_all_voltage_ranges_is_scaled_in_the_fastest(current):
    found = current(clock_hz=200 * MHZ)

    assert pytest.approx(0.024) == found.value_a
    assert "no voltage range of the chip allows 200 MHz" in found.note
    assert is_assumed(found)


def test_another_regulator_has_its_own_rows(current):
    found = current(clock_hz=100 * MHZ, regulator="smps")

    assert pytest.approx(1.1 * 0.0066) == found.value_a
    assert ("", "smps") == (found.note, found.regulator)


def test_a_regulator_without_rows_reads_those_of_the_other_one(current):
    """Sleep is given with the LDO; MLPerf Tiny: 11.1 mA with a switching regulator where the LDO took 25.7 mA."""
    found = current(**asleep(activity=Activity.SLEEP), regulator="smps")
    with_ldo = current(**asleep(activity=Activity.SLEEP))

    assert with_ldo.value_a == found.value_a
    assert found.low_a / found.value_a < 11.1 / 25.7
    assert "no sleep current with the SMPS in the model" in found.note
    assert is_assumed(found)


@pytest.mark.parametrize("supply_v", [1.8, 2.0, 2.4, 3.0])
def test_between_two_supplies_of_a_switching_regulator_the_power_is_on_a_line(current, supply_v):
    """18 mW at 1.8 V, 19.8 mW at 3.0 V, each times 1.1."""
    found = current(supply_v, clock_hz=100 * MHZ, regulator="smps")

    assert pytest.approx(1.1 * (0.018 + 0.0018 * (supply_v - 1.8) / 1.2)) == found.value_a * supply_v
    assert (Basis.DERIVED, "") == (found.basis, found.note)


def test_beyond_the_supplies_of_a_switching_regulator_the_power_is_kept(current):
    found = current(3.3, clock_hz=100 * MHZ, regulator="smps")

    assert pytest.approx(1.1 * 0.0198) == found.value_a * 3.3
    assert "the power at 3 V is kept" in found.note
    assert is_assumed(found)


def test_a_sleep_mode_has_its_own_row(current):
    assert pytest.approx(0.1e-3) == current(**asleep("stop1")).value_a
    assert pytest.approx(0.002e-3) == current(**asleep("stop2")).value_a


def test_a_mode_that_the_model_does_not_know_reads_the_one_with_the_nearest_name(current):
    """stop1-lp is like stop1; how much deeper it is nobody says."""
    found = current(**asleep("stop1-lp"))

    assert pytest.approx(0.1e-3) == found.value_a
    assert "no current for mode 'stop1-lp' in the model: 'stop1' is used" in found.note
    assert is_assumed(found)
    assert found.low_a < 0.1 * found.value_a


def test_a_mode_that_nobody_told_is_the_dearest_and_its_band_reaches_down_to_the_cheapest(current):
    found = current(**asleep())

    assert pytest.approx(0.1e-3) == found.value_a
    assert found.low_a <= 0.002e-3
    assert "which stop mode the chip was in is not known" in found.note
    assert is_assumed(found)


def test_between_two_temperatures_the_logarithm_of_the_current_is_on_a_line(current):
    """0.1 mA at 25 °C, 0.9 mA at 85 °C: 0.3 mA half way."""
    assert pytest.approx(0.9e-3) == current(temp_c=85, **asleep("stop1")).value_a
    half_way = current(temp_c=55, **asleep("stop1"))
    assert pytest.approx(0.3e-3) == half_way.value_a
    assert ("stop1", "stop1 hot") == half_way.sources
    assert half_way.note == ""


@pytest.mark.parametrize(
    ("cold", "warm", "temp_c", "printed_ua"),
    [((25, 0.4), (85, 1.6), 55, 0.81), ((85, 1.6), (125, 5.6), 105, 2.9)],
)
def test_the_curve_between_two_temperatures_meets_the_printed_current_between_them(
    cold, warm, temp_c, printed_ua
):
    """STM8L15x, DocID17943 Rev 6, table 26, halt; a straight line would be 23 % off."""
    readings = [Reading(ua, ua, ua, Basis.DATASHEET, ("table 26",)) for _, ua in (cold, warm)]
    share_ratio = (temp_c - cold[0]) / (warm[0] - cold[0])

    assert pytest.approx(printed_ua, rel=0.04) == on_exponential(*readings, share_ratio).value_a


def test_a_stop_current_without_data_at_a_temperature_is_taken_to_leak_more(current):
    """At 85 °C: 1.5 to 50 times the band at 25 °C, 11 times the value."""
    cool = current(**asleep("stop2"))
    found = current(temp_c=85, **asleep("stop2"))

    assert pytest.approx((1.5 * cool.low_a, 50 * cool.high_a)) == (found.low_a, found.high_a)
    assert pytest.approx(11 * cool.value_a) == found.value_a
    assert "no stop current at 85 °C in the model" in found.note
    assert is_assumed(found)


@pytest.mark.parametrize("activity", [Activity.RUN, Activity.SLEEP])
def test_running_and_sleeping_leak_a_share_of_the_highest_current_whatever_the_clock(current, activity):
    """At 85 °C 0.02 to 0.3, in the mean 0.08, of 13 mA x 1.1."""
    state = {} if activity is Activity.RUN else asleep(activity=activity)
    for clock_hz in (20 * MHZ, 100 * MHZ):
        cool = current(clock_hz=clock_hz, **state)
        warm = current(temp_c=85, clock_hz=clock_hz, **state)

        added = (warm.value_a - cool.value_a, warm.low_a - cool.low_a, warm.high_a - cool.high_a)
        assert pytest.approx((0.08 * 0.0143, 0.02 * 0.0143, 0.3 * 0.0143)) == added
        assert f"no {activity.value} current at 85 °C in the model" in warm.note
        assert (
            "1.14 mA (0.286 to 4.29) of leakage added, from 112 currents at 85 °C of EFM32GG11" in warm.note
        )
        assert "112 currents at 85 °C of EFM32GG11, SAM D21, STM32G474 and U575" in warm.sources
        assert is_assumed(warm)


@pytest.mark.parametrize("activity", [Activity.RUN, Activity.SLEEP, Activity.STOP])
def test_the_cold_without_data_lowers_the_end_of_the_band(current, activity):
    state = {} if activity is Activity.RUN else asleep("stop2" if activity is Activity.STOP else "", activity)
    cool, cold = current(**state), current(temp_c=-40, **state)

    assert (cool.value_a, cool.high_a) == (cold.value_a, cold.high_a)
    assert cold.low_a < cool.low_a
    assert is_assumed(cold)


@pytest.mark.parametrize("name", power_model_names())
def test_the_band_at_a_temperature_without_data_holds_what_other_tables_print_there(name):
    """Throw the warm rows of a model away, ask for them: they lie in the band."""
    model = load_power_model(name)
    cool_only = replace(model, points=tuple(each for each in model.points if each.temp_c == 25.0))

    def state_of(point):
        axes = (point.mode, point.regulator, point.voltage_range)
        return PowerState(point.activity, point.execution, point.clock_hz or MHZ, *axes)

    for point in model.points:
        conditions = Conditions(point.supply_v, point.temp_c)
        # Only where the table has the same row at 25 °C: other guesses have bands of their own.
        cool = current_estimate(cool_only, state_of(point), replace(conditions, temp_c=25.0))
        if point.temp_c <= 25.0 or cool.note:
            continue
        found = current_estimate(cool_only, state_of(point), conditions)
        assert found.low_a <= point.current_a * point.scale_ratio <= found.high_a, point


def test_the_published_current_of_waking_up_is_used(current):
    """1.5 mA, with the band of the mode's row."""
    found = current(**asleep("stop2", Activity.WAKE_UP))

    assert pytest.approx((1.5e-3, 1.2e-3, 2.25e-3)) == (found.value_a, found.low_a, found.high_a)
    assert (("wake",), "") == (found.sources, found.note)


def test_waking_up_without_a_published_current_draws_at_most_what_running_does(current):
    found = current(**(asleep("stop1", Activity.WAKE_UP) | {"voltage_range": "range1"}))

    assert current(execution=Execution.ANY).value_a == found.value_a
    assert found.low_a == 0
    assert "no wake-up current in the model" in found.note
    assert is_assumed(found)


IN_SCALE = 1 - 1 / 1.1
"""Share of a scaled benchmark row that inference draws over the benchmark, its firmware's peripherals among it."""


def test_clocked_peripherals_add_to_sleep_what_the_table_says(current):
    """usart2: 3 µA/MHz x 60 MHz; adc1: 1250 µA."""
    sleeping = current(**asleep(activity=Activity.SLEEP), peripherals=("adc1", "tim9", "usart2"))

    assert [("usart2", pytest.approx(180e-6)), ("adc1", pytest.approx(1250e-6))] == list(sleeping.peripherals)
    assert pytest.approx(current(**asleep(activity=Activity.SLEEP)).value_a + 1430e-6) == sleeping.value_a


def test_clocked_peripherals_add_to_benchmark_rows_what_exceeds_the_factor_of_inference(current):
    awake, alone = current(peripherals=("adc1", "tim9", "usart2")), current()
    added_a = 1430e-6 - alone.value_a * IN_SCALE

    assert added_a > 0
    assert pytest.approx(alone.value_a + added_a) == awake.value_a
    assert pytest.approx(added_a) == sum(current_a for _, current_a in awake.peripherals)
    assert pytest.approx(180 / 1250) == awake.peripherals[0][1] / awake.peripherals[1][1]
    assert awake.low_a > alone.low_a
    assert awake.high_a - awake.value_a > alone.high_a - alone.value_a
    assert {"adc", "peripherals"} < set(awake.sources)
    assert awake.basis is Basis.ASSUMED  # adc1's current is
    assert alone == current(peripherals=("usart2",))  # 180 µA are within the factor


def test_measured_inference_had_its_own_peripherals_on(current):
    """Half of the way from the benchmark row at 60 MHz to the inference row at 100 MHz, half of them count."""
    clocked = ("adc1", "usart2")
    assert current(clock_hz=100 * MHZ) == current(clock_hz=100 * MHZ, peripherals=clocked)
    alone, between = current(clock_hz=80 * MHZ), current(clock_hz=80 * MHZ, peripherals=clocked)
    added_a = (1250e-6 + 3e-6 * 80) / 2 - alone.value_a * IN_SCALE / 2
    assert pytest.approx(max(0.0, added_a)) == between.value_a - alone.value_a


def test_in_stop_the_clocks_of_peripherals_stand_still(current):
    assert current(**asleep("stop2")) == current(**asleep("stop2"), peripherals=("usart2",))


def test_tightly_coupled_memory_reads_the_next_likely_row_with_a_note():
    """DS12110 Rev 10 at 400 MHz: 71 mA from ITCM, 105 mA from flash; the F446 has no such memory."""
    found = current_estimate(
        load_power_model("stm32f446re"),
        PowerState(Activity.RUN, Execution.TCM, 180 * MHZ),
        Conditions(3.3),
    )

    assert "no current for execution 'tcm' in the model: 'ram' is used" in found.note
    assert found.low_a / found.value_a < 71 / 105
    assert found.basis is Basis.ASSUMED


def test_the_current_of_a_sleep_mode_is_found_by_its_name(model):
    conditions = Conditions(3.0)

    assert pytest.approx(0.1e-3) == sleep_current(model, "stop1", 0, conditions).value_a
    assert pytest.approx(4e-3) == sleep_current(model, "sleep", 100 * MHZ, conditions).value_a
    with pytest.raises(UsageError, match="no sleep mode 'stop3'") as caught:
        sleep_current(model, "stop3", 0, conditions)
    assert "sleep, stop1, stop2" in caught.value.why


@pytest.mark.parametrize(
    ("supply_v", "temp_c", "what", "why"),
    [
        (5.0, 25.0, "5 V is outside the chip's supply range", "1.7 to 3.6 V"),
        (1.2, 25.0, "1.2 V is outside the chip's supply range", "1.7 to 3.6 V"),
        (3.0, 125.0, "125 °C is outside the chip's temperature range", "-40 to 105 °C"),
        (3.0, -55.0, "-55 °C is outside the chip's temperature range", "-40 to 105 °C"),
    ],
)
def test_conditions_outside_the_part_s_range_are_refused(model, supply_v, temp_c, what, why):
    with pytest.raises(UsageError, match=what) as caught:
        check_conditions(model, Conditions(supply_v, temp_c))

    assert why in caught.value.why
    assert caught.value.fix


def test_a_model_without_a_temperature_range_holds_at_25_degrees_alone(model):
    cool_only = replace(model, temp_provenance=None)

    check_conditions(cool_only, Conditions(3.0, 25.0))
    with pytest.raises(UsageError, match="nothing is known of the current at 85 °C"):
        check_conditions(cool_only, Conditions(3.0, 85.0))


def test_a_model_of_another_chip_is_refused(model):
    check_chip(model, "chip_a")
    with pytest.raises(Exception, match="not for chip 'chip_b'") as caught:
        check_chip(model, "chip_b")
    assert "chip_a" in str(caught.value)


def test_the_order_of_the_states_does_not_change_a_sum(current):
    """Rounded once, at the end."""
    drawn = [(current(clock_hz=each * MHZ), 0.1 * each) for each in (20, 60, 80, 100)]

    assert energy_of_currents(drawn, 3.0) == energy_of_currents(reversed(drawn), 3.0)
    assert math.fsum(3.0 * each.value_a * time_s for each, time_s in drawn) == (
        energy_of_currents(drawn, 3.0).value
    )


def test_a_clock_below_a_range_s_rows_is_bounded_by_the_next_slower_range_that_has_it(current):
    """Range 1 begins at 20 MHz: 3 mA x 1.1 x 10/20, to 3 mA x 1.3; range 2 draws 1.2 mA x 1.3 there, at most 1.33 times
    less than range 1.
    """
    found = current(clock_hz=10 * MHZ)

    assert pytest.approx((1.65e-3, 1.2e-3 * 1.3 * 1.33)) == (found.value_a, found.high_a)
    assert is_assumed(found)
    assert "no run current at 10 MHz in range1: scaled with the clock from 20 MHz" in found.note
    assert "the upper end is range2's there, times 1.33" in found.note


def test_a_clock_that_no_slower_range_has_is_bounded_by_the_nearest_row_alone(current):
    """Range 2 begins at 10 MHz, so at 5 MHz only range 1's own 3 mA x 1.3 are known."""
    found = current(clock_hz=5 * MHZ)

    assert pytest.approx((3e-3 * 1.1 / 4, 3e-3 * 1.3)) == (found.value_a, found.high_a)
    assert "upper end" not in found.note


def test_a_wake_up_is_known_no_better_than_its_duration(model):
    """Without a current of its own it draws the run current: a datasheet's, for an assumed time."""
    (row,) = model.wake_ups
    guessed = replace(row, current_a=None, provenance=Provenance(Basis.ASSUMED, "a guess"))
    state = PowerState(Activity.WAKE_UP, Execution.ANY, 60 * MHZ, "stop2", "ldo", "range1")

    found = current_estimate(replace(model, wake_ups=(guessed,)), state, Conditions(3.0))

    assert found.basis is Basis.ASSUMED
    assert "a guess" in found.sources
    own = current_estimate(model, state, Conditions(3.0))
    assert (1.5e-3, Basis.DATASHEET) == (own.value_a, own.basis)
