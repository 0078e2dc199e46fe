"""Decides how a battery feeds a chip: wired directly, through a linear or through a switching regulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.errors import UsageError
from mcusim.report.battery import Feeding

if TYPE_CHECKING:
    from mcusim.power.schema import PowerModel
    from mcusim.scenarios.batteries import Battery


@dataclass(frozen=True, slots=True)
class SupplyWish:
    """What the user and the board say about the supply."""

    board_v: float
    option_v: float | None
    """--supply."""
    efficiency_ratio: float | None
    """--regulator-efficiency: there is a switching regulator."""


def feeding_of(battery: Battery, model: PowerModel, wish: SupplyWish) -> Feeding:
    """The chip's supply and what the battery delivers for it.

    Raises:
        UsageError: the battery cannot feed the chip without a regulator that steps the voltage up.
    """
    if wish.efficiency_ratio is not None:
        supply_v, why = (
            (wish.board_v, "the board's") if wish.option_v is None else (wish.option_v, "--supply")
        )
        return Feeding("switching", supply_v, wish.efficiency_ratio, why)
    can_be_direct = battery.max_v <= model.max_supply_v
    if wish.option_v is not None:
        supply_v, why = wish.option_v, "--supply"
    elif can_be_direct:
        supply_v, why = battery.nominal_v, "the battery's"
    else:
        supply_v, why = wish.board_v, "the board's"
    is_too_weak = wish.option_v is None and supply_v < model.min_supply_v
    if supply_v > battery.max_v or is_too_weak:
        raise _too_low(battery, model, supply_v)
    if can_be_direct and battery.cutoff_v <= supply_v:
        return Feeding("direct", supply_v, 1.0, why)
    if supply_v > battery.nominal_v:
        raise _too_low(battery, model, supply_v)
    return Feeding("linear", supply_v, 1.0, why)


def battery_voltage(battery: Battery, feeding: Feeding) -> float:
    """Joules at the chip's supply per coulomb out of the battery, in volts."""
    if feeding.kind == "switching":
        return battery.nominal_v * feeding.efficiency_ratio
    return feeding.supply_v


def supply_notes(battery: Battery, model: PowerModel, feeding: Feeding) -> tuple[str, ...]:
    """What a reader must know about the voltages."""
    notes = []
    if feeding.kind == "switching":
        notes.append(
            f"the regulator's {feeding.efficiency_ratio:.0%} is taken at every load; at microamperes it is usually less"
        )
    elif feeding.kind == "linear" and battery.cutoff_v < feeding.supply_v:
        notes.append(
            f"the battery falls to {battery.cutoff_v:g} V: below {feeding.supply_v:g} V and its dropout, "
            "the regulator only follows it"
        )
    if feeding.kind != "switching" and battery.cutoff_v < model.min_supply_v:
        notes.append(
            f"the chip needs {model.min_supply_v:g} V, the battery counts as empty at {battery.cutoff_v:g} V: "
            "the last of its charge is out of reach"
        )
    return tuple(notes)


def _too_low(battery: Battery, model: PowerModel, supply_v: float) -> UsageError:
    return UsageError(
        f"{battery.title} cannot supply {supply_v:g} V by itself",
        why=f"it has {battery.max_v:g} V when full and {battery.nominal_v:g} V on average; "
        f"the chip works from {model.min_supply_v:g} to {model.max_supply_v:g} V",
        fix="give --regulator-efficiency 85% for a converter that steps the voltage up, or another --supply",
    )
