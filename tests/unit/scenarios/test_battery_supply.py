"""How a battery feeds a chip: directly where it may, through a regulator else, and never with a voltage it has not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.errors import UsageError
from mcusim.scenarios.batteries import own_battery
from mcusim.scenarios.battery_supply import SupplyWish, battery_voltage, feeding_of, supply_notes

COIN = replace(own_battery(792.0, 3.0, 1.0), cutoff_v=2.0, max_v=3.2, title="a coin cell")
LIPO = replace(own_battery(1800.0, 3.7, 20.0), cutoff_v=3.0, max_v=4.2, title="a LiPo cell")
ALKALINE = replace(own_battery(9000.0, 1.5, 3.0), cutoff_v=0.9, max_v=1.6, title="an alkaline cell")


def wish(option_v=None, efficiency_ratio=None, board_v=3.3):
    return SupplyWish(board_v, option_v, efficiency_ratio)


@pytest.mark.parametrize(
    ("battery", "wished", "expected"),
    [
        (COIN, wish(), ("direct", 3.0, "the battery's")),
        (COIN, wish(2.5), ("direct", 2.5, "--supply")),
        (COIN, wish(1.8), ("linear", 1.8, "--supply")),
        (LIPO, wish(), ("linear", 3.3, "the board's")),
        (LIPO, wish(1.8), ("linear", 1.8, "--supply")),
        (LIPO, wish(efficiency_ratio=0.9), ("switching", 3.3, "the board's")),
        (ALKALINE, wish(efficiency_ratio=0.8), ("switching", 3.3, "the board's")),
        (COIN, wish(3.3, 0.8), ("switching", 3.3, "--supply")),
    ],
)
def test_the_supply_is_the_batterys_where_the_chip_stands_it(power_model, battery, wished, expected):
    """The hand-made chip works from 1.7 to 3.6 V."""
    feeding = feeding_of(battery, power_model, wished)

    assert expected == (feeding.kind, feeding.supply_v, feeding.why)


@pytest.mark.parametrize(
    ("battery", "wished"),
    [
        (COIN, wish(3.3)),
        (ALKALINE, wish()),
        (ALKALINE, wish(1.8)),
        (LIPO, wish(board_v=5.0)),
        (LIPO, wish(3.9)),
    ],
)
def test_a_voltage_that_the_battery_has_not_needs_a_converter(power_model, battery, wished):
    with pytest.raises(UsageError, match=r"cannot supply .* by itself") as error:
        feeding_of(battery, power_model, wished)

    assert "--regulator-efficiency" in error.value.fix


def test_a_linear_regulator_passes_the_current_on_and_a_switching_one_the_power(power_model):
    linear = feeding_of(LIPO, power_model, wish())
    switching = feeding_of(LIPO, power_model, wish(efficiency_ratio=0.9))

    assert battery_voltage(LIPO, linear) == 3.3
    assert pytest.approx(0.9 * 3.7) == battery_voltage(LIPO, switching)


def test_charge_below_the_chips_lowest_supply_is_out_of_reach(power_model):
    deep = replace(COIN, cutoff_v=1.0)

    assert supply_notes(COIN, power_model, feeding_of(COIN, power_model, wish())) == ()
    (note,) = supply_notes(deep, power_model, feeding_of(deep, power_model, wish()))
    assert "the chip needs 1.7 V, the battery counts as empty at 1 V" in note


def test_what_a_regulator_does_not_do_as_modelled_is_said(power_model):
    (linear,) = supply_notes(LIPO, power_model, feeding_of(LIPO, power_model, wish()))
    (switching,) = supply_notes(LIPO, power_model, feeding_of(LIPO, power_model, wish(efficiency_ratio=0.9)))

    assert "falls to 3 V" in linear
    assert "90% is taken at every load" in switching
