"""A power model as plain data: currents by state, wake-up times and peripheral currents, each with its source."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.provenance import Basis, Provenance

REGULATORS = ("ldo", "smps")
TABLE_TEMP_C = 25.0
"""Junction or ambient temperature of a row that names none: what datasheets call "typical"."""


class Activity(Enum):
    """What the chip is doing."""

    RUN = "run"
    SLEEP = "sleep"  # WFI/WFE, clocks on
    STOP = "stop"
    STANDBY = "standby"
    WAKE_UP = "wake_up"  # from the event that ends a deep sleep to the first instruction


class Execution(Enum):
    """Where instructions come from and how: one axis of the current tables."""

    ANY = "any"
    FLASH = "flash"
    FLASH_PREFETCH = "flash_prefetch"
    FLASH_UNCACHED = "flash_uncached"
    RAM = "ram"
    TCM = "tcm"


class Workload(Enum):
    """What the chip computed while a run current was taken."""

    BENCHMARK = "benchmark"
    """CoreMark or the like: inference draws `inference_scale_ratio` times that."""
    INFERENCE = "inference"
    """Measured while a network ran, with the peripherals that its firmware had left on."""


@dataclass(frozen=True, slots=True)
class PowerState:
    """The axes of the current tables: what a run says about how the chip was set at one time."""

    activity: Activity
    execution: Execution
    clock_hz: int
    mode: str = ""
    """Which of the chip's deep sleep modes ("stop2"): a `mode` of the model's rows; empty: not known."""
    regulator: str = ""
    """"ldo" or "smps" as firmware chose; empty: the model's default."""
    voltage_range: str = ""
    """Core voltage range ("range1", "vos3") as firmware chose; empty: not known."""
    peripherals: tuple[str, ...] = ()
    """Devices of the chip file whose clocks firmware switched on, sorted."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What holds for a whole run."""

    supply_v: float
    temp_c: float = TABLE_TEMP_C


@dataclass(frozen=True, slots=True)
class CurrentPoint:
    """Supply current in one state at one clock as the source prints it, and inference over it."""

    activity: Activity
    execution: Execution
    clock_hz: int
    """0 where the clocks stand still: the current holds for any clock."""
    supply_v: float
    current_a: float
    provenance: Provenance
    scale_ratio: float = 1.0
    """Expected current of inference firmware over `current_a`."""
    low_ratio: float = 1.0
    """Lower end of the band over `current_a`."""
    high_ratio: float = 1.0
    """Upper end of the band over `current_a`."""
    regulator: str = "ldo"
    voltage_range: str = ""
    """Core voltage range that the row holds in; empty: the source does not say, or the chip has one."""
    temp_c: float = TABLE_TEMP_C
    mode: str = ""
    """Name of the sleep mode; empty on run rows."""
    workload: Workload = Workload.BENCHMARK


@dataclass(frozen=True, slots=True)
class VoltageRange:
    """One setting of the core voltage, and what it allows."""

    name: str
    max_clock_hz: int
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class WakeUp:
    """From the event that ends a sleep mode to the first instruction."""

    mode: str
    duration_s: float
    provenance: Provenance
    current_a: float | None = None
    """None: not published; the run current at the clock after the wake-up stands in."""


@dataclass(frozen=True, slots=True)
class PeripheralCurrent:
    """What one peripheral adds while its clock is on."""

    name: str
    """Of the device in the chip file, in lower case."""
    current_a: float
    """At any clock."""
    a_per_hz: float
    """Per hertz of the core clock."""
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Fit:
    """What a calibrated model was fitted on."""

    firmware_sha256: str
    measurement: str
    points_count: int
    residual_ratio: float
    """Root mean square of (modelled - measured) / measured after the fit."""


@dataclass(frozen=True, slots=True)
class PowerModel:
    """Current points of one chip."""

    name: str
    chips: tuple[str, ...]
    """Names of the chip files that the model holds for."""
    regulator: str
    """The one that the chip starts with. "ldo": current does not depend on the supply; "smps": one row per supply."""
    min_supply_v: float
    max_supply_v: float
    supply_provenance: Provenance
    points: tuple[CurrentPoint, ...]
    inference_scale_ratio: float
    """Inference current over the table's benchmark current; 1 for tables measured on inference."""
    inference_scale_low_ratio: float
    inference_scale_high_ratio: float
    scale_provenance: Provenance
    idle_provenance: Provenance | None = None
    """Of the band around sleep, stop and standby currents."""
    covers: str = ""
    """What the current is measured into: the chip alone, one rail, the whole board."""
    path: str = ""
    min_temp_c: float = TABLE_TEMP_C
    max_temp_c: float = TABLE_TEMP_C
    temp_provenance: Provenance | None = None
    """Of the part's temperature range; None: the model holds for the tables' temperature alone."""
    voltage_ranges: tuple[VoltageRange, ...] = ()
    """Lowest clock first; empty: the chip has one, or the tables do not tell them apart."""
    wake_ups: tuple[WakeUp, ...] = ()
    peripherals: tuple[PeripheralCurrent, ...] = ()
    fits: tuple[Fit, ...] = ()
    """Empty for a model that nobody calibrated."""

    @property
    def modes(self) -> tuple[str, ...]:
        """Names of the sleep modes that have a current, shallowest first."""
        order = list(Activity)
        named = [each for each in self.points if each.mode]
        named.sort(key=lambda each: order.index(each.activity))
        return tuple(dict.fromkeys(each.mode for each in named))


@dataclass(frozen=True, slots=True)
class CurrentEstimate:
    """The supply current in one state, with its band and where it comes from."""

    value_a: float
    low_a: float
    high_a: float
    basis: Basis
    sources: tuple[str, ...]
    note: str
    """What a reader must know besides the number: fallbacks and extrapolation; empty when nothing."""
    peripherals: tuple[tuple[str, float], ...] = field(default=())
    """(name, amperes) of the peripherals that are part of `value_a`."""
    regulator: str = ""
    """Of the rows that were read; empty where no row was."""
    voltage_range: str = ""
    """Of the rows that were read; empty where they hold in any."""
    table_ratio: float = 1.0
    """Share of it that was taken with all peripherals off; the rest was measured with those of some firmware on."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number that is not exact."""

    value: float
    low: float
    high: float
    basis: str
