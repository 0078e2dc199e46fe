"""From the selected rows of a power model to a current: over temperature, supply voltage and clock.

Inside the rows: straight between clocks; the power straight between supply voltages behind a switching regulator,
which passes power on, so that it is nearly the same at all of them (STM32U575, CoreMark at 160 MHz: 18.9, 21.2 and
21.6 mW at 1.8, 3.0 and 3.3 V, datasheet table 44); the logarithm of the current straight between temperatures, as
leakage grows exponentially (STM8L15x, DocID17943 Rev 6, table 26, halt: 0.4, 0.81, 1.6, 2.9 and 5.6 µA at 25, 55, 85,
105 and 125 °C). Beyond the rows: the nearest ones, with a `Departure`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.power.departure import Departure, Reading, on_exponential, on_line, reading_of
from mcusim.power.schema import Activity, CurrentPoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mcusim.power.schema import Conditions

_DEEP = (Activity.STOP, Activity.STANDBY)

# Beyond the table's clocks the current lies between the nearest point's (it grows with the clock) and a
# proportional one (part of it does not scale); the ratios add the error of straight lines through nine run
# tables of STM32F401, F446 and F407 (at most 14 %) and a change of the core voltage.
_SCALED_LOW_RATIO, _SCALED_HIGH_RATIO = 0.7, 1.3

# The STM32U575's power is 14 % more at 3.3 V than at 1.8 V (above).
_SUPPLY_LOW_RATIO, _SUPPLY_HIGH_RATIO = 0.86, 1.15
_SAME_SUPPLY_V = 1e-3

# 24 stop and standby currents of EFM32GG11, STM32G474, L053 and U575 (power_models): at 85 °C 1.7 to 50 times those at
# 25 °C, 11 times by the geometric mean.
_LEAKAGE_STEP_C = 60.0
_LEAKAGE_SOURCE = "24 deep sleep currents at 85 °C of EFM32GG11, STM32G474, L053 and U575"
_LEAKAGE_LOW_RATIO, _LEAKAGE_RATIO, _LEAKAGE_HIGH_RATIO = 1.5, 11.0, 50.0

# 112 run and sleep currents of EFM32GG11, SAM D21, STM32G474 and U575: whatever the clock, 85 °C adds 0.025 to 0.30
# of the chip's highest run current, 0.08 in the mean. Of the cold little is printed: EFM32GG11, 0.96 to 0.99 times at
# -40 °C.
_LEAK_LOW_RATIO, _LEAK_RATIO, _LEAK_HIGH_RATIO = 0.02, 0.08, 0.30
_LEAK_SOURCE = "112 currents at 85 °C of EFM32GG11, SAM D21, STM32G474 and U575"
_COLD_LOW_RATIO = 0.8
_SAME_TEMP_C = 1e-6


def at_conditions(
    points: tuple[CurrentPoint, ...], clock_hz: int, conditions: Conditions, highest_a: float
) -> Reading:
    """The current at a clock under some conditions.

    `points` differ in clock, supply and temperature alone; `highest_a` is the chip's highest run current.
    """
    groups = _covering(_grouped(points, lambda point: point.temp_c), clock_hz)
    wanted_c = conditions.temp_c

    def at_temp(temp_c: float) -> Reading:
        return _at_supply(groups[temp_c], clock_hz, conditions.supply_v)

    nearest_c = min(groups, key=lambda each: (abs(each - wanted_c), each))
    if abs(nearest_c - wanted_c) <= _SAME_TEMP_C:
        return at_temp(nearest_c)
    sides = _neighbours(groups, wanted_c)
    if sides is not None:
        below, above = sides
        return on_exponential(at_temp(below), at_temp(above), (wanted_c - below) / (above - below))
    steps = (wanted_c - nearest_c) / _LEAKAGE_STEP_C
    note = (
        f"no {points[0].activity.value} current at {wanted_c:g} °C in the model: that at {nearest_c:g} °C is "
    )
    if points[0].activity in _DEEP:
        return at_temp(nearest_c).departed(_deep_beyond_temp(steps, note)).citing(_LEAKAGE_SOURCE)
    if steps < 0:
        note += "used with a wider band"
        return at_temp(nearest_c).departed(Departure(low_ratio=_COLD_LOW_RATIO**-steps, note=note))
    growth = (_LEAKAGE_RATIO**steps - 1) / (_LEAKAGE_RATIO - 1) * highest_a
    leak = (_LEAK_RATIO * growth, _LEAK_LOW_RATIO * growth, _LEAK_HIGH_RATIO * growth)
    low, value, high = (f"{1e3 * each:.3g}" for each in (leak[1], leak[0], leak[2]))
    note += f"used, and {value} mA ({low} to {high}) of leakage added, from {_LEAK_SOURCE}"
    return at_temp(nearest_c).departed(Departure(note=note)).plus(*leak).citing(_LEAK_SOURCE)


def _deep_beyond_temp(steps: float, note: str) -> Departure:
    """What is left in deep sleep is leakage, which grows by so many steps, or shrinks."""
    if steps < 0:
        return Departure(1.0, _LEAKAGE_HIGH_RATIO**steps, 1.0, note + "used as an upper limit")
    value_ratio = _LEAKAGE_RATIO**steps
    return Departure(
        value_ratio,
        _LEAKAGE_LOW_RATIO**steps / value_ratio,
        _LEAKAGE_HIGH_RATIO**steps / value_ratio,
        f"{note}taken to grow {value_ratio:.2g} times, from {_LEAKAGE_SOURCE}",
    )


def _at_supply(points: tuple[CurrentPoint, ...], clock_hz: int, supply_v: float) -> Reading:
    """An LDO draws the same current at every supply; a switching regulator draws about the same power."""
    if points[0].regulator == "ldo":
        return _at_clock(points, clock_hz)
    groups = _covering(_grouped(points, lambda point: point.supply_v), clock_hz)
    nearest_v = min(groups, key=lambda each: (abs(each - supply_v), each))
    if abs(nearest_v - supply_v) <= _SAME_SUPPLY_V:
        return _at_clock(groups[nearest_v], clock_hz)
    sides = _neighbours(groups, supply_v)
    if sides is not None:
        below, above = sides
        low, high = (_at_clock(groups[each], clock_hz).times(each) for each in sides)
        return on_line(low, high, (supply_v - below) / (above - below)).times(1 / supply_v)
    value_ratio = nearest_v / supply_v
    low_ratio, high_ratio = _SUPPLY_LOW_RATIO, _SUPPLY_HIGH_RATIO
    if points[0].activity in _DEEP:  # the switching regulator may be off, and the current is kept then
        low_ratio, high_ratio = min(low_ratio, 1 / value_ratio), max(high_ratio, 1 / value_ratio)
    note = f"the model has no current at {supply_v:g} V: the power at {nearest_v:g} V is kept"
    return _at_clock(groups[nearest_v], clock_hz).departed(
        Departure(value_ratio, low_ratio, high_ratio, note)
    )


def _at_clock(points: tuple[CurrentPoint, ...], clock_hz: int) -> Reading:
    """The point at the clock, the line between its neighbours, or the nearest end scaled with the clock."""
    by_clock: dict[float, CurrentPoint] = {point.clock_hz: point for point in points}
    exact = by_clock.get(clock_hz) or by_clock.get(0)
    if exact is not None:
        return reading_of(exact)
    sides = _neighbours(by_clock, clock_hz)
    if sides is not None:
        below, above = sides
        share_ratio = (clock_hz - below) / (above - below)
        return on_line(reading_of(by_clock[below]), reading_of(by_clock[above]), share_ratio)
    return _scaled(by_clock[min(by_clock, key=lambda each: abs(each - clock_hz))], clock_hz)


def _scaled(nearest: CurrentPoint, clock_hz: int) -> Reading:
    """Beyond the table: proportional to the clock, with a band that reaches to the nearest point."""
    clock_ratio = clock_hz / nearest.clock_hz
    note = (
        f"no {nearest.activity.value} current at {clock_hz / 1e6:g} MHz in {nearest.voltage_range or 'the model'}: "
        f"scaled with the clock from {nearest.clock_hz / 1e6:g} MHz"
    )
    if clock_ratio < 1:
        departure = Departure(clock_ratio, _SCALED_LOW_RATIO, 1 / clock_ratio, note)
    else:
        departure = Departure(clock_ratio, 1 / clock_ratio, _SCALED_HIGH_RATIO, note)
    return reading_of(nearest).departed(departure)


def _grouped(
    points: tuple[CurrentPoint, ...], key: Callable[[CurrentPoint], float]
) -> dict[float, tuple[CurrentPoint, ...]]:
    groups: dict[float, list[CurrentPoint]] = {}
    for point in points:
        groups.setdefault(key(point), []).append(point)
    return {each: tuple(members) for each, members in groups.items()}


def _covering(
    groups: dict[float, tuple[CurrentPoint, ...]], clock_hz: int
) -> dict[float, tuple[CurrentPoint, ...]]:
    """The groups with a current at the clock, where there are any: the others would have to be scaled."""
    covering = {}
    for key, members in groups.items():
        clocks = [point.clock_hz for point in members]
        if 0 in clocks or min(clocks) <= clock_hz <= max(clocks):
            covering[key] = members
    return covering or groups


def _neighbours(keys: Iterable[float], wanted: float) -> tuple[float, float] | None:
    """The nearest keys on either side; None outside of all."""
    below = [each for each in keys if each < wanted]
    above = [each for each in keys if each > wanted]
    return (max(below), min(above)) if below and above else None
