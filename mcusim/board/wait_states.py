"""How many wait states flash needs at a clock, by supply voltage and core voltage range."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.board.schema import FlashInterface, WaitStates


def wait_states_for(
    interface: FlashInterface, clock_hz: int, supply_v: float, voltage_range: str = ""
) -> int | None:
    """The fewest wait states that flash may be read with; None where no number of them is specified.

    A range that no table names counts like an unknown one (""): the fastest of the chip's ranges that allows the
    clock. None is also the answer for a chip that says nothing of its wait states (`interface.wait_states` is empty).
    """
    return min(
        (
            bisect_left(table.limits_hz, clock_hz)
            for table in tables_for(interface, supply_v, voltage_range)
            if clock_hz <= table.limits_hz[-1]
        ),
        default=None,
    )


def tables_for(interface: FlashInterface, supply_v: float, voltage_range: str = "") -> tuple[WaitStates, ...]:
    """What holds at this supply: per core voltage range the table with the highest supply that is reached."""
    if voltage_range not in {table.voltage_range for table in interface.wait_states}:
        voltage_range = ""
    best: dict[str, WaitStates] = {}
    for table in interface.wait_states:
        is_meant = not voltage_range or table.voltage_range in ("", voltage_range)
        known = best.get(table.voltage_range)
        if (
            is_meant
            and table.min_supply_v <= supply_v
            and (known is None or known.min_supply_v < table.min_supply_v)
        ):
            best[table.voltage_range] = table
    return tuple(best.values())
