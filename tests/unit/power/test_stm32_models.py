"""The power models of the STM32 hold what their sources print, and every shipped STM32 board has one that fits it."""

from __future__ import annotations

import re

import pytest

from mcusim.board.load import board_names, load_board
from mcusim.power.energy import current_estimate
from mcusim.power.load import load_power_model, power_model_names
from mcusim.power.schema import Activity, Conditions, Execution, PowerState, Workload
from mcusim.provenance import Basis

MHZ = 1_000_000
MODELS = {name: load_power_model(name) for name in power_model_names() if name.startswith("stm32")}
BOARDS = {name: board for name in board_names() if (board := load_board(name)).chip.name.startswith("stm32")}


def _table(name, activity, **wanted):
    """Milliampere by megahertz of the rows that have the wanted properties."""
    return {
        point.clock_hz / MHZ: pytest.approx(point.current_a * 1e3)
        for point in MODELS[name].points
        if point.activity is activity
        and point.workload is Workload.BENCHMARK
        and all(getattr(point, key) == value for key, value in {"temp_c": 25.0, **wanted}.items())
    }


def _deep(name, **wanted):
    """Microampere by mode."""
    return {
        point.mode: pytest.approx(point.current_a * 1e6)
        for point in MODELS[name].points
        if point.activity in (Activity.STOP, Activity.STANDBY)
        and all(getattr(point, key) == value for key, value in {"temp_c": 25.0, **wanted}.items())
    }


def _wake_ups_us(name):
    return {each.mode: pytest.approx(each.duration_s * 1e6) for each in MODELS[name].wake_ups}


FLASH, PREFETCH, UNCACHED = Execution.FLASH, Execution.FLASH_PREFETCH, Execution.FLASH_UNCACHED
RAM, TCM = Execution.RAM, Execution.TCM


@pytest.mark.parametrize(
    ("name", "execution", "expected"),
    [
        # DS10086 Rev 3, tables 23, 25, 24 and 21
        ("stm32f401re", FLASH, {84: 12.5, 60: 8.4, 40: 6.2, 30: 5.1, 20: 4.2}),
        ("stm32f401re", PREFETCH, {84: 21.6, 60: 15.3, 40: 11.2, 30: 9.0, 20: 7.3}),
        ("stm32f401re", UNCACHED, {84: 20.2, 60: 14.9, 40: 10.6, 30: 8.8, 20: 6.9}),
        ("stm32f401re", RAM, {84: 12.9, 60: 9.5, 40: 6.9, 20: 3.8}),
        # DS10693 Rev 9, tables 23, 24 and 25
        ("stm32f446re", FLASH, {180: 32, 150: 26, 144: 24, 120: 18, 60: 10, 16: 3, 2: 1.4}),
        ("stm32f446re", RAM, {180: 32, 150: 26, 144: 24, 120: 18, 60: 10, 16: 3, 2: 1.4}),
        ("stm32f446re", PREFETCH, {180: 46, 150: 41, 144: 38, 120: 32, 60: 18, 16: 5, 2: 1.8}),
        ("stm32f446re", UNCACHED, {180: 41, 150: 37, 144: 34, 120: 29, 60: 17, 16: 5, 2: 1.8}),
        # DS8626 Rev 12, tables 20 and 21
        ("stm32f407vg", FLASH, {168: 40, 144: 31, 120: 26, 90: 20, 60: 14, 30: 8, 16: 5}),
        ("stm32f407vg", UNCACHED, {168: 46, 144: 40, 120: 37, 90: 30, 60: 22, 30: 12, 16: 7}),
        # DocID13587 Rev 17, table 17
        ("stm32f103rb", FLASH, {72: 27, 48: 18.6, 36: 14.8, 24: 10.1, 8: 4.6, 1: 1.45}),
    ],
)
def test_run_currents_are_the_datasheets(name, execution, expected):
    table = _table(name, Activity.RUN, execution=execution)

    assert expected == {mhz: table[mhz] for mhz in expected}


@pytest.mark.parametrize(
    ("name", "voltage_range", "execution", "expected"),
    [
        # DS12110 Rev 10, revision V: tables 129, 130, 131
        ("stm32h743zi", "vos1", TCM, {400: 110, 300: 84}),
        ("stm32h743zi", "vos2", TCM, {300: 76, 216: 56, 200: 53}),
        ("stm32h743zi", "vos3", TCM, {200: 47, 144: 35, 60: 16, 25: 12}),
        ("stm32h743zi", "vos1", FLASH, {400: 80, 300: 61.5}),
        ("stm32h743zi", "vos3", UNCACHED, {200: 34}),
        ("stm32h743zi", "vos0", TCM, {480: 148, 400: 125}),
        ("stm32h743zi", "vos0", FLASH, {480: 110, 400: 91}),
        # DS12288 Rev 6, tables 22 and 23
        ("stm32g474re", "range1-boost", FLASH, {170: 29.5}),
        ("stm32g474re", "range1", FLASH, {150: 24.5, 80: 13, 16: 2.85}),
        ("stm32g474re", "range2", FLASH, {26: 3.7, 8: 1.25, 1: 0.34}),
        ("stm32g474re", "range1", RAM, {150: 21.5, 80: 11.5, 16: 2.6}),
        # DocID025844 Rev 8, tables 28 and 30
        ("stm32l053r8", "range1", FLASH, {32: 6.3, 16: 3.1, 8: 1.55}),
        ("stm32l053r8", "range2", FLASH, {16: 2.6, 8: 1.3, 4: 0.665}),
        ("stm32l053r8", "range3", FLASH, {4: 0.555, 1: 0.165, 0.065: 0.0365}),
        ("stm32l053r8", "range1", RAM, {32: 5.1, 16: 2.45, 8: 1.25}),
    ],
)
def test_run_currents_of_a_voltage_range_are_the_datasheets(name, voltage_range, execution, expected):
    table = _table(name, Activity.RUN, execution=execution, voltage_range=voltage_range)

    assert expected == {mhz: table[mhz] for mhz in expected}


@pytest.mark.parametrize(
    ("activity", "regulator", "supply_v", "temp_c", "expected"),
    [
        # STM32U5x5 datasheet, tables 44 (CoreMark: 160, 110, 55, 24 MHz), 39 and 40 (reduced code)
        (Activity.RUN, "smps", 1.8, 25, {160: 10.5, 110: 6.25, 55: 3.05, 24: 1.1, 120: 8.5, 16: 0.88}),
        (Activity.RUN, "smps", 3.0, 25, {160: 7.05, 110: 4.3, 55: 2.2, 24: 0.72, 120: 5.8, 16: 0.6}),
        (Activity.RUN, "smps", 3.3, 25, {160: 6.55, 110: 4.05, 55: 2.1, 24: 0.66}),
        (Activity.RUN, "smps", 3.0, 85, {160: 8.55, 110: 5.4, 55: 3.05, 24: 1.3}),
        (Activity.RUN, "ldo", 3.3, 25, {160: 13.5, 110: 8.65, 55: 4.25, 24: 1.65, 4: 0.49}),  # tables 42, 38
        (Activity.SLEEP, "smps", 1.8, 25, {160: 3.5, 110: 2.6, 55: 1.1, 24: 0.41, 4: 0.14}),  # table 46
        (Activity.SLEEP, "smps", 3.0, 25, {160: 2.5, 110: 1.95, 55: 0.92, 24: 0.26, 4: 0.1}),  # table 47
        (Activity.SLEEP, "ldo", 3.3, 25, {160: 4.35, 110: 3.25, 55: 1.45, 24: 0.61}),  # table 45
        (Activity.SLEEP, "ldo", 3.3, 85, {160: 6.65, 110: 5.2, 55: 3.05, 24: 1.95}),  # table 45
    ],
)
def test_the_u575_has_a_row_per_supply_regulator_and_temperature(
    activity, regulator, supply_v, temp_c, expected
):
    table = _table("stm32u575zi", activity, regulator=regulator, supply_v=supply_v, temp_c=float(temp_c))

    assert expected == {mhz: table[mhz] for mhz in expected}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("stm32f401re", {84: 5.3, 60: 3.7, 40: 2.9, 30: 2.7, 20: 2.7}),  # DS10086 Rev 3, table 26
        ("stm32f446re", {180: 11.36, 120: 7.35, 16: 3.89, 2: 1.28}),  # DS10693 Rev 9, table 26
        ("stm32f407vg", {168: 12, 144: 9, 120: 8, 60: 5, 30: 3, 8: 1}),  # DS8626 Rev 12, table 22
        ("stm32f103rb", {72: 5.5, 36: 3.1, 8: 1.2}),  # DocID13587 Rev 17, table 18
    ],
)
def test_sleep_currents_are_the_datasheets(name, expected):
    table = _table(name, Activity.SLEEP)

    assert expected == {mhz: table[mhz] for mhz in expected}


@pytest.mark.parametrize(
    ("name", "wanted", "expected"),
    [
        # DS10086 Rev 3, tables 28 and 30
        (
            "stm32f401re",
            {},
            {"stop-mr": 111, "stop-lpr": 42, "stop-mr-fpd": 73, "stop-lpr-fpd": 12, "standby": 2.1},
        ),
        # DS10693 Rev 9, tables 27 and 28
        (
            "stm32f446re",
            {},
            {"stop-mr": 234, "stop-mr-fpd": 205, "stop-lpr": 150, "stop-lpr-fpd": 121, "standby": 2.03},
        ),
        # DS8626 Rev 12, tables 23 and 24
        (
            "stm32f407vg",
            {},
            {"stop-mr": 450, "stop-mr-fpd": 400, "stop-lpr": 310, "stop-lpr-fpd": 280, "standby": 2.2},
        ),
        # DS12110 Rev 10, revision V: tables 133 and 135
        (
            "stm32h743zi",
            {},
            {"stop-svos5": 1270, "stop-svos4": 1960, "stop-svos3": 2780, "standby": 2.16},
        ),
        # DS12288 Rev 6, tables 30 to 33, 3.0 V
        ("stm32g474re", {}, {"stop1": 80.5, "stop0": 190, "standby": 0.13, "shutdown": 0.043}),
        ("stm32g474re", {"temp_c": 85.0}, {"stop1": 840, "stop0": 985, "standby": 1.9, "shutdown": 1.3}),
        # DocID025844 Rev 8, tables 35 and 36
        ("stm32l053r8", {}, {"stop-lpr": 0.41, "standby": 0.29}),
        ("stm32l053r8", {"temp_c": 85.0}, {"stop-lpr": 1.7, "standby": 0.5}),
        ("stm32f103rb", {}, {"stop-mr": 24, "stop-lpr": 14, "standby": 2.0}),  # DocID13587 Rev 17, table 16
    ],
)
def test_currents_of_the_deep_sleep_modes_are_the_datasheets(name, wanted, expected):
    assert expected == _deep(name, **wanted)


@pytest.mark.parametrize(
    ("supply_v", "temp_c", "standby_ua", "shutdown_ua"),
    # STM32U5x5 datasheet, tables 68 (no watchdog, ULPMEN = 0) and 70
    [(1.8, 25, 0.28, 0.16), (3.0, 25, 0.43, 0.31), (3.3, 25, 0.75, 0.64), (3.3, 85, 5.68, 5.15)],
)
def test_standby_of_the_u575_is_the_datasheet_s_at_every_supply(supply_v, temp_c, standby_ua, shutdown_ua):
    found = _deep("stm32u575zi", regulator="smps", supply_v=supply_v, temp_c=float(temp_c))

    assert (standby_ua, shutdown_ua) == (found["standby"], found["shutdown"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # DS10086 Rev 3, table 34
        (
            "stm32f401re",
            {"stop-mr": 13.5, "stop-mr-fpd": 105, "stop-lpr": 21, "stop-lpr-fpd": 113, "standby": 314},
        ),
        # DS10693 Rev 9, table 36
        (
            "stm32f446re",
            {"stop-mr": 12.8, "stop-mr-fpd": 104.9, "stop-lpr": 20.6, "stop-lpr-fpd": 112.8, "standby": 325},
        ),
        # DS8626 Rev 12, table 29
        (
            "stm32f407vg",
            {"stop-mr": 13, "stop-mr-fpd": 105, "stop-lpr": 17, "stop-lpr-fpd": 110, "standby": 375},
        ),
        # DS12110 Rev 10, revision V, table 138, flash in low-power mode
        ("stm32h743zi", {"stop-svos3": 12, "stop-svos4": 23, "stop-svos5": 39, "standby": 390}),
        # DS12288 Rev 1, table 39
        ("stm32g474re", {"stop0": 5.8, "stop1": 9.5, "standby": 29.7, "shutdown": 267.9}),
        ("stm32l053r8", {"stop-lpr": 5.0, "standby": 2200}),  # DocID025844 Rev 8, table 40
        ("stm32f103rb", {"stop-mr": 3.6, "stop-lpr": 5.4, "standby": 50}),  # DocID13587 Rev 17, table 26
        # STM32U5x5 datasheet, table 74
        (
            "stm32u575zi",
            {"stop0": 11, "stop1": 22, "stop2": 23, "stop3": 68, "standby": 340, "shutdown": 610},
        ),
    ],
)
def test_wake_up_times_are_the_datasheets(name, expected):
    found = _wake_ups_us(name)

    assert expected == {mode: found[mode] for mode in expected}


@pytest.mark.parametrize(
    ("name", "printed", "bus_ratio", "peripheral"),
    [
        ("stm32f446re", 4.20, 0.25, "usart2"),  # DS10693 Rev 9, table 35: APB1 at 45 of 180 MHz
        ("stm32f446re", 4.53, 0.5, "usart1"),  # APB2 at 90 of 180 MHz
        ("stm32f446re", 2.29, 1.0, "gpioa"),
        ("stm32f401re", 11.19, 0.5, "tim2"),  # DS10086 Rev 3, table 33: APB1 at 42 of 84 MHz
        ("stm32f401re", 20.24, 1.0, "dma1"),
        ("stm32f407vg", 37.44, 1.0, "dma1"),  # DS8626 Rev 12, table 28
        ("stm32f407vg", 2.67, 0.25, "i2c1"),
        ("stm32f103rb", 12.22, 0.5, "usart2"),  # DocID13587 Rev 17, table 19: APB1 at 36 of 72 MHz
        ("stm32h743zi", 1.7 + 3.9, 0.25, "usart2"),  # DS12110 Rev 10, table 137, VOS1: registers and kernel
        ("stm32l053r8", 14.5, 1.0, "usart2"),  # DocID025844 Rev 8, table 38
        ("stm32g474re", 2.75 + 7.37, 1.0, "usart2"),  # DS12288 Rev 1, table 38: bus and independent clock
        ("stm32u575zi", 5.53 + 3.57, 1.0, "usart2"),  # STM32U5x5 datasheet, table 73, LDO, range 1
    ],
)
def test_peripheral_currents_are_the_datasheet_s_at_the_bus_s_share_of_the_core_clock(
    name, printed, bus_ratio, peripheral
):
    found = {each.name: each.a_per_hz for each in MODELS[name].peripherals}

    assert pytest.approx(printed * bus_ratio, rel=1e-3) == found[peripheral] * 1e12


def test_all_peripherals_of_the_f446_draw_what_its_run_tables_differ_by():
    """DS10693 Rev 9, table 23 at 180 MHz: 72 mA with all peripherals on, 32 mA without; some have no device."""
    found_ma = sum(each.a_per_hz for each in MODELS["stm32f446re"].peripherals) * 180e6 * 1e3

    assert 0.3 * 40 < found_ma < 40


@pytest.mark.parametrize(
    ("name", "regulator", "clock_mhz", "supply_v", "published_ma"),
    [
        # MLPerf Tiny v0.5-v1.3: mean, smallest and largest published mean current
        ("stm32l4r5zi", "ldo", 120, 1.8, (25.67, 21.5, 30.7)),
        ("stm32l4r5zi_p", "smps", 120, 3.0, (11.09, 10.96, 11.25)),
        ("stm32h7a3zi", "smps", 280, 3.0, (46.38, 40.6, 55.5)),
        ("stm32u575zi", "smps", 160, 1.8, (13.93, 12.6, 15.1)),
        ("stm32u385rg", "smps", 96, 1.8, (2.99, 2.83, 3.28)),
    ],
)
def test_published_inference_currents_are_kept_and_lie_in_the_band(
    name, regulator, clock_mhz, supply_v, published_ma
):
    mean_ma, min_ma, max_ma = published_ma
    state = PowerState(Activity.RUN, PREFETCH, clock_mhz * MHZ, regulator=regulator)
    found = current_estimate(MODELS[name], state, Conditions(supply_v))

    assert pytest.approx(mean_ma) == found.value_a * 1e3
    assert found.basis is Basis.MEASURED
    assert found.low_a * 1e3 <= min_ma < max_ma <= found.high_a * 1e3
    assert found.high_a <= 1.6 * found.low_a  # and the band says something


def test_what_the_f407_s_datasheet_does_not_print_is_derived_from_what_it_prints():
    """Prefetch on: 1.1 x ART off, as on the relatives that print both."""
    with_prefetch = [each for each in MODELS["stm32f407vg"].points if each.execution is PREFETCH]
    uncached = _table("stm32f407vg", Activity.RUN, execution=UNCACHED)

    assert {"derived"} == {each.provenance.basis.value for each in with_prefetch}
    for point in with_prefetch:
        assert point.current_a * 1e3 / 1.1 == uncached[point.clock_hz // MHZ]


@pytest.mark.parametrize("name", sorted(BOARDS))
def test_every_stm32_board_has_a_model_of_its_chip_that_holds_at_its_supply(name):
    board = BOARDS[name]
    model = MODELS[board.power_model]

    assert board.chip.name in model.chips
    assert model.min_supply_v <= board.supply_v <= model.max_supply_v


@pytest.mark.parametrize("name", sorted(BOARDS))
def test_the_fastest_clock_of_every_stm32_board_has_a_current_between_a_fifth_and_five_times_a_headline(name):
    """10 to 600 µA/MHz: from the STM32U3's headline to the worst of the STM32F7 and H7."""
    board = BOARDS[name]
    model = MODELS[board.power_model]
    clock_hz = max((each.max_clock_hz for each in model.voltage_ranges), default=board.chip.max_clock_hz)
    found = current_estimate(model, PowerState(Activity.RUN, FLASH, clock_hz), Conditions(board.supply_v))

    assert 10e-12 < found.value_a / clock_hz < 600e-12
    assert found.low_a < found.value_a < found.high_a


@pytest.mark.parametrize("name", sorted(MODELS))
def test_voltage_ranges_are_named_as_power_controllers_do_and_get_faster(name):
    ranges = MODELS[name].voltage_ranges

    assert all(re.fullmatch(r"scale[123]|vos[0-3]|range[1-4](-boost)?", each.name) for each in ranges)
    assert [each.max_clock_hz for each in ranges] == sorted({each.max_clock_hz for each in ranges})


@pytest.mark.parametrize("name", sorted(MODELS))
def test_no_row_is_faster_than_its_voltage_range_allows(name):
    allowed = {each.name: each.max_clock_hz for each in MODELS[name].voltage_ranges}

    for point in MODELS[name].points:
        assert point.clock_hz <= allowed.get(point.voltage_range, 10**10), point


WITH_LIMITS = {
    name: board
    for name, board in BOARDS.items()
    if any(table.voltage_range for table in board.chip.flash_interface.wait_states)
    and MODELS[board.power_model].voltage_ranges
}


@pytest.mark.parametrize("name", sorted(WITH_LIMITS))
def test_voltage_ranges_allow_the_clocks_that_the_chip_s_wait_states_end_at(name):
    """Two sources of one number: the datasheets here, modm-devices in the chip files.

    The tables of the STM32H74x go on to the fastest bus, 225 MHz, in all ranges: what limits them is the core's clock.
    """
    tables = WITH_LIMITS[name].chip.flash_interface.wait_states
    max_clocks_hz = {
        each.name: each.max_clock_hz for each in MODELS[WITH_LIMITS[name].power_model].voltage_ranges
    }

    for table in tables:
        max_clock_hz = max_clocks_hz[table.voltage_range]
        if table.limits_hz[-1] == 2 * 225 * MHZ:
            assert max_clock_hz < table.limits_hz[-1], table
        else:
            assert table.limits_hz[-1] == max_clock_hz, table
