"""The energy models of the STM32F401 and F407 hold what the datasheets print."""

from __future__ import annotations

import pytest

from mcusim.power.load import load_power_model
from mcusim.power.schema import Activity, Execution

MHZ = 1_000_000


def _table(name, activity, execution):
    """Milliampere by megahertz."""
    return {
        point.clock_hz // MHZ: pytest.approx(point.current_a * 1e3)
        for point in load_power_model(name).points
        if (point.activity, point.execution) == (activity, execution)
    }


@pytest.mark.parametrize(
    ("name", "execution", "expected"),
    [
        # DS10086 Rev 3, tables 23, 25 and 24
        ("stm32f401re", Execution.FLASH, {84: 12.5, 60: 8.4, 40: 6.2, 30: 5.1, 20: 4.2}),
        ("stm32f401re", Execution.FLASH_PREFETCH, {84: 21.6, 60: 15.3, 40: 11.2, 30: 9.0, 20: 7.3}),
        ("stm32f401re", Execution.FLASH_UNCACHED, {84: 20.2, 60: 14.9, 40: 10.6, 30: 8.8, 20: 6.9}),
    ],
)
def test_the_run_currents_of_the_f401_are_those_of_its_three_flash_settings(name, execution, expected):
    assert expected == _table(name, Activity.RUN, execution)


@pytest.mark.parametrize(
    ("execution", "expected"),
    [
        # DS8626 Rev 12, tables 20 and 21
        (Execution.FLASH, {168: 40, 144: 31, 120: 26, 90: 20, 60: 14, 30: 8}),
        (Execution.FLASH_UNCACHED, {168: 46, 144: 40, 120: 37, 90: 30, 60: 22, 30: 12}),
    ],
)
def test_the_run_currents_of_the_f407_are_the_datasheet_s(execution, expected):
    table = _table("stm32f407vg", Activity.RUN, execution)

    assert expected == {mhz: table[mhz] for mhz in expected}


def test_what_the_f407_s_datasheet_does_not_print_is_derived_from_what_it_prints():
    """Prefetch on: 1.1 x ART off, as on the relatives that print both."""
    points = load_power_model("stm32f407vg").points
    with_prefetch = [each for each in points if each.execution is Execution.FLASH_PREFETCH]
    uncached = _table("stm32f407vg", Activity.RUN, Execution.FLASH_UNCACHED)

    assert {"derived"} == {each.provenance.basis.value for each in with_prefetch}
    for point in with_prefetch:
        assert point.current_a * 1e3 / 1.1 == uncached[point.clock_hz // MHZ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("stm32f401re", {84: 5.3, 60: 3.7, 40: 2.9, 30: 2.7, 20: 2.7}),  # DS10086 Rev 3, table 26
        (
            "stm32f407vg",
            {168: 12, 144: 9, 120: 8, 90: 7, 60: 5, 30: 3, 25: 2, 16: 2, 8: 1},
        ),  # DS8626 Rev 12, table 22
    ],
)
def test_sleep_currents_are_the_datasheets(name, expected):
    assert expected == _table(name, Activity.SLEEP, Execution.ANY)
