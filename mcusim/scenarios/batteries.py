"""Reads battery files: voltages, capacity, self-discharge and the current a battery can deliver, with their sources.

The format is in docs/howto/estimate-battery-life.md. Temperature, ageing and rate effects are not modelled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mcusim.datafile import Table
from mcusim.errors import DataFileError
from mcusim.provenance import Basis, Provenance
from mcusim.shipped import data_file, shipped_names

if TYPE_CHECKING:
    from pathlib import Path

C_PER_MAH = 3.6
YEAR_S = 365.25 * 86_400

# Ganssle, "How much energy can you really get from a coin cell?": no maker of coin cells states a longer shelf life.
USUAL_SHELF_LIFE_S = 10 * YEAR_S

FOLDER = "power_models/batteries"
_MA_PER_A = 1000
_MAX_V = 100.0

USABLE_BAND_RATIO = 0.15
"""Half the band of the usable capacity, where a file gives none. Assumed: cells of one batch differ by a few percent,
but cold, age and pulses each take more (TI SWRA349: 9 % between 15 and 30 mA pulses on CR2032)."""


@dataclass(frozen=True, slots=True)
class Battery:
    """One battery as its file describes it."""

    name: str
    title: str
    nominal_v: float
    """The mean of a discharge."""
    cutoff_v: float
    """At which it counts as empty."""
    max_v: float
    """When full."""
    voltage_provenance: Provenance
    capacity_c: float
    """Rated charge."""
    usable_ratio: float
    """Of the rated charge: what a device gets out before the cut-off."""
    usable_low_ratio: float
    usable_high_ratio: float
    capacity_provenance: Provenance
    self_discharge_percent: float | None = None
    """Of the charge that is left, in a year; None: not known, and left out of the life."""
    self_discharge_provenance: Provenance | None = None
    max_continuous_a: float | None = None
    max_pulse_a: float | None = None
    load_provenance: Provenance | None = None
    shelf_life_s: float | None = None
    """After which its maker no longer promises the capacity."""
    has_own_band: bool = True
    """False: the band of the usable charge is `USABLE_BAND_RATIO`."""
    path: str = ""

    @property
    def usable_c(self) -> float:
        """Charge that a device gets out."""
        return self.capacity_c * self.usable_ratio

    @property
    def decay_hz(self) -> float:
        """Self-discharge as the share of the remaining charge that is lost per second; 0 where it is not known."""
        return -math.log1p(-(self.self_discharge_percent or 0.0) / 100) / YEAR_S


def battery_names() -> tuple[str, ...]:
    """The names of the shipped batteries, sorted."""
    return shipped_names(FOLDER)


def load_battery(name_or_path: str) -> Battery:
    """The shipped battery of that name, or the one in the user's file ending in ".toml".

    Raises:
        UnknownNameError: no shipped battery has that name.
        DataFileError: the file is missing or wrong.
    """
    path = data_file(FOLDER, "battery", name_or_path)
    table = Table.load(path)
    battery = _battery(table, path)
    table.finish()
    _check(battery, table)
    return battery


def own_battery(capacity_c: float, voltage_v: float, self_discharge_percent: float | None) -> Battery:
    """What --capacity and --voltage describe: all of it usable, empty at 80 % of its voltage."""
    said = Provenance(Basis.ASSUMED, "the command line")
    return Battery(
        name="own",
        title="own battery",
        nominal_v=voltage_v,
        cutoff_v=voltage_v * 0.8,
        max_v=voltage_v,
        voltage_provenance=Provenance(Basis.ASSUMED, "--voltage; empty at 80 % of it"),
        capacity_c=capacity_c,
        usable_ratio=1.0,
        usable_low_ratio=1.0 - USABLE_BAND_RATIO,
        usable_high_ratio=1.0 + USABLE_BAND_RATIO,
        capacity_provenance=said,
        self_discharge_percent=self_discharge_percent,
        self_discharge_provenance=None if self_discharge_percent is None else said,
        has_own_band=False,
    )


def _battery(table: Table, path: Path) -> Battery:
    voltage, capacity = table.table("voltage"), table.table("capacity")
    losses, load = table.optional_table("self_discharge"), table.optional_table("load")
    nominal_v = voltage.number("nominal_v", minimum=0.5, maximum=_MAX_V)
    usable_ratio = capacity.number("usable_percent", minimum=1.0, maximum=120.0) / 100
    return Battery(
        name=table.text("name"),
        title=table.text("title"),
        nominal_v=nominal_v,
        cutoff_v=voltage.number("cutoff_v", minimum=0.1, maximum=_MAX_V),
        max_v=voltage.number("max_v", nominal_v, minimum=0.5, maximum=_MAX_V),
        voltage_provenance=voltage.provenance(),
        capacity_c=capacity.number("capacity_mah", minimum=0.001, maximum=1e6) * C_PER_MAH,
        usable_ratio=usable_ratio,
        usable_low_ratio=_percent(capacity, "usable_low_percent", usable_ratio * (1 - USABLE_BAND_RATIO)),
        usable_high_ratio=_percent(capacity, "usable_high_percent", usable_ratio * (1 + USABLE_BAND_RATIO)),
        capacity_provenance=capacity.provenance(),
        self_discharge_percent=losses.number("percent_per_year", maximum=99.0) if losses else None,
        self_discharge_provenance=losses.provenance() if losses else None,
        max_continuous_a=_amperes(load, "max_continuous_ma"),
        max_pulse_a=_amperes(load, "max_pulse_ma"),
        load_provenance=load.provenance() if load else None,
        shelf_life_s=_years_s(losses, "shelf_life_years"),
        has_own_band=capacity.has("usable_low_percent") and capacity.has("usable_high_percent"),
        path=str(path),
    )


def _years_s(table: Table | None, key: str) -> float | None:
    if table is None or not table.has(key):
        return None
    return table.number(key, minimum=0.1, maximum=100.0) * YEAR_S


def _percent(table: Table, key: str, default_ratio: float) -> float:
    return table.number(key, minimum=1.0, maximum=150.0) / 100 if table.has(key) else default_ratio


def _amperes(load: Table | None, key: str) -> float | None:
    if load is None or not load.has(key):
        return None
    return load.number(key, minimum=0.001, maximum=1e6) / _MA_PER_A


def _check(battery: Battery, table: Table) -> None:
    if not battery.cutoff_v <= battery.nominal_v <= battery.max_v:
        raise DataFileError(
            "the battery's voltages contradict each other",
            where=table.where("[voltage]"),
            why=f"cutoff_v {battery.cutoff_v:g}, nominal_v {battery.nominal_v:g}, max_v {battery.max_v:g}",
            fix="order them: cutoff_v at most nominal_v, max_v at least",
        )
    if not battery.usable_low_ratio <= battery.usable_ratio <= battery.usable_high_ratio:
        raise DataFileError(
            "the band does not contain the usable capacity",
            where=table.where("[capacity]"),
            why=f"usable_low_percent {battery.usable_low_ratio * 100:g}, usable_percent "
            f"{battery.usable_ratio * 100:g}, usable_high_percent {battery.usable_high_ratio * 100:g}",
            fix="order them: usable_low_percent at most usable_percent, usable_high_percent at least",
        )
    pulse_a, continuous_a = battery.max_pulse_a, battery.max_continuous_a
    if pulse_a is not None and continuous_a is not None and pulse_a < continuous_a:
        raise DataFileError(
            "max_pulse_ma is below max_continuous_ma",
            where=table.where("[load]"),
            why="a battery delivers at least as much in a pulse as all the time",
            fix="swap or correct them",
        )


def with_own_figures(
    battery: Battery, capacity_c: float | None, self_discharge_percent: float | None
) -> Battery:
    """The battery with what the user knows better than its file."""
    said = Provenance(Basis.ASSUMED, "the command line")
    if capacity_c is not None:
        battery = replace(
            battery, capacity_c=capacity_c, capacity_provenance=said, title=f"{battery.title}, own capacity"
        )
    if self_discharge_percent is not None:
        battery = replace(
            battery, self_discharge_percent=self_discharge_percent, self_discharge_provenance=said
        )
    return battery
