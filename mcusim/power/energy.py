"""Supply current of a state and energy of a run: pure functions of a power model (docs/concepts/energy.md).

Not modelled: instruction mix and stalls. The bands cover their usual effect.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from mcusim.errors import UsageError
from mcusim.power.departure import NONE, Departure
from mcusim.power.interpolate import at_conditions
from mcusim.power.peripherals import with_peripherals
from mcusim.power.schema import Activity, Conditions, CurrentEstimate, Estimate, Execution, PowerState
from mcusim.power.select import RANGE_RATIO, select
from mcusim.provenance import Basis, weakest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcusim.power.departure import Reading
    from mcusim.power.schema import CurrentPoint, PowerModel
    from mcusim.power.select import Selection


def current_estimate(model: PowerModel, state: PowerState, conditions: Conditions) -> CurrentEstimate:
    """The supply current in a state: exact at the table's points, between them on lines, never silently beyond.

    Every departure from the table (another mode, regulator, execution, voltage range, clock, supply or temperature
    than it has) widens the band, makes the basis "assumed" and says so in `note`.
    """
    known = _published_wake_up(model, state)
    if known is not None:
        return known
    selection = select(model, state)
    reading = at_conditions(selection.points, state.clock_hz, conditions, _highest_a(model))
    reading = _below_slower_range(reading, selection, model, state, conditions)
    for departure in (*selection.departures, _outside_supply(model, conditions.supply_v)):
        reading = reading.departed(departure)
    if state.activity is Activity.WAKE_UP:
        reading = _of_duration(reading, model, state.mode)
    estimate = _estimate(reading, selection)
    if state.activity not in (Activity.RUN, Activity.SLEEP):
        return estimate
    return with_peripherals(estimate, model, state, _over_ldo_ratio(estimate, model, state, conditions))


def sleep_current(model: PowerModel, mode: str, clock_hz: int, conditions: Conditions) -> CurrentEstimate:
    """The current in one of the model's sleep modes; `clock_hz` matters where clocks stay on.

    Raises:
        UsageError: the model has no such mode.
    """
    activity = next((point.activity for point in model.points if point.mode == mode and mode), None)
    if activity is None:
        raise UsageError(
            f"power model '{model.name}' has no sleep mode '{mode}'",
            where=model.path,
            why=f"it has currents for {', '.join(model.modes)}"
            if model.modes
            else "it has run currents only",
            fix="name one of those, or add a [[current]] table with that mode to a copy of the model",
        )
    return current_estimate(model, PowerState(activity, Execution.ANY, clock_hz, mode), conditions)


def energy_of(
    model: PowerModel, states: Iterable[tuple[PowerState, float]], conditions: Conditions
) -> Estimate:
    """Energy in joules of (state, seconds in it): the sum of supply voltage x current x time.

    The ends of the band add up like the values: the errors of one model point the same way in every state.
    The error of the durations is not in it.
    """
    return energy_of_currents(
        ((current_estimate(model, state, conditions), duration_s) for state, duration_s in states),
        conditions.supply_v,
    )


def energy_of_currents(drawn: Iterable[tuple[CurrentEstimate, float]], supply_v: float) -> Estimate:
    """Energy in joules of currents that were each drawn for so many seconds; see `energy_of`."""
    values_j, lows_j, highs_j = [], [], []
    bases = [Basis.MEASURED]  # the best: the sum over no states is exactly zero
    for current, duration_s in drawn:
        values_j.append(supply_v * current.value_a * duration_s)
        lows_j.append(supply_v * current.low_a * duration_s)
        highs_j.append(supply_v * current.high_a * duration_s)
        if duration_s > 0:
            bases.append(current.basis)
    # Rounded once, so that no order of the states gives another sum.
    return Estimate(math.fsum(values_j), math.fsum(lows_j), math.fsum(highs_j), weakest(bases).value)


def _published_wake_up(model: PowerModel, state: PowerState) -> CurrentEstimate | None:
    """What is published for leaving a mode; None: nothing is, or the state is another."""
    if state.activity is not Activity.WAKE_UP:
        return None
    row = next((each for each in model.wake_ups if each.mode == state.mode), None)
    if row is None or row.current_a is None:
        return None
    asleep = [point for point in model.points if point.mode == state.mode]
    return CurrentEstimate(
        value_a=row.current_a,
        low_a=row.current_a * min((point.low_ratio for point in asleep), default=1.0),
        high_a=row.current_a * max((point.high_ratio for point in asleep), default=1.0),
        basis=row.provenance.basis,
        sources=(row.provenance.source,),
        note="",
    )


def _of_duration(reading: Reading, model: PowerModel, mode: str) -> Reading:
    """A wake-up's charge is current times a duration of the model: it is known no better than either."""
    row = next((each for each in model.wake_ups if each.mode == mode), None)
    if row is None:
        return reading
    basis = weakest([reading.basis, row.provenance.basis])
    return replace(reading, basis=basis, sources=(*reading.sources, row.provenance.source))


def _highest_a(model: PowerModel) -> float:
    """The chip's highest run current."""
    return max(
        point.current_a * point.scale_ratio for point in model.points if point.activity is Activity.RUN
    )


def _below_slower_range(
    reading: Reading, selection: Selection, model: PowerModel, state: PowerState, conditions: Conditions
) -> Reading:
    """The reading of a range whose rows are all at higher clocks, bounded by the next slower range that has the clock:
    a core at a higher voltage draws more, but not more than RANGE_RATIO times.
    """
    names = [each.name for each in model.voltage_ranges]
    if selection.voltage_range not in names or not _is_below(selection.points, state.clock_hz):
        return reading
    for name in reversed(names[: names.index(selection.voltage_range)]):
        other = select(model, replace(state, voltage_range=name))
        clocks = [point.clock_hz for point in other.points]
        if other.voltage_range == name and min(clocks) <= state.clock_hz <= max(clocks):
            slower = at_conditions(other.points, state.clock_hz, conditions, _highest_a(model))
            high_a = max(reading.value_a, min(reading.high_a, slower.high_a * RANGE_RATIO))
            note = f"{reading.notes[-1]}; the upper end is {name}'s there, times {RANGE_RATIO:g}"
            return replace(reading, high_a=high_a, notes=(*reading.notes[:-1], note))
    return reading


def _is_below(points: tuple[CurrentPoint, ...], clock_hz: int) -> bool:
    """Is the clock below all of these?"""
    return all(point.clock_hz > clock_hz for point in points)


def _outside_supply(model: PowerModel, supply_v: float) -> Departure:
    if model.min_supply_v <= supply_v <= model.max_supply_v:
        return NONE
    supply_range = f"{model.min_supply_v:g} to {model.max_supply_v:g} V"
    return Departure(note=f"{supply_v:g} V is outside the chip's supply range {supply_range}")


def _estimate(reading: Reading, selection: Selection) -> CurrentEstimate:
    return CurrentEstimate(
        value_a=reading.value_a,
        low_a=reading.low_a,
        high_a=reading.high_a,
        basis=reading.basis,
        sources=reading.sources,
        note="; ".join(reading.notes),
        regulator=selection.regulator,
        voltage_range=selection.voltage_range,
        table_ratio=reading.table_ratio,
    )


def _over_ldo_ratio(
    estimate: CurrentEstimate, model: PowerModel, state: PowerState, conditions: Conditions
) -> float:
    """The current behind a switching regulator over that from the LDO, where the model has rows of both."""
    if estimate.regulator != "smps" or not any(point.regulator == "ldo" for point in model.points):
        return 1.0
    selection = select(model, replace(state, regulator="ldo"))
    ldo_a = at_conditions(selection.points, state.clock_hz, conditions, _highest_a(model)).value_a
    return min(1.0, estimate.value_a / ldo_a) if ldo_a > 0 else 1.0
