"""Life of a battery that feeds one inference every so often: pure functions, no firmware and no files.

    charge per interval = (E_inference + E_wake + V x I_sleep x (T - t_inference - t_wake) + E_sensor) / V_battery
                          + (I_board + I_self-discharge) x T
    life = usable charge / (charge per interval / T)

V_battery is what a joule at the chip's supply is divided by to get the charge out of the battery: the supply itself
where the battery is wired directly or a linear regulator passes the current on, efficiency x the battery's nominal
voltage behind a switching regulator. Not modelled: the battery's voltage over its discharge, its temperature, and
capacity lost to pulses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.errors import UsageError
from mcusim.provenance import Basis, weakest
from mcusim.report.battery import BatteryShare, Crossing, IntervalLife
from mcusim.report.quantity import Band
from mcusim.units import engineering

if TYPE_CHECKING:
    from collections.abc import Iterable

INFERENCE, WAKE_UP, SLEEP, SENSOR, BOARD, SELF_DISCHARGE = (
    "inference",
    "wake-up",
    "sleep",
    "sensor",
    "board",
    "self-discharge",
)
AWAKE = (INFERENCE, WAKE_UP)
"""What a longer interval makes rarer, and a faster or smaller network cheaper."""
CROSSING_RATIOS = (0.5, 0.1)
_MAH_C = 3.6
_ROUND_INTERVALS_S = (60.0, 600.0, 3600.0, 86_400.0)
"""What people think in; the decades come by themselves."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """What happens in one interval."""

    inference_j: Band
    inference_s: float
    wake_j: Band
    wake_s: float
    sleep_a: Band
    """Into the chip."""
    supply_v: float
    battery_v: float
    """Joules at the supply per coulomb out of the battery."""
    sensor_j: float = 0.0
    """The user's, per interval, at the supply."""
    board_a: float = 0.0
    """The user's, out of the battery all the time."""

    @property
    def awake_s(self) -> float:
        """The shortest interval there can be."""
        return self.inference_s + self.wake_s


@dataclass(frozen=True, slots=True)
class Charge:
    """What a battery has to give, and what it loses by itself."""

    usable_c: Band
    self_discharge_a: Band


def shares_of(cycle: Cycle, charge: Charge, interval_s: float) -> tuple[BatteryShare, ...]:
    """What the charge goes into, as energies per interval and average currents out of the battery.

    Raises:
        UsageError: the interval is shorter than wake-up and inference.
    """
    check_interval(cycle, interval_s)
    asleep_j = _scaled(cycle.sleep_a, cycle.supply_v * (interval_s - cycle.awake_s))
    energies = {
        INFERENCE: cycle.inference_j,
        WAKE_UP: cycle.wake_j,
        SLEEP: asleep_j,
        SENSOR: _stated(cycle.sensor_j),
    }
    currents = {name: _scaled(each, 1 / (cycle.battery_v * interval_s)) for name, each in energies.items()}
    currents |= {BOARD: _stated(cycle.board_a), SELF_DISCHARGE: charge.self_discharge_a}
    total_a = sum(each.value for each in currents.values())
    return tuple(
        BatteryShare(name, energies.get(name), current_a, current_a.value / total_a if total_a else 0.0)
        for name, current_a in currents.items()
    )


def sum_of(bands: Iterable[Band]) -> Band:
    """The sum; the ends of the bands add up, as one model is wrong in one direction."""
    drawn = [band for band in bands if band.high > 0]
    return Band(
        math.fsum(each.value for each in drawn),
        math.fsum(each.low for each in drawn),
        math.fsum(each.high for each in drawn),
        weakest([Basis(each.basis) for each in drawn] or [Basis.MEASURED]).value,
    )


def life_at(cycle: Cycle, charge: Charge, interval_s: float) -> IntervalLife:
    """How long the battery lasts with one inference every `interval_s`."""
    shares = shares_of(cycle, charge, interval_s)
    average_a = sum_of(share.current_a for share in shares)
    named = tuple((share.name, share.share_ratio) for share in shares)
    return IntervalLife(interval_s, average_a, _life(charge.usable_c, average_a), named)


def sleep_only_life(cycle: Cycle, charge: Charge) -> Band | None:
    """The life without any inference: the limit of ever longer intervals; None when nothing draws current then."""
    asleep_a = _scaled(cycle.sleep_a, cycle.supply_v / cycle.battery_v)
    drawn_a = sum_of((asleep_a, _stated(cycle.board_a), charge.self_discharge_a))
    return _life(charge.usable_c, drawn_a) if drawn_a.low > 0 else None


def crossing_at(cycle: Cycle, charge: Charge, share_ratio: float) -> Crossing:
    """The interval at which inference and wake-up take `share_ratio` of the charge; above, they take less.

    With A the charge of being awake, share = A / (A + sensor + asleep x (T - awake) + constant x T), solved for T.
    """
    awake_c = (cycle.inference_j.value + cycle.wake_j.value) / cycle.battery_v
    asleep_a = cycle.sleep_a.value * cycle.supply_v / cycle.battery_v
    idle_a = asleep_a + cycle.board_a + charge.self_discharge_a.value
    if idle_a <= 0:
        return Crossing(share_ratio, None)
    rest_c = awake_c * (1 - share_ratio) / share_ratio
    interval_s = (rest_c - cycle.sensor_j / cycle.battery_v + asleep_a * cycle.awake_s) / idle_a
    return Crossing(share_ratio, max(interval_s, cycle.awake_s))


def check_interval(cycle: Cycle, interval_s: float) -> None:
    """Complain about inferences that come faster than they are computed.

    Raises:
        UsageError: the interval is shorter than wake-up and inference.
    """
    if interval_s >= cycle.awake_s:
        return
    parts = f"one inference takes {engineering(cycle.inference_s, 's')}"
    parts += f" and waking up {engineering(cycle.wake_s, 's')}" if cycle.wake_s else ""
    raise UsageError(
        f"an inference every {engineering(interval_s, 's')} is more than the chip can do",
        why=f"{parts}: it would be busy {cycle.awake_s / interval_s:.0%} of the time",
        fix=f"use an interval of {engineering(cycle.awake_s, 's')} or more, a faster clock or a smaller network",
    )


def check_battery(cycle: Cycle, charge: Charge) -> None:
    """Complain about a battery that is empty before the first inference has ended.

    Raises:
        UsageError: the usable charge is less than what one inference takes.
    """
    needed_c = (cycle.inference_j.value + cycle.wake_j.value + cycle.sensor_j) / cycle.battery_v
    if needed_c < charge.usable_c.value:
        return
    raise UsageError(
        "the battery is smaller than one inference",
        why=f"one inference takes {engineering(needed_c / _MAH_C / 1000, 'Ah')} from the battery, "
        f"which holds {engineering(charge.usable_c.value / _MAH_C / 1000, 'Ah')}",
        fix="check the unit of --capacity (220mAh), or take a larger battery",
    )


def curve_of(cycle: Cycle, charge: Charge, intervals_s: Iterable[float]) -> tuple[IntervalLife, ...]:
    """The life at each of these intervals that is long enough."""
    possible = sorted({each for each in intervals_s if each >= cycle.awake_s})
    return tuple(life_at(cycle, charge, each) for each in possible)


def curve_intervals(awake_s: float, interval_s: float) -> tuple[float, ...]:
    """Intervals for a table or a picture: 1, 2, 5 … from back-to-back inferences to a day or ten of the user's."""
    last_s = max(86_400.0, 10 * interval_s)
    exponent = math.floor(math.log10(awake_s))
    steps = [awake_s, interval_s, *_ROUND_INTERVALS_S]
    while 10.0**exponent <= last_s:
        steps += [float(f"{digit}e{exponent}") for digit in (1, 2, 5)]
        exponent += 1
    return tuple(each for each in steps if awake_s <= each <= last_s)


def _life(usable_c: Band, drawn_a: Band) -> Band:
    if drawn_a.low <= 0:
        raise UsageError(
            "the current out of the battery may be 0",
            why="the power model's band around the inference reaches down to nothing",
            fix="correct low_ratio in the power model",
        )
    return Band(
        usable_c.value / drawn_a.value,
        usable_c.low / drawn_a.high,
        usable_c.high / drawn_a.low,
        weakest([Basis(usable_c.basis), Basis(drawn_a.basis)]).value,
    )


def _scaled(band: Band, factor: float) -> Band:
    return Band(band.value * factor, band.low * factor, band.high * factor, band.basis)


def _stated(value: float) -> Band:
    """What the user states, without a band."""
    return Band(value, value, value, Basis.ASSUMED.value)
