"""The current of a state and the energy of a run follow the table, and say so where they cannot."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcusim.power.energy import current_estimate, energy_of
from mcusim.power.load import load_power_model, power_model_names
from mcusim.power.schema import Activity, Conditions, Estimate, Execution, PowerState, Workload
from mcusim.provenance import Basis

MHZ = 1_000_000
MODELS = {name: load_power_model(name) for name in power_model_names()}
F446 = MODELS["stm32f446re"]
L4R5 = MODELS["stm32l4r5zi"]
NRF52 = MODELS["nrf52840"]


def _current(model, state, supply_v=3.3, temp_c=25.0):
    return current_estimate(model, state, Conditions(supply_v, temp_c))


def _at(activity, execution, clock_hz):
    return PowerState(activity, execution, clock_hz)


ACTIVITIES = st.sampled_from(list(Activity))
EXECUTIONS = st.sampled_from(list(Execution))
CLOCKS = st.integers(10_000, 400 * MHZ)
SUPPLIES = st.floats(1.7, 3.6)
STATES = st.lists(
    st.tuples(st.builds(PowerState, ACTIVITIES, EXECUTIONS, CLOCKS), st.floats(0, 1000)), max_size=6
)
ANY_MODEL = st.sampled_from(list(MODELS.values()))


def _state_of(point):
    """The state that a row is about."""
    return PowerState(
        activity=point.activity,
        execution=point.execution,
        clock_hz=point.clock_hz or 1 * MHZ,
        mode=point.mode,
        regulator=point.regulator,
        voltage_range=point.voltage_range,
    )


def _is_superseded(point, model):
    """Another row of the same state, clock, supply and temperature was measured during inference."""
    return point.workload is Workload.BENCHMARK and any(
        each.workload is Workload.INFERENCE
        and {each.execution, point.execution} <= {point.execution, Execution.ANY}
        and each.voltage_range in ("", point.voltage_range)
        and (each.regulator, each.clock_hz, each.temp_c) == (point.regulator, point.clock_hz, point.temp_c)
        and (point.regulator == "ldo" or each.supply_v == point.supply_v)
        for each in model.points
    )


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_table_is_exact_at_its_points(name):
    model = MODELS[name]
    points = [point for point in model.points if not _is_superseded(point, model)]
    assert len(points) > 0.5 * len(model.points)
    for point in points:
        found = _current(model, _state_of(point), point.supply_v, point.temp_c)

        assert found.value_a == point.current_a * point.scale_ratio, point
        assert found.low_a == point.current_a * point.low_ratio
        assert found.high_a == point.current_a * point.high_ratio
        assert found.sources == (point.provenance.source,)
        if point.voltage_range or not model.voltage_ranges:
            assert found.note == ""


@pytest.mark.parametrize(
    ("execution", "clock_mhz", "table_ma"),
    [
        (Execution.FLASH_PREFETCH, 180, 46.0),  # DS10693 Rev 9, table 24
        (Execution.FLASH, 180, 32.0),  # table 23
        (Execution.RAM, 180, 32.0),  # table 23, "or SRAM1"
        (Execution.FLASH_UNCACHED, 180, 41.0),  # table 25
        (Execution.FLASH_PREFETCH, 16, 5.0),  # table 24
        (Execution.FLASH, 105, 16.0),  # half way between 90 MHz 14 mA and 120 MHz 18 mA, table 23
        (Execution.FLASH_PREFETCH, 170, 43.75),  # 168 MHz 43 mA, 180 MHz 46 mA: a sixth of the way
    ],
)
def test_inference_on_an_f446_draws_the_datasheet_current_times_1_15(execution, clock_mhz, table_ma):
    """1.15 (0.87 to 1.44): MLPerf Tiny inference over CoreMark on STM32U575 and EFR32MG24."""
    scale = "scale1" if clock_mhz > 144 else "scale3"  # the datasheet's own choice in these tables
    state = replace(_at(Activity.RUN, execution, clock_mhz * MHZ), voltage_range=scale)
    found = _current(F446, state, 3.3)
    expected = table_ma if clock_mhz != 170 else 43 + 3 * 2 / 12

    assert found.value_a == pytest.approx(1.15e-3 * expected)
    assert found.low_a == pytest.approx(0.87e-3 * expected)
    assert found.high_a == pytest.approx(1.44e-3 * expected)
    assert found.basis is Basis.DERIVED


def test_sleep_is_not_scaled_for_inference():
    """DS10693 Rev 9, table 26: 11.36 mA in sleep at 180 MHz."""
    found = _current(F446, _at(Activity.SLEEP, Execution.ANY, 180 * MHZ), 3.3)

    assert found.value_a == pytest.approx(11.36e-3)
    assert found.basis is Basis.DATASHEET


def test_a_current_measured_during_inference_keeps_its_basis_and_its_range():
    """MLPerf Tiny, 43 results of the STM32L4R5 at 120 MHz: mean 25.67 mA, and a band of 0.80 to 1.25 of it."""
    found = _current(L4R5, _at(Activity.RUN, Execution.FLASH_PREFETCH, 120 * MHZ), 3.3)

    assert found.value_a == pytest.approx(25.67e-3)
    assert found.low_a == pytest.approx(0.80 * 25.67e-3)
    assert found.high_a == pytest.approx(1.25 * 25.67e-3)
    assert found.basis is Basis.MEASURED


@pytest.mark.parametrize(
    ("task", "measured_j", "latency_s"),
    [
        # MLPerf Tiny v0.5, closed/reference/results/Nucleo-L4R5ZI at 120 MHz and 1.8 V: its energy run
        ("ad", 416.312e-6, 10.4e-3),
        ("ic", 29207.01e-6, 704.2254e-3),
        ("kws", 7373.704e-6, 180.538e-3),
        ("vww", 24312.648e-6, 603.1363e-3),
    ],
)
def test_the_energy_of_a_measured_latency_brackets_the_measured_energy(task, measured_j, latency_s):
    """Not independent: these four results are among the 43 that the current is the mean of."""
    states = [(_at(Activity.RUN, Execution.FLASH, 120 * MHZ), latency_s)]
    found = energy_of(L4R5, states, Conditions(1.8))

    assert found.low < measured_j < found.high
    assert found.value == pytest.approx(measured_j, rel=0.17)  # p90 of "board mean from other submissions"


def test_an_ldo_draws_the_same_current_at_every_supply():
    """MLPerf Tiny v1.0: one STM32L4R5 image drew 23.3 mA at 3.0 V and 23.7 mA at 1.8 V."""
    at_low, at_high = (
        _current(L4R5, _at(Activity.RUN, Execution.FLASH, 120 * MHZ), supply_v) for supply_v in (1.8, 3.0)
    )

    assert at_low == at_high


def test_a_switching_regulator_keeps_its_power_and_says_so():
    """3.3 mA at 3.0 V is the row; the same power at 3.3 V is 3.0 mA."""
    state = replace(_at(Activity.RUN, Execution.FLASH, 64 * MHZ), regulator="smps")
    at_row, elsewhere = (_current(NRF52, state, supply_v) for supply_v in (3.0, 3.3))

    assert at_row.note == ""
    assert elsewhere.value_a * 3.3 == pytest.approx(at_row.value_a * 3.0)
    assert elsewhere.low_a / elsewhere.value_a < at_row.low_a / at_row.value_a
    assert elsewhere.high_a / elsewhere.value_a > at_row.high_a / at_row.value_a
    assert "no current at 3.3 V" in elsewhere.note
    assert elsewhere.basis is Basis.ASSUMED


@pytest.mark.parametrize(("clock_mhz", "nearest_mhz"), [(1, 2), (200, 180)])
def test_a_clock_beyond_the_table_scales_from_the_nearest_point_and_says_so(clock_mhz, nearest_mhz):
    nearest = _current(F446, _at(Activity.RUN, Execution.FLASH, nearest_mhz * MHZ), 3.3)
    found = _current(F446, _at(Activity.RUN, Execution.FLASH, clock_mhz * MHZ), 3.3)

    assert found.value_a == pytest.approx(nearest.value_a * clock_mhz / nearest_mhz)
    assert found.low_a / found.value_a < nearest.low_a / nearest.value_a
    assert found.high_a / found.value_a > nearest.high_a / nearest.value_a
    assert found.basis is Basis.ASSUMED
    assert f"scaled with the clock from {nearest_mhz} MHz" in found.note


@pytest.mark.parametrize("kept_mhz", [180, 2])
@pytest.mark.parametrize("execution", [Execution.FLASH, Execution.FLASH_PREFETCH, Execution.FLASH_UNCACHED])
def test_the_band_beyond_a_table_contains_what_the_rest_of_the_table_says(execution, kept_mhz):
    """Keep one end of each F446 table, ask for its other clocks: the thrown-away currents lie in the band."""
    rows = [p for p in F446.points if p.activity is Activity.RUN and p.execution is execution]
    kept = min(rows, key=lambda p: abs(p.clock_hz - kept_mhz * MHZ))
    shortened = replace(F446, points=(kept,))
    for point in rows:
        found = _current(shortened, _at(Activity.RUN, execution, point.clock_hz), 3.3)

        assert found.low_a <= point.current_a * point.scale_ratio <= found.high_a


def test_an_execution_that_the_model_does_not_know_widens_the_band_and_says_so():
    """The MK64FN1M0 model has currents from flash only."""
    model = MODELS["mk64fn1m0"]
    known = _current(model, _at(Activity.RUN, Execution.FLASH, 120 * MHZ), 3.0)
    found = _current(model, _at(Activity.RUN, Execution.RAM, 120 * MHZ), 3.0)

    assert found.value_a == known.value_a
    assert found.low_a < known.low_a
    assert found.high_a > known.high_a
    assert "no current for execution 'ram' in the model: 'flash' is used" in found.note
    assert found.basis is Basis.ASSUMED


def test_a_state_that_the_model_does_not_know_is_limited_by_the_next_more_active_one():
    """The STM32H563 model has no stop current."""
    model = MODELS["stm32h563zi"]
    sleep = _current(model, _at(Activity.SLEEP, Execution.ANY, 64 * MHZ), 3.3)
    stop = _current(model, _at(Activity.STOP, Execution.ANY, 64 * MHZ), 3.3)

    assert stop.low_a == 0
    assert stop.high_a == sleep.high_a
    assert "upper limit" in stop.note
    assert stop.basis is Basis.ASSUMED


def test_a_supply_outside_the_chip_s_range_is_noted():
    found = _current(F446, _at(Activity.RUN, Execution.FLASH, 180 * MHZ), 5.0)

    assert "5 V is outside the chip's supply range 1.7 to 3.6 V" in found.note
    assert found.basis is Basis.ASSUMED


def test_energy_is_voltage_times_current_times_time():
    """1 s of inference with prefetch, 2 s of sleep: 3.3 V x (1.15 x 46 mA x 1 s + 11.36 mA x 2 s)."""
    run = _at(Activity.RUN, Execution.FLASH_PREFETCH, 180 * MHZ)
    sleep = _at(Activity.SLEEP, Execution.ANY, 180 * MHZ)
    found = energy_of(F446, [(run, 1.0), (sleep, 2.0)], Conditions(3.3))

    assert found.value == pytest.approx(3.3 * (1.15 * 0.046 + 2 * 0.01136))
    assert found.basis == "derived"


def test_no_time_is_no_energy():
    assert energy_of(F446, [], Conditions(3.3)) == Estimate(0.0, 0.0, 0.0, "measured")


def test_a_state_that_took_no_time_does_not_weaken_the_basis():
    measured = (_at(Activity.RUN, Execution.FLASH, 120 * MHZ), 1.0)
    unused = (_at(Activity.STOP, Execution.ANY, 120 * MHZ), 0.0)

    assert energy_of(L4R5, [measured, unused], Conditions(1.8)).basis == "measured"


@given(ANY_MODEL, STATES, STATES, SUPPLIES)
def test_the_energy_of_two_runs_in_a_row_is_the_sum(model, first, second, supply_v):
    """For the value and both ends of the band."""
    conditions = Conditions(supply_v)
    one, two = energy_of(model, first, conditions), energy_of(model, second, conditions)
    both = energy_of(model, first + second, conditions)

    assert both.value == pytest.approx(one.value + two.value, rel=1e-9)
    assert both.low == pytest.approx(one.low + two.low, rel=1e-9)
    assert both.high == pytest.approx(one.high + two.high, rel=1e-9)
    order = [basis.value for basis in Basis]
    assert both.basis == max(one.basis, two.basis, key=order.index)


@given(ANY_MODEL, STATES, st.floats(1, 100), SUPPLIES)
def test_energy_is_proportional_to_time(model, states, factor, supply_v):
    longer = [(state, duration_s * factor) for state, duration_s in states]
    conditions = Conditions(supply_v)

    assert energy_of(model, longer, conditions).value == pytest.approx(
        factor * energy_of(model, states, conditions).value, rel=1e-9
    )


ANY_STATE = st.builds(
    PowerState,
    ACTIVITIES,
    EXECUTIONS,
    CLOCKS,
    st.sampled_from(["", "stop", "stop2", "stop-lpr", "standby", "deep-sleep"]),
    st.sampled_from(["", "ldo", "smps"]),
    st.sampled_from(["", "range1", "range4", "vos1", "vos3"]),
)


def _is_between(value, others):
    return min(others) - 1e-9 <= value <= max(others) + 1e-9


def _is_on_the_table(model, state, conditions):
    """Rows of the very state reach around clock, supply and temperature: nothing has to be guessed."""
    rows = [
        each
        for each in model.points
        if each.activity is state.activity
        and each.mode == ("" if state.activity is Activity.RUN else state.mode)
        and each.regulator == (state.regulator or model.regulator)
        and (state.activity is not Activity.RUN or each.execution in (state.execution, Execution.ANY))
        and each.voltage_range in ("", state.voltage_range)
    ]
    if not rows:
        return False
    clocks = [each.clock_hz for each in rows]
    return (
        (0 in clocks or _is_between(state.clock_hz, clocks))
        and _is_between(conditions.temp_c, [each.temp_c for each in rows])
        and (rows[0].regulator == "ldo" or _is_between(conditions.supply_v, [e.supply_v for e in rows]))
        and _is_between(conditions.supply_v, [model.min_supply_v, model.max_supply_v])
    )


def _completed(model, state):
    """With what can only be one thing: the mode of plain sleep, the one voltage range that allows the clock."""
    modes = {each.mode for each in model.points if each.activity is state.activity}
    mode, ranges = state.mode, [e.name for e in model.voltage_ranges if e.max_clock_hz >= state.clock_hz]
    if not mode and state.activity is not Activity.RUN:
        is_only = state.activity is Activity.SLEEP and len(modes) == 1
        mode = next(iter(modes)) if is_only else state.activity.value
    only_range = ranges[0] if len(ranges) == 1 else ""
    return replace(state, mode=mode, voltage_range=state.voltage_range or only_range)


def _is_published_wake_up(model, state):
    return state.activity is Activity.WAKE_UP and any(
        each.mode == state.mode and each.current_a is not None for each in model.wake_ups
    )


@given(ANY_MODEL, ANY_STATE, st.floats(1.0, 5.5), st.sampled_from([25.0, -20.0, 60.0, 85.0]))
def test_nothing_is_extrapolated_in_silence(model, state, supply_v, temp_c):
    conditions = Conditions(supply_v, temp_c)
    found = current_estimate(model, state, conditions)

    assert 0 <= found.low_a <= found.value_a <= found.high_a
    assert found.sources
    assert found.basis is Basis.ASSUMED or not found.note
    is_known = _is_published_wake_up(model, state)
    if not is_known and not _is_on_the_table(model, _completed(model, state), conditions):
        assert found.note
        assert found.basis is Basis.ASSUMED


@given(EXECUTIONS, st.integers(2 * MHZ, 180 * MHZ), st.integers(2 * MHZ, 180 * MHZ))
def test_inside_the_f446_table_a_higher_clock_draws_more(execution, one_hz, other_hz):
    """Linear interpolation keeps the table's order."""
    slow_hz, fast_hz = sorted((max(one_hz, 16 * MHZ), max(other_hz, 16 * MHZ)))
    slow = _current(F446, _at(Activity.RUN, execution, slow_hz), 3.3)
    fast = _current(F446, _at(Activity.RUN, execution, fast_hz), 3.3)

    assert slow.value_a <= fast.value_a
