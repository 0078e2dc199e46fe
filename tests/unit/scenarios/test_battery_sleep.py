"""What is assumed between inferences: the user's word, then what the firmware did, then the deepest stop mode."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.errors import UnknownNameError, UsageError
from mcusim.power.schema import Activity, CurrentPoint, Execution, WakeUp
from mcusim.provenance import Basis, Provenance
from mcusim.report.quantity import Band
from mcusim.report.report import CurrentUse, EnergyBasis
from mcusim.scenarios.battery_sleep import SleepWish, sleep_of, wake_up_of

HERE = Provenance(Basis.DATASHEET, "the test's table")
MHZ = 1_000_000


def use(activity: str, time_s: float, current_a: float, mode: str = "") -> CurrentUse:
    current = Band(current_a, current_a, current_a, "datasheet")
    energy = Band(3 * current_a * time_s, 3 * current_a * time_s, 3 * current_a * time_s, "datasheet")
    return CurrentUse(activity, "any", 160 * MHZ, 0, current, energy, f"row {activity}", time_s, mode)


RUNNING = use("run", 0.01, 0.020)


def energy_of(*states: CurrentUse, inside: tuple[CurrentUse, ...] = ()) -> EnergyBasis:
    return EnergyBasis("chip_a", 3.0, "", (RUNNING, *inside), (), states=(RUNNING, *inside, *states))


@pytest.fixture
def model(power_model):
    """Two stop modes and standby, as datasheets have them."""

    def idle(activity: Activity, mode: str, current_a: float) -> CurrentPoint:
        return CurrentPoint(activity, Execution.ANY, 0, 3.0, current_a, HERE, 1.0, 0.8, 1.5, mode=mode)

    points = [
        replace(each, mode="sleep") if each.activity is Activity.SLEEP else each
        for each in power_model.points
    ]
    points = [each for each in points if each.activity is not Activity.STOP]
    points += [
        idle(Activity.STOP, "stop0", 100e-6),
        idle(Activity.STOP, "stop2", 3e-6),
        idle(Activity.STANDBY, "standby", 0.3e-6),
    ]
    wake_ups = (
        WakeUp("stop0", 5e-6, HERE),
        WakeUp("stop2", 10e-6, HERE, current_a=0.004),
    )
    return replace(power_model, points=tuple(points), wake_ups=wake_ups)


def chosen(model, energy, mode=None, current_a=None):
    return sleep_of(model, energy, 25.0, SleepWish(mode, current_a))


def test_without_a_word_the_deepest_mode_that_keeps_ram_is_assumed(model):
    """Standby draws less, but its memory is gone."""
    sleep = chosen(model, energy_of())

    assert ("stop2", "stop", "assumed") == (sleep.mode, sleep.activity, sleep.chosen_by)
    assert pytest.approx((3e-6, 2.4e-6, 4.5e-6)) == (
        sleep.current_a.value,
        sleep.current_a.low,
        sleep.current_a.high,
    )
    assert sleep.source == "the test's table"


def test_a_chip_that_needs_no_more_than_wfi_to_sleep_deeply_has_no_stop_mode(model):
    """As nRF52 and nRF53: below a hundredth of the run current, here 200 µA, sleep is as good as stop."""
    awake = tuple(each for each in model.points if each.activity is Activity.RUN)
    idle = CurrentPoint(Activity.SLEEP, Execution.ANY, 0, 3.0, 2e-6, HERE, mode="system-on-idle")

    sleep = chosen(replace(model, points=(*awake, idle)), energy_of())

    assert ("system-on-idle", "assumed") == (sleep.mode, sleep.chosen_by)
    with pytest.raises(UsageError, match="no current for deep sleep"):
        chosen(replace(model, points=(*awake, replace(idle, current_a=250e-6))), energy_of())


def test_what_the_firmware_did_between_inferences_comes_first(model):
    stopped, dozed = use("stop", 0.2, 90e-6, "stop0"), use("sleep", 0.1, 0.005)

    sleep = chosen(model, energy_of(stopped, dozed))

    assert ("stop0", "firmware", 90e-6) == (sleep.mode, sleep.chosen_by, sleep.current_a.value)


def test_sleep_within_the_inference_and_short_pauses_are_not_what_happens_in_between(model):
    waits_for_dma = use("sleep", 0.2, 0.005, "sleep")
    a_pause = use("stop", 0.00005, 90e-6, "stop0")

    assert chosen(model, energy_of(inside=(waits_for_dma,))).chosen_by == "assumed"
    assert chosen(model, energy_of(a_pause)).mode == "stop2"


@pytest.mark.parametrize(
    ("word", "mode", "activity"),
    [
        ("stop0", "stop0", "stop"),
        ("stop", "stop2", "stop"),
        ("standby", "standby", "standby"),
        ("sleep", "sleep", "sleep"),
    ],
)
def test_a_mode_or_a_kind_of_mode_can_be_asked_for(model, word, mode, activity):
    sleep = chosen(model, energy_of(use("stop", 1.0, 90e-6, "stop0")), word)

    assert (mode, activity, "option") == (sleep.mode, sleep.activity, sleep.chosen_by)


def test_not_sleeping_at_all_draws_the_run_current(model):
    sleep = chosen(model, energy_of(), "run")

    assert ("run", 0.020, "row run") == (sleep.activity, sleep.current_a.value, sleep.source)


def test_the_users_own_current_wins_and_keeps_the_modes_wake_up(model):
    sleep = chosen(model, energy_of(), "stop2", 7e-6)

    assert (7e-6, "assumed", "--sleep-current") == (
        sleep.current_a.value,
        sleep.current_a.basis,
        sleep.source,
    )
    assert wake_up_of(model, sleep, energy_of()).duration_s == 10e-6


def test_an_unknown_mode_gets_the_known_ones(model):
    with pytest.raises(UnknownNameError, match="no sleep mode called 'stop3'") as error:
        chosen(model, energy_of(), "stop3")

    assert "stop2" in error.value.fix
    assert "--sleep-current" in error.value.fix


@pytest.mark.parametrize("mode", [None, "stop"])
def test_a_model_without_a_deep_sleep_current_is_refused_with_what_to_add(model, mode):
    shallow = replace(
        model, points=tuple(each for each in model.points if each.activity is not Activity.STOP)
    )

    with pytest.raises(UsageError, match="the power model has no current for") as error:
        chosen(shallow, energy_of(), mode)
    assert "--sleep-current 2uA" in error.value.fix
    assert "--sleep sleep" in error.value.fix


def test_a_stand_in_for_the_firmwares_sleep_mode_is_not_used(model):
    """The report charges a mode without rows as the next more active one: an upper limit, useless for a battery."""
    shallow = replace(
        model, points=tuple(each for each in model.points if each.activity is not Activity.STOP)
    )

    with pytest.raises(UsageError, match="no current for stop1"):
        chosen(shallow, energy_of(use("stop", 1.0, 0.005, "stop1")))


def test_waking_up_takes_its_current_or_the_run_current_for_its_time(model):
    """3 V x 4 mA x 10 µs = 120 nJ; stop0 has no current of its own: 3 V x 20 mA x 5 µs = 300 nJ."""
    own = wake_up_of(model, chosen(model, energy_of(), "stop2"), energy_of())
    stand_in = wake_up_of(model, chosen(model, energy_of(), "stop0"), energy_of())
    unknown = wake_up_of(model, chosen(model, energy_of(), "standby"), energy_of())

    assert pytest.approx(120e-9) == own.energy_j.value
    assert pytest.approx(300e-9) == stand_in.energy_j.value
    assert (0.0, 0.0, "") == (unknown.duration_s, unknown.energy_j.value, unknown.source)


def test_the_energy_of_waking_up_is_known_no_better_than_its_duration(model):
    """The current is the datasheet's, the time a guess."""
    guessed = tuple(replace(each, provenance=Provenance(Basis.ASSUMED, "a guess")) for each in model.wake_ups)
    sleep = chosen(model, energy_of(), "stop0")

    assert "datasheet" == wake_up_of(model, sleep, energy_of()).energy_j.basis
    assert "assumed" == wake_up_of(replace(model, wake_ups=guessed), sleep, energy_of()).energy_j.basis
