"""A power model as plain data: current per state, with its source."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.provenance import Basis, Provenance


class Activity(Enum):
    """What the chip is doing."""

    RUN = "run"
    SLEEP = "sleep"  # WFI/WFE, clocks on
    STOP = "stop"
    STANDBY = "standby"


class Execution(Enum):
    """Where instructions come from and how: one axis of the current tables."""

    ANY = "any"
    FLASH = "flash"
    FLASH_PREFETCH = "flash_prefetch"
    FLASH_UNCACHED = "flash_uncached"
    RAM = "ram"


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


@dataclass(frozen=True, slots=True)
class PowerModel:
    """Current points of one chip with one regulator setting."""

    name: str
    chip: str
    regulator: str
    """"ldo": current does not depend on the supply; "smps": one row per supply voltage."""
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


@dataclass(frozen=True, slots=True)
class PowerState:
    """Time spent in one state; a run is a sequence of them."""

    activity: Activity
    execution: Execution
    clock_hz: int
    duration_s: float


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


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number that is not exact."""

    value: float
    low: float
    high: float
    basis: str
