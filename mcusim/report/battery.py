"""How long a battery lasts, ready to be shown; no computing here.

Field names are the keys of the JSON output, all in SI base units (charge in coulombs: 3.6 C are 1 mAh).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.report.quantity import Band
    from mcusim.report.report import CurrentUse, FirmwareId

BATTERY_SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class BatteryId:
    """The battery that was assumed."""

    name: str
    title: str
    nominal_v: float
    cutoff_v: float
    max_v: float
    capacity_c: float
    """Rated."""
    usable_c: Band
    self_discharge_percent: float | None
    """Of the charge that is left, in a year; None: not known, and left out."""
    max_continuous_a: float | None
    max_pulse_a: float | None
    shelf_life_s: float
    """Beyond which its maker promises nothing: what its file says, else ten years."""
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feeding:
    """How the battery feeds the chip."""

    kind: str
    """"direct", "linear" (a regulator that passes the current on) or "switching"."""
    supply_v: float
    """At the chip: the energies are at this voltage."""
    efficiency_ratio: float
    """Of a switching regulator; 1 elsewhere (a linear one wastes voltage, not current)."""
    why: str
    """Who chose the voltage."""


@dataclass(frozen=True, slots=True)
class SleepUse:
    """The state between inferences."""

    mode: str
    activity: str
    current_a: Band
    """Into the chip."""
    source: str
    chosen_by: str
    """"option", "firmware" (it did so in the run) or "assumed"."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WakeUpUse:
    """From the event that ends the sleep to the first instruction."""

    duration_s: float
    energy_j: Band
    source: str
    """Empty: the power model has no wake-up time of this mode, and none is counted."""


@dataclass(frozen=True, slots=True)
class BatteryShare:
    """One of the things that the charge goes into."""

    name: str
    """"inference", "wake-up", "sleep", "sensor", "board" or "self-discharge"."""
    energy_j: Band | None
    """Per interval, at the chip's supply; None where it is a current out of the battery all the time."""
    current_a: Band
    """Average out of the battery."""
    share_ratio: float
    """Of the average of all; the shares sum to 1."""


@dataclass(frozen=True, slots=True)
class IntervalLife:
    """The life at one interval between inferences."""

    interval_s: float
    average_a: Band
    life_s: Band
    shares: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Crossing:
    """The interval from which on inference (with its wake-up) takes no more than a share of the charge."""

    share_ratio: float
    interval_s: float | None
    """None: never, as nothing else draws current. The time awake itself: at every interval that is possible."""


@dataclass(frozen=True, slots=True)
class BatteryLife:
    """How long a battery lasts with one inference every so often."""

    mcusim_version: str
    firmware: FirmwareId
    board: str
    board_title: str
    core: str
    clock_hz: int
    power_model: str
    what_if: tuple[str, ...]
    stop: str
    """Reason for the end of the run."""
    function: str
    """What was measured."""
    interval_s: float
    inference_s: Band
    inference_j: Band
    running: CurrentUse
    """The run current that most of the inference's energy went into, into the chip."""
    battery: BatteryId
    feeding: Feeding
    sleep: SleepUse
    wake_up: WakeUpUse
    average_a: Band
    """Out of the battery, with self-discharge."""
    life_s: Band
    shares: tuple[BatteryShare, ...]
    peak_a: float
    """Highest mean current of a state, out of the battery."""
    crossings: tuple[Crossing, ...]
    sleep_only_s: Band | None
    """Life without any inference: no interval gives a longer one; None: nothing draws current then."""
    self_discharge_only_s: float | None
    """Life with nothing connected; None: self-discharge is not known, or never takes all of the usable charge."""
    curve: tuple[IntervalLife, ...]
    """Life against the interval, the shortest interval first."""
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
