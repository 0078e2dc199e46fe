"""The energy models of the chips that are not STM32, and the batteries, hold what their sources print."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from mcusim.board.load import board_names, load_board
from mcusim.power.energy import current_estimate, sleep_current
from mcusim.power.load import load_power_model, power_model_names
from mcusim.power.schema import Activity, Conditions, Execution, PowerState
from mcusim.provenance import Basis
from mcusim.scenarios.batteries import battery_names, load_battery

MHZ = 1_000_000
OTHERS = [name for name in power_model_names() if not name.startswith("stm32")]
VENDOR_BOARDS = [
    name
    for name in board_names()
    if load_board(name).power_model in OTHERS and not name.startswith("generic_")
]
PUBLISHED = Path(__file__).parents[2] / "validation" / "energy.csv"


def _printed(name, selector):
    """Milliampere as the source prints it, by clock in megahertz, of the rows that `selector` describes."""
    wanted = {"regulator": load_power_model(name).regulator, "mode": "", "temp_c": 25.0, **selector}
    return {
        point.clock_hz / MHZ: point.current_a * 1e3
        for point in load_power_model(name).points
        if all(getattr(point, key) == value for key, value in wanted.items())
        and point.provenance.basis in (Basis.DATASHEET, Basis.MEASURED)
    }


def _run(execution, **more):
    return {"activity": Activity.RUN, "execution": execution, **more}


def _asleep(mode, **more):
    return {"mode": mode, **more}


@pytest.mark.parametrize(
    ("name", "selector", "expected"),
    [
        # nRF52840 PS, ICPU0, ICPU2, ION_RAMON_RTC, IOFF_RAMOFF_RESET
        ("nrf52840", _run(Execution.FLASH, regulator="smps"), {64: 3.3}),
        ("nrf52840", _run(Execution.RAM, regulator="smps"), {64: 2.8}),
        ("nrf52840", _asleep("system-on-idle"), {0: 0.00316}),
        ("nrf52840", _asleep("system-off"), {0: 0.0004}),
        # nRF5340 PS, IAPPCPU5, IAPPCPU4, ION_IDLE7
        ("nrf5340", _run(Execution.FLASH, regulator="smps"), {64: 3.3, 128: 7.8}),
        ("nrf5340", _asleep("system-on-idle"), {0: 0.0015}),
        # RP2040 datasheet, table of power consumption, DVDD
        ("rp2040", _run(Execution.ANY), {48: 10.9}),
        ("rp2040", _asleep("wfi"), {48: 9.0}),
        ("rp2040", _asleep("sleep"), {0: 0.39}),
        ("rp2040", _asleep("dormant"), {0: 0.18}),
        # RP2350 datasheet, tables 1446 and 1445: sums of the supply pins
        ("rp2350", _run(Execution.ANY), {150: (11000 + 212 + 455 + 22 + 1 + 90) / 1e3}),
        ("rp2350", _asleep("p1.0"), {0: (128 + 0.5 + 11 + 22 + 1 + 3.5) / 1e3}),
        ("rp2350", _asleep("p1.7"), {0: (19 + 0.5 + 11 + 22 + 1 + 3.5) / 1e3}),
        # EFR32MG24 datasheet Rev 1.2, tables 4.7 (no DC-DC) and 4.5 (DC-DC), 3.0 V, µA/MHz
        ("efr32mg24b310f1536", _run(Execution.FLASH), {78: 78 * 0.0695}),
        ("efr32mg24b310f1536", _run(Execution.FLASH, regulator="smps"), {78: 78 * 0.0491, 39: 39 * 0.0494}),
        ("efr32mg24b310f1536", _asleep("em1"), {78: 78 * 0.0322}),
        (
            "efr32mg24b310f1536",
            _asleep("em1", regulator="smps"),
            {78: 78 * 0.0226, 39: 39 * 0.0244, 38: 38 * 0.019, 26: 26 * 0.022, 16: 16 * 0.0285, 1: 0.2721},
        ),
        ("efr32mg24b310f1536", _asleep("em2", regulator="smps"), {0: 0.0029}),
        ("efr32mg24b310f1536", _asleep("em4", regulator="smps"), {0: 0.00025}),
        # EFM32GG11 datasheet Rev. 1.0, tables 4.7 and 4.8, µA/MHz; figure 4.27 at 85 °C
        ("efm32gg11b820f2048", _run(Execution.FLASH), {72: 72 * 0.14}),
        ("efm32gg11b820f2048", _run(Execution.FLASH, regulator="smps"), {72: 72 * 0.095}),
        (
            "efm32gg11b820f2048",
            _asleep("em1"),
            {72: 72 * 0.057, 50: 3, 48: 48 * 0.059, 32: 32 * 0.061, 26: 26 * 0.063, 16: 16 * 0.068, 1: 0.255},
        ),
        (
            "efm32gg11b820f2048",
            _asleep("em1", regulator="smps"),
            {
                72: 72 * 0.042,
                50: 2.3,
                48: 48 * 0.046,
                32: 32 * 0.053,
                26: 26 * 0.057,
                16: 16 * 0.072,
                1: 0.663,
            },
        ),
        ("efm32gg11b820f2048", _asleep("em2"), {0: 0.0039}),
        ("efm32gg11b820f2048", _asleep("em2", temp_c=85.0), {0: 0.067}),
        ("efm32gg11b820f2048", _asleep("em3", regulator="smps"), {0: 0.0024}),
        ("efm32gg11b820f2048", _asleep("em4h"), {0: 0.00108}),
        ("efm32gg11b820f2048", _asleep("em4"), {0: 0.00006}),
        # K64P144M120SF5 Rev. 7, table 6
        ("mk64fn1m0", _run(Execution.FLASH), {120: 31}),
        ("mk64fn1m0", _asleep("wait"), {120: 17.9, 25: 6.9}),
        ("mk64fn1m0", _asleep("stop"), {0: 0.49}),
        ("mk64fn1m0", _asleep("vlps"), {0: 0.057}),
        ("mk64fn1m0", _asleep("vlps", temp_c=70.0), {0: 0.291}),
        ("mk64fn1m0", _asleep("vlps", temp_c=105.0), {0: 0.9273}),
        ("mk64fn1m0", _asleep("lls"), {0: 0.0058}),
        ("mk64fn1m0", _asleep("vlls0"), {0: 0.00052}),
        # SAM D21 datasheet, sections 37.7 (with DFLL48M) and 40.7 (60 µA/MHz x f + 136 µA)
        (
            "samd21g18a",
            _run(Execution.FLASH),
            {48: 3.37} | {mhz: (60 * mhz + 136) / 1e3 for mhz in (1, 8, 16, 24, 32)},
        ),
        ("samd21g18a", _run(Execution.FLASH, temp_c=85.0), {48: 3.48}),
        ("samd21g18a", _asleep("standby"), {0: 0.00406}),
        # SAM D5x/E5x datasheet, section 54.7, µA/MHz
        ("samd51j19a", _run(Execution.FLASH), {120: 120 * 0.137, 48: 48 * 0.136, 32: 32 * 0.149}),
        (
            "samd51j19a",
            _run(Execution.FLASH, regulator="smps", supply_v=3.3),
            {120: 120 * 0.065, 48: 48 * 0.063, 32: 32 * 0.073},
        ),
        (
            "samd51j19a",
            _run(Execution.FLASH, regulator="smps", supply_v=1.8),
            {120: 120 * 0.103, 48: 48 * 0.102, 32: 32 * 0.11},
        ),
        ("samd51j19a", _asleep("idle"), {120: 120 * 0.023, 48: 48 * 0.021, 32: 32 * 0.027}),
        # PJRC forum, threads 57450 and 74442: the whole Teensy 4.0
        (
            "mimxrt1062",
            _run(Execution.ANY),
            {24: 36, 48: 41, 72: 44, 96: 53, 120: 53, 200: 54, 300: 63, 400: 65, 500: 68, 600: 83},
        ),
        ("mimxrt1062", _asleep("wait"), {600: 57}),
    ],
)
def test_a_table_is_what_its_source_prints(name, selector, expected):
    assert pytest.approx(expected) == _printed(name, selector)


@pytest.mark.parametrize(
    ("name", "expected_us"),
    [
        # K64P144M120SF5 Rev. 7, table 5
        (
            "mk64fn1m0",
            {"stop": 4.5, "vlps": 4.5, "lls": 4.8, "vlls3": 78, "vlls2": 78, "vlls1": 156, "vlls0": 156},
        ),
        # EFM32GG11 datasheet Rev. 1.0, table 4.10; EFR32MG24 datasheet Rev 1.2, table 4.12
        ("efm32gg11b820f2048", {"em2": 11.8, "em3": 11.8, "em4h": 94, "em4": 294}),
        ("efr32mg24b310f1536", {"em2": 13.7, "em4": 21_700}),
    ],
)
def test_waking_up_takes_as_long_as_the_datasheet_prints(name, expected_us):
    wake_ups = load_power_model(name).wake_ups

    assert pytest.approx(expected_us) == {each.mode: each.duration_s * 1e6 for each in wake_ups}


@pytest.mark.parametrize("name", OTHERS)
def test_a_model_is_of_a_shipped_chip_under_the_chip_s_name(name):
    model = load_power_model(name)
    chips = {load_board(board).chip.name for board in VENDOR_BOARDS}

    assert model.chips == (name,)
    assert name in chips


@pytest.mark.parametrize("board_name", VENDOR_BOARDS)
def test_a_board_at_its_fastest_clock_and_supply_reads_its_table(board_name):
    """No note: neither the clock nor the regulator nor the supply is beyond the rows."""
    board = load_board(board_name)
    model = load_power_model(board.power_model)
    state = PowerState(Activity.RUN, Execution.FLASH, board.chip.max_clock_hz)
    found = current_estimate(model, state, Conditions(board.supply_v))

    assert model.min_supply_v <= board.supply_v <= model.max_supply_v
    assert found.note == ""
    assert 0 < found.low_a < found.value_a < found.high_a


@pytest.mark.parametrize("execution", list(Execution))
@pytest.mark.parametrize("board_name", VENDOR_BOARDS)
def test_a_board_s_clocks_from_reset_to_the_fastest_lie_inside_the_table(board_name, execution):
    """Wherever code is: a row for one kind of memory must not hide the slower clocks of another's rows."""
    board = load_board(board_name)
    model = load_power_model(board.power_model)
    for clock_hz in (board.chip.reset_clock_hz, board.chip.max_clock_hz):
        state = PowerState(Activity.RUN, execution, clock_hz)

        assert "scaled" not in current_estimate(model, state, Conditions(board.supply_v)).note


def _published(system_id):
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["system_id"] == system_id]


@pytest.mark.parametrize(
    ("name", "system_id", "rows_count"),
    [("r7fa6m4af", "EK-RA6M4", 4), ("efr32mg24b310f1536", "silicon_labs_xG24_DK2601B", 8)],
)
def test_published_inference_energies_lie_in_the_band_of_current_times_time(name, system_id, rows_count):
    """MLPerf Tiny v0.7 and v1.0: supply, latency and energy of every result of the board."""
    rows = _published(system_id)
    assert rows_count == len(rows)
    for row in rows:
        supply_v, latency_s = float(row["supply_v"]), float(row["latency_ms"]) / 1e3
        state = PowerState(Activity.RUN, Execution.FLASH, int(row["clock_mhz"]) * MHZ)
        found = current_estimate(load_power_model(name), state, Conditions(supply_v))

        energy_j = float(row["energy_uj_per_inf"]) / 1e6
        assert found.low_a < energy_j / supply_v / latency_s < found.high_a, row["task"]
        assert found.basis is Basis.MEASURED


def test_an_nrf52840_draws_about_half_behind_its_converter():
    """nRF52840 PS, IS0 and IS2: 8.1 mA against 15.4 mA, a ratio of 0.53."""
    model = load_power_model("nrf52840")
    behind_ldo = PowerState(Activity.RUN, Execution.FLASH, 64 * MHZ)
    behind_smps = replace(behind_ldo, regulator="smps")
    ldo_a, smps_a = (
        current_estimate(model, state, Conditions(3.0)).value_a for state in (behind_ldo, behind_smps)
    )

    assert pytest.approx(8.1 / 15.4, rel=0.01) == smps_a / ldo_a


def test_deep_sleep_of_a_k64_grows_with_temperature_between_and_at_the_table_s_points():
    """K64P144M120SF5 Rev. 7, table 6: VLPS draws 57 µA at 25 °C and 291 µA at 70 °C."""
    model = load_power_model("mk64fn1m0")
    cold, between, warm = (sleep_current(model, "vlps", MHZ, Conditions(3.0, each)) for each in (25, 50, 70))

    assert pytest.approx((57e-6, 291e-6)) == (cold.value_a, warm.value_a)
    assert cold.value_a < between.value_a < warm.value_a
    assert between.note == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nrf52840", ("system-on-idle", "system-off")),
        ("nrf5340", ("system-on-idle", "system-off")),
        ("rp2040", ("wfi", "sleep", "dormant")),
        ("efr32mg24b310f1536", ("em1", "em2", "em4")),
        ("efm32gg11b820f2048", ("em1", "em2", "em3", "em4h", "em4")),
        ("mk64fn1m0", ("wait", "stop", "vlps", "lls", "vlls3", "vlls2", "vlls1", "vlls0")),
        ("samd21g18a", ("idle", "standby")),
        ("samd51j19a", ("idle",)),
        ("lpc55s69", ("sleep", "deep-sleep", "power-down", "deep-power-down")),
        ("ama3b1kk", ("sleep", "deep-sleep")),
    ],
)
def test_sleep_modes_bear_the_names_of_the_format(name, expected):
    """power_models/README.md, names of deep sleep modes."""
    assert expected == load_power_model(name).modes


@pytest.mark.parametrize(
    ("name", "capacity_mah", "nominal_v"),
    [
        ("cr2032", 235, 2.9),  # Energizer: 235 mAh at 15 kOhm to 2.0 V
        ("cr2450", 620, 2.9),  # Energizer
        ("aa_alkaline_pair", 3000, 2.5),  # Energizer E91 at 25 mA
        ("aa_nimh_pair", 2300, 2.4),  # Energizer NH15
        ("lisocl2_aa", 2600, 3.6),  # Saft LS 14500
        ("18650", 3350, 3.6),  # Panasonic NCR18650B
        ("lipo_500mah", 500, 3.7),
    ],
)
def test_a_battery_has_the_capacity_that_its_maker_states_and_delivers_less(name, capacity_mah, nominal_v):
    battery = load_battery(name)

    assert (pytest.approx(capacity_mah * 3.6), nominal_v) == (battery.capacity_c, battery.nominal_v)
    assert battery.usable_low_ratio < battery.usable_ratio < battery.usable_high_ratio <= 1
    assert battery.has_own_band
    assert battery.self_discharge_percent > 0
    assert battery.max_continuous_a < battery.max_pulse_a
    assert "_" not in battery.title


def test_every_battery_is_tested_above_and_none_is_taken_for_a_power_model():
    assert set(battery_names()) == {
        "18650",
        "aa_alkaline_pair",
        "aa_nimh_pair",
        "cr2032",
        "cr2450",
        "lipo_500mah",
        "lisocl2_aa",
    }
    assert not set(battery_names()) & set(power_model_names())
