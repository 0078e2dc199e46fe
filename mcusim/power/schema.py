"""A power model as plain data: current per state, with its source."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.provenance import Provenance


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
    """Supply current in one state at one clock."""

    activity: Activity
    execution: Execution
    clock_hz: int
    supply_v: float
    current_a: float
    provenance: Provenance


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
    """Inference current over the table's benchmark current (power.md 1.3); 1 for tables measured on inference."""
    inference_scale_low_ratio: float
    inference_scale_high_ratio: float
    scale_provenance: Provenance


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number that is not exact."""

    value: float
    low: float
    high: float
    basis: str
