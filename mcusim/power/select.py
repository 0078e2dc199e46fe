"""Which rows of a power model a state reads: by activity, mode, regulator, execution and voltage range.

Rows of exactly the state, else of the nearest one, with a `Departure` that says which and widens the band.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from mcusim.power.departure import NONE, Departure
from mcusim.power.schema import Activity, CurrentPoint, Execution, Workload

if TYPE_CHECKING:
    from mcusim.power.schema import PowerModel, PowerState

Points = tuple[CurrentPoint, ...]

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
    Execution.ANY: (Execution.FLASH, Execution.FLASH_PREFETCH, Execution.RAM),
    Execution.FLASH: (Execution.FLASH_PREFETCH, Execution.RAM),
    Execution.FLASH_PREFETCH: (Execution.FLASH, Execution.RAM),
    Execution.FLASH_UNCACHED: (Execution.FLASH, Execution.FLASH_PREFETCH),
    Execution.RAM: (Execution.FLASH, Execution.FLASH_PREFETCH),
    Execution.TCM: (Execution.RAM, Execution.FLASH, Execution.FLASH_PREFETCH),
}

# STM32H743, DS12110 Rev 10, tables 30 and 31 at 400 MHz: 71 mA from tightly coupled memory, 105 mA from flash through
# the caches. STM32F446, DS10693 Rev 9, tables 23 and 24 at 180 MHz: 32 mA from SRAM, 46 mA from flash with prefetch.
_EXECUTION_LOW_RATIO, _EXECUTION_HIGH_RATIO = 0.67, 1.48

# STM32F401, DS10086 Rev 3, table 28: 111 µA in stop with the main regulator, 10 µA with all savings.
_MODE_RATIO = 11.1

# STM32L4R5 during inference at 3.0 V: 25.7 mA behind its LDO, 11.1 mA behind a switching regulator (MLPerf Tiny).
_SMPS_OVER_LDO_RATIO = 0.43

# The current of a core follows its voltage: 0.9 to 1.2 V from range 4 to range 1 of an STM32U5, from memory.
RANGE_RATIO = 1.33


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows that differ in clock, supply and temperature alone."""

    points: Points
    departures: tuple[Departure, ...]
    voltage_range: str
    """The one they hold in; empty: any."""

    @property
    def regulator(self) -> str:
        """The one they hold for."""
        return self.points[0].regulator


def select(model: PowerModel, state: PowerState) -> Selection:
    """The rows of a state, or of the state nearest to it."""
    points, of_activity = _for_activity(model.points, state.activity)
    points, of_mode = _for_mode(points, state.mode if of_activity == NONE else "")
    points, of_regulator = _for_regulator(points, state.regulator or model.regulator)
    points, of_execution = _for_execution(points, state)
    points, of_range = _for_range(model, points, state)
    departures = (of_activity, of_mode, of_regulator, of_execution, of_range)
    ranges = {point.voltage_range for point in points} - {""}
    return Selection(
        points=_one_per_place(points),
        departures=tuple(each for each in departures if each != NONE),
        voltage_range=next(iter(ranges), ""),
    )


def _for_activity(points: Points, activity: Activity) -> tuple[Points, Departure]:
    """The points of `activity`, else of the next more active state as an upper limit; "run" always exists."""
    for candidate in _MORE_ACTIVE[activity]:
        found = tuple(point for point in points if point.activity is candidate)
        if found:
            break
    if candidate is activity:
        return found, NONE
    note = (
        f"no {activity.value.replace('_', '-')} current in the model: "
        f"the {candidate.value} current stands in as an upper limit"
    )
    return found, Departure(low_ratio=0.0, note=note)


def _for_mode(points: Points, mode: str) -> tuple[Points, Departure]:
    """The points of a mode, else those of the one with the most similar name, which draws the most."""
    activity = points[0].activity
    drawn = {each.mode: each.current_a for each in sorted(points, key=lambda each: each.current_a)}
    wanted = mode or activity.value
    is_only_sleep = activity is Activity.SLEEP and not mode and len(drawn) == 1
    if activity is Activity.RUN or is_only_sleep:
        return points, NONE
    if wanted in drawn:
        return tuple(point for point in points if point.mode == wanted), NONE
    chosen = max(drawn, key=lambda each: (_alike(each, mode), drawn[each]))
    found = tuple(point for point in points if point.mode == chosen)
    others = [current_a / drawn[chosen] for current_a in drawn.values()] if drawn[chosen] > 0 else [1.0]
    low_ratio, high_ratio = min(others), max(others)
    if mode or len(drawn) == 1:
        low_ratio, high_ratio = min(low_ratio, 1 / _MODE_RATIO), max(high_ratio, _MODE_RATIO)
        note = f"no current for mode '{mode}' in the model: '{chosen}' is used"
    if not mode:
        note = f"which {activity.value} mode the chip was in is not known: '{chosen}' is used"
    return found, Departure(low_ratio=low_ratio, high_ratio=high_ratio, note=note)


def _alike(one: str, other: str) -> int:
    """How many letters two names begin with in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _for_regulator(points: Points, regulator: str) -> tuple[Points, Departure]:
    found = tuple(point for point in points if point.regulator == regulator)
    if found:
        return found, NONE
    other = points[0].regulator
    note = f"no {points[0].activity.value} current with the {regulator.upper()} in the model: "
    note += f"that with the {other.upper()} is used"
    if regulator == "smps":
        return points, Departure(low_ratio=_SMPS_OVER_LDO_RATIO, note=note)
    return points, Departure(high_ratio=1 / _SMPS_OVER_LDO_RATIO, note=note)


def _for_execution(points: Points, state: PowerState) -> tuple[Points, Departure]:
    """The points of the execution and of "any", else of the nearest other one with a wider band."""
    present = {point.execution for point in points}
    wanted = {state.execution, Execution.ANY}
    if wanted & present:
        return tuple(point for point in points if point.execution in wanted), NONE
    chosen = next(each for each in (*_FALLBACKS[state.execution], *Execution) if each in present)
    found = tuple(point for point in points if point.execution is chosen)
    if state.activity is not Activity.RUN:  # whose tables say where nothing runs from: it does not matter
        return found, NONE
    note = f"no current for execution '{state.execution.value}' in the model: '{chosen.value}' is used"
    return found, Departure(low_ratio=_EXECUTION_LOW_RATIO, high_ratio=_EXECUTION_HIGH_RATIO, note=note)


def _for_range(model: PowerModel, points: Points, state: PowerState) -> tuple[Points, Departure]:
    """The points of the core voltage range: firmware's where it allows the clock, else the slowest that does."""
    present = {point.voltage_range for point in points} - {""}
    if not present:
        return points, NONE
    wanted, departure = _range_of(model, state)
    found = tuple(point for point in points if point.voltage_range in ("", wanted))
    if found:
        return found, departure
    names = [each.name for each in model.voltage_ranges]
    place = names.index(wanted)
    nearest = min(present, key=lambda each: (names.index(each) < place, abs(names.index(each) - place)))
    note = f"no current in voltage range '{wanted}' in the model: '{nearest}' is used"
    return (
        tuple(point for point in points if point.voltage_range == nearest),
        Departure(
            low_ratio=departure.low_ratio / RANGE_RATIO,
            high_ratio=departure.high_ratio * RANGE_RATIO,
            note="; ".join(filter(None, (departure.note, note))),
        ),
    )


def _range_of(model: PowerModel, state: PowerState) -> tuple[str, Departure]:
    max_hz = {each.name: each.max_clock_hz for each in model.voltage_ranges}
    clock = f"{state.clock_hz / 1e6:g} MHz"
    allowing = [name for name, each in max_hz.items() if each >= state.clock_hz]
    chosen = state.voltage_range
    if chosen in allowing:
        return chosen, NONE
    if not allowing:
        fastest = max(max_hz, key=lambda each: max_hz[each])
        note = f"no voltage range of the chip allows {clock}: '{fastest}' is used"
        return fastest, Departure(low_ratio=1 / RANGE_RATIO, high_ratio=RANGE_RATIO, note=note)
    slowest = min(allowing, key=lambda each: max_hz[each])
    if chosen in max_hz:
        limit = f"{max_hz[chosen] / 1e6:g} MHz"
        note = f"voltage range '{chosen}' allows {limit}, the clock is {clock}: '{slowest}' is used"
        return slowest, Departure(low_ratio=1 / RANGE_RATIO, high_ratio=RANGE_RATIO, note=note)
    if len(allowing) == 1:
        return slowest, NONE
    what = f"the model has no voltage range '{chosen}'" if chosen else "the core voltage range is not known"
    note = f"{what}: '{slowest}', the slowest that allows {clock}, is used"
    return slowest, Departure(high_ratio=RANGE_RATIO, note=note)


def _one_per_place(points: Points) -> Points:
    """One row per clock, supply and temperature: measured on inference before benchmark, particular before general."""
    best: dict[tuple[int, float, float], CurrentPoint] = {}
    for point in points:
        supply_v = point.supply_v if point.regulator == "smps" else 0.0
        place = (point.clock_hz, supply_v, point.temp_c)
        if place not in best or _rank(point) < _rank(best[place]):
            best[place] = point
    return tuple(best.values())


def _rank(point: CurrentPoint) -> tuple[bool, bool, bool]:
    return (
        point.workload is not Workload.INFERENCE,
        point.execution is Execution.ANY,
        not point.voltage_range,
    )
