"""How many wait states flash needs, by clock, supply voltage and core voltage range."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.board.load import load_board
from mcusim.board.schema import FlashInterface, WaitStates
from mcusim.board.wait_states import tables_for, wait_states_for
from mcusim.provenance import Basis, Provenance

MHZ = 1_000_000
SOURCE = Provenance(Basis.ASSUMED, "a test")


def interface(*tables: tuple[tuple[float, ...], float, str]) -> FlashInterface:
    """An interface with these (limits in MHz, lowest supply, range)."""
    base = load_board("nucleo_f446re").chip.flash_interface
    assert base is not None
    return replace(
        base,
        wait_states=tuple(
            WaitStates(tuple(round(each * MHZ) for each in limits_mhz), SOURCE, min_supply_v, voltage_range)
            for limits_mhz, min_supply_v, voltage_range in tables
        ),
    )


# As in the STM32F4's table of wait states by clock and supply (modm-devices 0.13.1).
BY_SUPPLY = interface(((30, 60, 90), 2.7, ""), ((24, 48, 72, 90), 2.4, ""), ((20, 40, 60, 80, 90), 1.8, ""))
BY_RANGE = interface(((20, 40, 60), 0.0, "range1"), ((8, 16, 26), 0.0, "range2"))


@pytest.mark.parametrize(
    ("expected_count", "clock_mhz", "supply_v"),
    [
        (0, 30, 3.3),
        (1, 30.000001, 3.3),
        (2, 90, 2.7),
        (3, 90, 2.699),
        (3, 90, 2.4),
        (4, 90, 2.3),
        (0, 16, 1.8),
        (None, 91, 3.3),  # beyond every limit
        (None, 16, 1.7),  # a supply that no table holds at
    ],
)
def test_a_lower_supply_needs_more_wait_states_at_the_same_clock(expected_count, clock_mhz, supply_v):
    assert expected_count == wait_states_for(BY_SUPPLY, round(clock_mhz * MHZ), supply_v)


@pytest.mark.parametrize(
    ("expected_count", "clock_mhz", "voltage_range"),
    [
        (1, 40, "range1"),
        (2, 26, "range2"),
        (None, 27, "range2"),
        (1, 27, ""),  # nobody says which range: the one that allows the clock with the fewest
        (1, 27, "a range that no table names"),
    ],
)
def test_a_lower_core_voltage_needs_more_wait_states_at_the_same_clock(
    expected_count, clock_mhz, voltage_range
):
    assert expected_count == wait_states_for(BY_RANGE, clock_mhz * MHZ, 3.3, voltage_range)


def test_a_table_without_a_range_holds_in_every_range():
    both = interface(((20, 40), 0.0, ""), ((8, 16), 0.0, "range2"))

    assert {"", "range2"} == {each.voltage_range for each in tables_for(both, 3.3, "range2")}
    assert wait_states_for(both, 16 * MHZ, 3.3, "range2") == 0


def test_a_chip_that_says_nothing_has_no_answer():
    assert wait_states_for(interface(), 16 * MHZ, 3.3) is None
    assert interface().wait_state_limits_hz == ()


def test_the_fastest_table_stands_for_the_interface():
    """The one with the highest clock, and with the fewest wait states to reach it."""
    assert (30 * MHZ, 60 * MHZ, 90 * MHZ) == BY_SUPPLY.wait_state_limits_hz
    assert (20 * MHZ, 40 * MHZ, 60 * MHZ) == BY_RANGE.wait_state_limits_hz
