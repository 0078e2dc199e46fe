"""Life of a battery that feeds one inference every so often: pure functions, no firmware and no files.

    load I = (E_inference + E_wake + V x I_sleep x (T - t_inference - t_wake) + E_sensor) / (V_battery x T) + I_board
    charge Q falls as dQ/dt = -I - decay x Q, from the rated charge to what cannot be used:
    life = ln((Q_rated + I / decay) / (Q_rated - Q_usable + I / decay)) / decay;  without decay: Q_usable / I

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
_LONGEST_INTERVAL_S = 1e12
_HALVINGS_COUNT = 60
"""Of an interval: the precision of a float."""
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
    rated_c: float
    decay_hz: float = 0.0
    """Self-discharge: the share of what is left that is lost per second."""
    decay_basis: str = Basis.ASSUMED.value


def shares_of(cycle: Cycle, charge: Charge, interval_s: float) -> tuple[BatteryShare, ...]:
    """What the charge goes into, as energies per interval and average currents out of the battery.

    Raises:
        UsageError: the interval is shorter than wake-up and inference.
    """
    energies, currents = _loads(cycle, interval_s)
    load_a = sum_of(currents.values())
    average_a = _average(charge, load_a)
    lost_a = [whole - part for whole, part in zip(_ends(average_a), _ends(load_a), strict=True)]
    basis = charge.decay_basis if charge.decay_hz > 0 else Basis.MEASURED.value
    currents[SELF_DISCHARGE] = Band(lost_a[0], min(lost_a), max(lost_a), basis)
    return tuple(
        BatteryShare(name, energies.get(name), current_a, current_a.value / average_a.value)
        for name, current_a in currents.items()
    )


def _loads(cycle: Cycle, interval_s: float) -> tuple[dict[str, Band], dict[str, Band]]:
    """Energies per interval and average currents out of the battery, by name."""
    check_interval(cycle, interval_s)
    asleep_j = _scaled(cycle.sleep_a, cycle.supply_v * (interval_s - cycle.awake_s))
    energies = {
        INFERENCE: cycle.inference_j,
        WAKE_UP: cycle.wake_j,
        SLEEP: asleep_j,
        SENSOR: _stated(cycle.sensor_j),
    }
    currents = {name: _scaled(each, 1 / (cycle.battery_v * interval_s)) for name, each in energies.items()}
    return energies, currents | {BOARD: _stated(cycle.board_a)}


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
    load_a = sum_of(_loads(cycle, interval_s)[1].values())
    named = tuple((share.name, share.share_ratio) for share in shares_of(cycle, charge, interval_s))
    return IntervalLife(interval_s, _average(charge, load_a), _life(charge, load_a), named)


def sleep_only_life(cycle: Cycle, charge: Charge) -> Band | None:
    """The life without any inference: the limit of ever longer intervals; None when nothing empties the battery."""
    asleep_a = _scaled(cycle.sleep_a, cycle.supply_v / cycle.battery_v)
    load_a = sum_of((asleep_a, _stated(cycle.board_a)))
    return _life(charge, load_a) if math.isfinite(_time(charge, charge.usable_c.high, load_a.low)) else None


def shelf_life(charge: Charge) -> float | None:
    """Until self-discharge alone has taken the usable charge; None: it never does."""
    life_s = _time(charge, charge.usable_c.value, 0.0)
    return life_s if math.isfinite(life_s) else None


def crossing_at(cycle: Cycle, charge: Charge, share_ratio: float) -> Crossing:
    """The interval at which inference and wake-up take `share_ratio` of the charge; above, they take less."""

    def is_below(interval_s: float) -> bool:
        shares = shares_of(cycle, charge, interval_s)
        return sum(share.share_ratio for share in shares if share.name in AWAKE) <= share_ratio

    low_s = high_s = cycle.awake_s
    while not is_below(high_s):
        low_s, high_s = high_s, high_s * 2
        if high_s > _LONGEST_INTERVAL_S:
            return Crossing(share_ratio, None)
    for _ in range(_HALVINGS_COUNT):
        middle_s = (low_s + high_s) / 2
        low_s, high_s = (low_s, middle_s) if is_below(middle_s) else (middle_s, high_s)
    return Crossing(share_ratio, high_s)


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


def _life(charge: Charge, load_a: Band) -> Band:
    """From the smallest charge at the highest load to the largest charge at the lowest one."""
    usable_c = charge.usable_c
    life_s = Band(
        _time(charge, usable_c.value, load_a.value),
        _time(charge, usable_c.low, load_a.high),
        _time(charge, usable_c.high, load_a.low),
        _basis(usable_c.basis, load_a.basis, charge),
    )
    if not math.isfinite(life_s.high):
        raise UsageError(
            "the current out of the battery may be 0",
            why="the power model's band around the inference reaches down to nothing",
            fix="correct low_ratio in the power model",
        )
    return life_s


def _average(charge: Charge, load_a: Band) -> Band:
    """Load and self-discharge, over the life."""
    usable_c = charge.usable_c.value
    value, low, high = (usable_c / _time(charge, usable_c, each) for each in _ends(load_a))
    return Band(value, low, high, _basis(Basis.MEASURED.value, load_a.basis, charge))


def _time(charge: Charge, usable_c: float, load_a: float) -> float:
    """Until the usable charge is gone; infinite where nothing takes it."""
    if charge.decay_hz <= 0:
        return usable_c / load_a if load_a > 0 else math.inf
    left_c = max(charge.rated_c - usable_c, 0.0) + load_a / charge.decay_hz
    return math.log1p(usable_c / left_c) / charge.decay_hz if left_c > 0 else math.inf


def _basis(usable_basis: str, load_basis: str, charge: Charge) -> str:
    bases = [usable_basis, load_basis, *([charge.decay_basis] if charge.decay_hz > 0 else [])]
    return weakest([Basis(each) for each in bases]).value


def _ends(band: Band) -> tuple[float, float, float]:
    return band.value, band.low, band.high


def _scaled(band: Band, factor: float) -> Band:
    return Band(band.value * factor, band.low * factor, band.high * factor, band.basis)


def _stated(value: float) -> Band:
    """What the user states, without a band."""
    return Band(value, value, value, Basis.ASSUMED.value)
