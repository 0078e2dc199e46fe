"""Supply current of a state and energy of a run: pure functions of a power model (docs/concepts/energy.md).

Not modelled: instruction mix, stalls, peripherals, temperature, wake-up. The bands cover their usual effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.power.schema import (
    Activity,
    Conditions,
    CurrentEstimate,
    CurrentPoint,
    Estimate,
    Execution,
    PowerModel,
    PowerState,
)
from mcusim.provenance import Basis, weakest

if TYPE_CHECKING:
    from collections.abc import Iterable

# A state without a current is charged like the next one that draws more; the first is always there.
_MORE_ACTIVE = {
    Activity.RUN: (Activity.RUN,),
    Activity.SLEEP: (Activity.SLEEP, Activity.RUN),
    Activity.STOP: (Activity.STOP, Activity.SLEEP, Activity.RUN),
    Activity.STANDBY: (Activity.STANDBY, Activity.STOP, Activity.SLEEP, Activity.RUN),
    Activity.WAKE_UP: (Activity.RUN,),
}

# What to read where a model does not tell executions apart as finely as the run does, best first.
_FALLBACKS = {
    Execution.ANY: (Execution.ANY, Execution.FLASH, Execution.FLASH_PREFETCH, Execution.RAM),
    Execution.FLASH: (Execution.FLASH, Execution.ANY, Execution.FLASH_PREFETCH, Execution.RAM),
    Execution.FLASH_PREFETCH: (Execution.FLASH_PREFETCH, Execution.ANY, Execution.FLASH, Execution.RAM),
    Execution.FLASH_UNCACHED: (
        Execution.FLASH_UNCACHED,
        Execution.ANY,
        Execution.FLASH,
        Execution.FLASH_PREFETCH,
    ),
    Execution.RAM: (Execution.RAM, Execution.ANY, Execution.FLASH, Execution.FLASH_PREFETCH),
    Execution.TCM: (
        Execution.TCM,
        Execution.RAM,
        Execution.ANY,
        Execution.FLASH,
        Execution.FLASH_PREFETCH,
    ),
}

# STM32F446, DS10693 Rev 9, tables 23 and 24 at 180 MHz: 32 mA from SRAM, 46 mA from flash with prefetch.
_EXECUTION_LOW_RATIO, _EXECUTION_HIGH_RATIO = 0.70, 1.44

# Beyond the table's clocks the current lies between the nearest point's (it grows with the clock) and a
# proportional one (part of it does not scale); the ratios add the error of straight lines through nine run
# tables of STM32F401, F446 and F407 (at most 14 %) and a change of the core voltage.
_SCALED_LOW_RATIO, _SCALED_HIGH_RATIO = 0.7, 1.3

# STM32U575, SMPS: CoreMark power is 18.9, 21.2, 21.6 mW at 1.8, 3.0, 3.3 V (datasheet table 44).
_SUPPLY_LOW_RATIO, _SUPPLY_HIGH_RATIO = 0.86, 1.15
_SAME_SUPPLY_V = 0.05


@dataclass(frozen=True, slots=True)
class _Adjustment:
    """A departure from the table: what it does to the value and the band, and what to tell the reader."""

    value_ratio: float = 1.0
    low_ratio: float = 1.0
    high_ratio: float = 1.0
    note: str = ""


_NONE = _Adjustment()


def current_estimate(model: PowerModel, state: PowerState, conditions: Conditions) -> CurrentEstimate:
    """The supply current in a state: exact at the table's clocks, linear between them, never silently beyond.

    Every departure from the table (another execution, clock or supply than it has) widens the band, makes the
    basis "assumed" and says so in `note`.
    """
    points, activity_change = _for_activity(model.points, state.activity)
    points, execution_change = _for_execution(points, state.execution)
    points, supply_change = _for_supply(model, points, conditions.supply_v)
    estimate = _at_clock(points, state.clock_hz)
    for change in (activity_change, execution_change, supply_change):
        estimate = _adjusted(estimate, change)
    return estimate


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
    value_j, low_j, high_j = 0.0, 0.0, 0.0
    bases = [Basis.MEASURED]  # the best: the sum over no states is exactly zero
    for current, duration_s in drawn:
        value_j += supply_v * current.value_a * duration_s
        low_j += supply_v * current.low_a * duration_s
        high_j += supply_v * current.high_a * duration_s
        if duration_s > 0:
            bases.append(current.basis)
    return Estimate(value_j, low_j, high_j, weakest(bases).value)


def _for_activity(
    points: tuple[CurrentPoint, ...], activity: Activity
) -> tuple[tuple[CurrentPoint, ...], _Adjustment]:
    """The points of `activity`, else of the next more active state as an upper limit; "run" always exists."""
    for candidate in _MORE_ACTIVE[activity]:
        found = tuple(point for point in points if point.activity is candidate)
        if found:
            break
    if candidate is activity:
        return found, _NONE
    note = (
        f"no {activity.value} current in the model: the {candidate.value} current stands in as an upper limit"
    )
    return found, _Adjustment(low_ratio=0.0, note=note)


def _for_execution(
    points: tuple[CurrentPoint, ...], execution: Execution
) -> tuple[tuple[CurrentPoint, ...], _Adjustment]:
    """The points of the execution, of "any", or of the nearest other one with a wider band."""
    present = {point.execution for point in points}
    chosen = next(each for each in (*_FALLBACKS[execution], *Execution) if each in present)
    found = tuple(point for point in points if point.execution is chosen)
    if chosen in (execution, Execution.ANY) or execution is Execution.ANY:
        return found, _NONE
    note = f"no current for execution '{execution.value}' in the model: '{chosen.value}' is used"
    return found, _Adjustment(low_ratio=_EXECUTION_LOW_RATIO, high_ratio=_EXECUTION_HIGH_RATIO, note=note)


def _for_supply(
    model: PowerModel, points: tuple[CurrentPoint, ...], supply_v: float
) -> tuple[tuple[CurrentPoint, ...], _Adjustment]:
    """An LDO draws the same current at every supply; a switching regulator draws about the same power."""
    outside = ""
    if not model.min_supply_v <= supply_v <= model.max_supply_v:
        supply_range = f"{model.min_supply_v:g} to {model.max_supply_v:g} V"
        outside = f"{supply_v:g} V is outside the chip's supply range {supply_range}"
    if model.regulator == "ldo":
        return points, _Adjustment(note=outside)
    nearest_v = min((point.supply_v for point in points), key=lambda each: (abs(each - supply_v), each))
    found = tuple(point for point in points if point.supply_v == nearest_v)
    if abs(nearest_v - supply_v) <= _SAME_SUPPLY_V:
        return found, _Adjustment(note=outside)
    note = f"the model has no current at {supply_v:g} V: the power at {nearest_v:g} V is kept"
    return found, _Adjustment(
        nearest_v / supply_v, _SUPPLY_LOW_RATIO, _SUPPLY_HIGH_RATIO, "; ".join(filter(None, (outside, note)))
    )


def _at_clock(points: tuple[CurrentPoint, ...], clock_hz: int) -> CurrentEstimate:
    """The point at the clock, the line between its neighbours, or the nearest end scaled with the clock."""
    ordered = sorted(points, key=lambda point: point.clock_hz)
    for point in ordered:
        if point.clock_hz in (0, clock_hz):
            return _at_point(point)
    below = [point for point in ordered if point.clock_hz < clock_hz]
    above = [point for point in ordered if point.clock_hz > clock_hz]
    if below and above:
        return _between(below[-1], above[0], clock_hz)
    return _scaled(below[-1] if below else above[0], clock_hz)


def _at_point(point: CurrentPoint) -> CurrentEstimate:
    basis = point.provenance.basis
    if point.scale_ratio != 1.0:  # table x ratio is a derived number, however good the table
        basis = weakest([basis, Basis.DERIVED])
    return CurrentEstimate(
        value_a=point.current_a * point.scale_ratio,
        low_a=point.current_a * point.low_ratio,
        high_a=point.current_a * point.high_ratio,
        basis=basis,
        sources=(point.provenance.source,),
        note="",
    )


def _between(below: CurrentPoint, above: CurrentPoint, clock_hz: int) -> CurrentEstimate:
    share_ratio = (clock_hz - below.clock_hz) / (above.clock_hz - below.clock_hz)
    first, second = _at_point(below), _at_point(above)

    def on_line(first_a: float, second_a: float) -> float:
        return first_a + share_ratio * (second_a - first_a)

    return CurrentEstimate(
        value_a=on_line(first.value_a, second.value_a),
        low_a=on_line(first.low_a, second.low_a),
        high_a=on_line(first.high_a, second.high_a),
        basis=weakest([first.basis, second.basis]),
        sources=tuple(dict.fromkeys(first.sources + second.sources)),
        note="",
    )


def _scaled(nearest: CurrentPoint, clock_hz: int) -> CurrentEstimate:
    """Beyond the table: proportional to the clock, with a band that reaches to the nearest point."""
    at_point = _at_point(nearest)
    clock_ratio = clock_hz / nearest.clock_hz
    low_a, high_a = at_point.low_a, at_point.high_a
    return CurrentEstimate(
        value_a=at_point.value_a * clock_ratio,
        low_a=low_a * clock_ratio * _SCALED_LOW_RATIO if clock_ratio < 1 else low_a,
        high_a=high_a if clock_ratio < 1 else high_a * clock_ratio * _SCALED_HIGH_RATIO,
        basis=Basis.ASSUMED,
        sources=at_point.sources,
        note=f"no current at {clock_hz / 1e6:g} MHz in the model: "
        f"scaled with the clock from {nearest.clock_hz / 1e6:g} MHz",
    )


def _adjusted(estimate: CurrentEstimate, change: _Adjustment) -> CurrentEstimate:
    if change == _NONE:
        return estimate
    return CurrentEstimate(
        value_a=estimate.value_a * change.value_ratio,
        low_a=estimate.low_a * change.value_ratio * change.low_ratio,
        high_a=estimate.high_a * change.value_ratio * change.high_ratio,
        basis=Basis.ASSUMED,
        sources=estimate.sources,
        note="; ".join(filter(None, (estimate.note, change.note))),
    )
