"""Finds what the chip does between inferences: the mode that was asked for, the firmware's own, or the deepest stop."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.errors import UsageError, unknown_name
from mcusim.power.energy import current_estimate
from mcusim.power.schema import Activity, Conditions, Execution, PowerState
from mcusim.provenance import Basis, weakest
from mcusim.report.battery import SleepUse, WakeUpUse
from mcusim.report.quantity import Band

if TYPE_CHECKING:
    from mcusim.power.schema import PowerModel
    from mcusim.report.report import CurrentUse, EnergyBasis

BUSY = "run"
"""The name of not sleeping at all."""
_ASLEEP = (Activity.SLEEP, Activity.STOP, Activity.STANDBY)
_GROUPS = tuple(each.value for each in _ASLEEP)
_LEAST_SHARE_RATIO = 0.01  # of the run's time: less is a pause, not what firmware does between inferences
_DEEP_RATIO = 0.01
"""Of the run current: chips that stop their clocks by themselves (nRF) need no more than WFI to get below."""


@dataclass(frozen=True, slots=True)
class SleepWish:
    """What the user says about the time between inferences."""

    mode: str | None = None
    current_a: float | None = None


@dataclass(frozen=True, slots=True)
class _Chip:
    """What the current in a mode depends on."""

    model: PowerModel
    conditions: Conditions
    clock_hz: int
    regulator: str

    def use(self, mode: str, chosen_by: str) -> SleepUse:
        """The mode with its current."""
        activity = next(each.activity for each in self.model.points if each.mode == mode)
        state = PowerState(activity, Execution.ANY, self.clock_hz, mode, self.regulator)
        estimate = current_estimate(self.model, state, self.conditions)
        current_a = Band(estimate.value_a, estimate.low_a, estimate.high_a, estimate.basis.value)
        notes = (estimate.note,) if estimate.note else ()
        return SleepUse(mode, activity.value, current_a, "; ".join(estimate.sources), chosen_by, notes)

    def deepest(self, activity: Activity) -> str:
        """The mode of this kind that draws least."""
        return min(_modes(self.model, activity), key=lambda mode: self.use(mode, "").current_a.value)


def sleep_of(model: PowerModel, energy: EnergyBasis, temp_c: float, wish: SleepWish) -> SleepUse:
    """The state between inferences.

    Raises:
        UnknownNameError: the model has no such mode.
        UsageError: the model has no sleep current to go by.
    """
    running = run_current(energy)
    if wish.current_a is not None:
        return _stated(model, wish.mode, wish.current_a)
    if wish.mode == BUSY:
        return SleepUse(BUSY, Activity.RUN.value, running.current_a, running.source, "option")
    chip = _Chip(model, Conditions(energy.supply_v, temp_c), running.clock_hz, running.regulator)
    if wish.mode is not None:
        return chip.use(_mode_named(chip, wish.mode), "option")
    own = _firmwares_own(energy)
    if own is not None:
        if not any(point.activity.value == own.activity for point in model.points):
            raise _no_current(model, own.mode or own.activity)
        return SleepUse(own.mode or own.activity, own.activity, own.current_a, own.source, "firmware")
    return _deepest_that_keeps_ram(chip, running.current_a.value)


def _deepest_that_keeps_ram(chip: _Chip, run_a: float) -> SleepUse:
    """The stop mode, or the sleep mode where that is as deep, that draws least."""
    uses = [
        chip.use(mode, "assumed")
        for activity in (Activity.STOP, Activity.SLEEP)
        for mode in _modes(chip.model, activity)
    ]
    deep = [
        use
        for use in uses
        if use.activity == Activity.STOP.value or use.current_a.value < _DEEP_RATIO * run_a
    ]
    if not deep:
        raise _no_current(chip.model, "deep sleep")
    return min(deep, key=lambda use: use.current_a.value)


def _stated(model: PowerModel, mode: str | None, current_a: float) -> SleepUse:
    """The user's current; a mode's name still says which wake-up it has."""
    activity = next((each.value for each in _ASLEEP if mode in _modes(model, each)), Activity.STOP.value)
    band = Band(current_a, current_a, current_a, Basis.ASSUMED.value)
    return SleepUse(mode or "deep sleep", activity, band, "--sleep-current", "option")


def wake_up_of(model: PowerModel, sleep: SleepUse, energy: EnergyBasis) -> WakeUpUse:
    """Time and energy from the event that ends the sleep to the first instruction; none where the model has no row."""
    row = next((each for each in model.wake_ups if each.mode == sleep.mode), None)
    if row is None:
        return WakeUpUse(0.0, Band(0.0, 0.0, 0.0, Basis.ASSUMED.value), "")
    current_a = run_current(energy).current_a
    if row.current_a is not None:
        current_a = Band(row.current_a, row.current_a, row.current_a, row.provenance.basis.value)
    factor = energy.supply_v * row.duration_s
    basis = weakest([Basis(current_a.basis), row.provenance.basis])  # of the current and of the duration
    energy_j = Band(current_a.value * factor, current_a.low * factor, current_a.high * factor, basis.value)
    return WakeUpUse(row.duration_s, energy_j, row.provenance.source)


def run_current(energy: EnergyBasis) -> CurrentUse:
    """The run current that most of the inference's energy went into."""
    running = [use for use in energy.currents if use.activity == Activity.RUN.value]
    return max(running or energy.currents, key=lambda use: use.energy_j.value)


def _firmwares_own(energy: EnergyBasis) -> CurrentUse | None:
    """The sleep state that the run spent most time in outside of inferences; None: it did not sleep there."""
    inside_s: defaultdict[tuple[str, str, int], float] = defaultdict(float)
    for use in energy.currents:
        inside_s[_key(use)] += use.time_s
    outside_s = {use: use.time_s - inside_s[_key(use)] for use in energy.states if use.activity in _GROUPS}
    longest = max(outside_s, key=lambda use: outside_s[use], default=None)
    total_s = sum(use.time_s for use in energy.states)
    return longest if longest and outside_s[longest] > _LEAST_SHARE_RATIO * total_s else None


def _key(use: CurrentUse) -> tuple[str, str, int]:
    return use.activity, use.mode, use.clock_hz


def _modes(model: PowerModel, activity: Activity) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.mode for each in model.points if each.activity is activity and each.mode))


def _mode_named(chip: _Chip, name: str) -> str:
    """The mode of that name; "sleep", "stop" and "standby" also mean the deepest one of the kind."""
    model = chip.model
    if name in model.modes:
        return name
    if name in _GROUPS:
        if not _modes(model, Activity(name)):
            raise _no_current(model, name)
        return chip.deepest(Activity(name))
    error = unknown_name("sleep mode", name, (*model.modes, BUSY), where=f"power model '{model.name}'")
    error.fix += "; --sleep-current 2uA gives the current of a mode that the model does not have"
    raise error


def _no_current(model: PowerModel, mode: str) -> UsageError:
    has_sleep = bool(_modes(model, Activity.SLEEP))
    return UsageError(
        f"the power model has no current for {mode}",
        where=model.path or model.name,
        why="a battery's life depends on it more than on anything else, so none is invented",
        fix="give --sleep-current 2uA (from the chip's datasheet, or measured), or add a [[current]] row to a copy of "
        "the model and use it with --power-model" + (", or say --sleep sleep for WFI" if has_sleep else ""),
    )
