"""STM32G4, H5 and F3, and what the parts of F4, L4 and G0 differ in: clock tree, power, flash interface.

Register facts: CMSIS stm32g474xx.h, stm32h563xx.h, stm32f303xe.h; ST's SVD files of the STM32G474 and F303.
"""

from __future__ import annotations

import pytest

HSEON, HSERDY, PLLON, PLLRDY = 1 << 16, 1 << 17, 1 << 24, 1 << 25


def _unlock(flash):
    flash.write("KEYR", 0x4567_0123)
    flash.write("KEYR", 0xCDEF_89AB)


def test_a_g4_starts_from_hsi16_and_has_no_msi(make, host):
    rcc = make("stm32g4_rcc")
    started = (rcc.read("CR"), rcc.read("CFGR"), host.core_clock_hz)
    rcc.write("CR", rcc.read("CR") | 1)  # MSION of the STM32L4
    rcc.write("CFGR", 0)

    assert (0x500, 0x5, 16_000_000) == started
    assert (0x500, 0b01, 16_000_000) == (rcc.read("CR"), rcc.fields("CFGR", 2, 2), host.core_clock_hz)


@pytest.mark.parametrize(
    ("source", "m", "n_and_r", "expected_hz"),
    # HSI16 / 4 * 85 / 2 and HSE 24 MHz / 6 * 85 / 2: ST's projects for 170 MHz; the last one differs in PLLR
    [(0b10, 4, (85, 2), 170_000_000), (0b11, 6, (85, 2), 170_000_000), (0b10, 1, (8, 4), 32_000_000)],
)
def test_the_pll_of_a_g4_has_four_bits_for_its_input_divider(source, m, n_and_r, expected_hz, make):
    rcc = make("stm32g4_rcc", hse_hz=24_000_000)
    n, r = n_and_r
    rcc.write("CR", rcc.read("CR") | HSEON)
    rcc.write("PLLCFGR", source | (m - 1) << 4 | n << 8 | 1 << 24 | (r // 2 - 1) << 25)
    rcc.write("CR", rcc.read("CR") | PLLON)
    rcc.write("CFGR", 0b11)

    assert (expected_hz, 0b11) == (rcc.host.core_clock_hz, rcc.fields("CFGR", 2, 2))


def test_each_ready_bit_of_a_g4_follows_its_own_enable_bit(make):
    rcc = make("stm32g4_rcc", hse_hz=24_000_000)
    rcc.write("CR", 1 << 8 | HSEON)
    rcc.write("CRRCR", 1)

    assert (0x500 | HSEON | HSERDY, 0b11) == (rcc.read("CR"), rcc.read("CRRCR"))


def test_an_f3_makes_72_mhz_of_hse_and_halves_it_for_one_bus_only(make, host):
    rcc = make("stm32f3_rcc", hse_hz=8_000_000)
    started = (rcc.read("CR"), host.core_clock_hz)
    rcc.write("CR", rcc.read("CR") | HSEON)
    rcc.write("CFGR", 0b10 << 15 | 7 << 18 | 0b100 << 8)  # HSE / 1 * 9, APB1 / 2
    rcc.write("CR", rcc.read("CR") | PLLON)
    rcc.write("CFGR", rcc.read("CFGR") | 0b10)

    assert ((0x83, 8_000_000), 72_000_000) == (started, host.core_clock_hz)
    assert [36_000_000, 72_000_000] == [host.clock_net.clock_hz(line) for line in ("pclk1", "pclk2")]


@pytest.mark.parametrize(
    ("source", "divider", "expected_hz"), [(0b00, 2, 64e6), (0b01, 1, 128e6), (0b01, 2, 64e6)]
)
def test_the_pll_of_an_f303xe_takes_hsi_halved_or_through_its_own_divider(
    source, divider, expected_hz, make, host
):
    rcc = make("stm32f3_rcc")
    rcc.write("CFGR2", divider - 1)
    rcc.write("CFGR", source << 15 | 0xF << 18)
    rcc.write("CR", rcc.read("CR") | PLLON)
    rcc.write("CFGR", rcc.read("CFGR") | 0b10)

    assert expected_hz == host.core_clock_hz


def test_an_f3_has_no_hsi48_to_run_from(make, host):
    rcc = make("stm32f3_rcc")
    rcc.device.write(0x34, 4, 1 << 16)  # HSI48ON of the STM32F0
    rcc.write("CFGR", 0b11)

    assert (8_000_000, 0) == (host.core_clock_hz, rcc.fields("CFGR", 2, 2))


def _start_pll1(rcc, *, source, m, n, p, fraction=None):
    rcc.write("PLL1CFGR", source | (fraction is not None) << 4 | m << 8 | 1 << 16)
    rcc.write("PLL1DIVR", (n - 1) | (p - 1) << 9)
    rcc.write("PLL1FRACR", (fraction or 0) << 3)
    rcc.write("CR", rcc.read("CR") | PLLON)
    rcc.write("CFGR", 0b11)


def test_an_h5_starts_from_hsi_halved_and_its_divider_is_firmware_s(make, host):
    rcc = make("stm32h5_rcc")
    started = (rcc.read("CR"), host.core_clock_hz)
    rcc.write("CR", 1)  # SystemInit of ST's system_stm32h5xx.c: HSION only

    assert ((0x2B, 32_000_000), 64_000_000) == (started, host.core_clock_hz)


@pytest.mark.parametrize(
    ("source", "m", "n_and_fraction", "expected_hz"),
    # HSE 8 MHz / 4 * 250 / 2 and CSI / 2 * 250 / 2; 4096 / 8192 of a step is half of 2 MHz / 2
    [(3, 4, (250, None), 250_000_000), (2, 2, (250, None), 250_000_000), (3, 4, (248, 4096), 248_500_000)],
)
def test_an_h5_makes_its_clock_of_output_p_of_pll1(source, m, n_and_fraction, expected_hz, make):
    rcc = make("stm32h5_rcc", hse_hz=8_000_000)
    n, fraction = n_and_fraction
    rcc.write("CR", rcc.read("CR") | HSEON | 1 << 8)
    _start_pll1(rcc, source=source, m=m, n=n, p=2, fraction=fraction)

    assert (expected_hz, 0b11) == (rcc.host.core_clock_hz, rcc.fields("CFGR", 3, 3))


def test_pll1_of_an_h5_needs_its_source_its_divider_and_its_output(make, host):
    rcc = make("stm32h5_rcc")
    _start_pll1(rcc, source=3, m=4, n=250, p=2)  # HSE, which is not fitted
    without_source = rcc.read("CR") & PLLRDY
    rcc.write("PLL1CFGR", 1 | 1 << 16)  # HSI, but M = 0
    without_divider_hz = host.core_clock_hz
    rcc.write("PLL1CFGR", 1 | 4 << 8)  # PLL1PEN = 0

    assert (0, 32_000_000, 32_000_000) == (without_source, without_divider_hz, host.core_clock_hz)
    assert PLLRDY == rcc.read("CR") & PLLRDY


def test_every_bus_of_an_h5_has_its_prescaler_in_cfgr2(make, host):
    make("stm32h5_rcc").write("CFGR2", 0b1000 | 0b100 << 4 | 0b101 << 8 | 0b110 << 12)

    lines = ("hclk", "pclk1", "pclk2", "pclk3")
    assert [16_000_000, 8_000_000, 4_000_000, 2_000_000] == [host.clock_net.clock_hz(line) for line in lines]


@pytest.mark.parametrize(
    ("divider_field", "timpre", "expected_hz"), [(0b101, 0, 16e6), (0b101, 1, 32e6), (0b110, 1, 16e6)]
)
def test_timpre_of_an_h5_makes_timers_faster_than_twice_their_bus(
    divider_field, timpre, expected_hz, make, host
):
    rcc = make("stm32h5_rcc")
    rcc.write("CFGR2", divider_field << 4)
    rcc.write("CFGR", timpre << 15)

    assert expected_hz == host.clock_net.clock_hz("apb1_timer")


def test_reset_flags_of_an_h5_go_when_firmware_removes_them(make):
    rcc = make("stm32h5_rcc")
    before = rcc.read("RSR")
    rcc.write("RSR", 1 << 23)

    assert (0x0C00_0000, 0) == (before, rcc.read("RSR"))


@pytest.mark.parametrize("scale", [0b00, 0b11])
def test_the_h5_s_regulator_is_at_once_at_the_scale_that_was_asked_for(scale, make):
    pwr = make("stm32h5_pwr")
    pwr.write("VOSCR", scale << 4)

    assert (scale, 1, 1) == (
        pwr.fields("VOSSR", 14, 2),
        pwr.fields("VOSSR", 13, 1),
        pwr.fields("VOSSR", 3, 1),
    )


@pytest.mark.parametrize("enabled", [0, 1])
def test_the_h5_s_backup_regulator_is_ready_when_it_is_on(enabled, make):
    pwr = make("stm32h5_pwr")
    pwr.write("BDCR", enabled)

    assert enabled == pwr.fields("BDSR", 16, 1)


@pytest.mark.parametrize(("options", "expected"), [({}, 3), ({"vos_reset": 2}, 2)])
def test_the_voltage_scale_of_an_f4_after_reset_is_the_chip_file_s(options, expected, make):
    assert expected == make("stm32f4_pwr", **options).fields("CR", 14, 2)


def test_an_h5_s_flash_has_three_wait_states_after_reset_and_leaves_the_cache_to_its_peripheral(make, host):
    flash = make("stm32h5_flash")
    before = tuple(vars(host.flash).values())
    flash.write("ACR", 5 | 2 << 4 | 1 << 8)

    assert ((3, False, None, None), (5, True, None, None)) == (before, tuple(vars(host.flash).values()))


@pytest.mark.parametrize(
    ("control", "erased"),
    [
        (1 << 2 | 3 << 6, {0x0800_6000: 8192}),
        (1 << 2 | 127 << 6 | 1 << 31, {0x081F_E000: 8192}),
        (1 << 3 | 1 << 31, {0x0810_0000: 1 << 20}),
        (1 << 15, {0x0800_0000: 2 << 20}),
        (0, {}),
    ],
)
def test_sectors_of_an_h5_are_erased_by_bank_and_number(control, erased, make, host):
    flash = make("stm32h5_flash")
    flash.write("CR", control | 1 << 5)
    while_locked = dict(host.memory)
    _unlock(flash)
    flash.write("CR", control | 1 << 5)

    assert ({}, erased) == (while_locked, {each: len(data) for each, data in host.memory.items()})
    assert bool(erased) == flash.fields("SR", 16, 1)


def test_a_finished_erase_of_an_h5_is_acknowledged_in_another_register(make):
    flash = make("stm32h5_flash")
    _unlock(flash)
    flash.write("CR", 1 << 2 | 1 << 5)
    flash.write("CCR", 1 << 16)

    assert (0, 0) == (flash.read("SR"), flash.fields("CR", 5, 1))


@pytest.mark.parametrize(
    ("is_single_bank", "erased"), [(False, {0x0800_1800: 2048}), (True, {0x0800_3000: 4096})]
)
def test_pages_of_l4_and_g4_are_half_as_large_as_on_the_l4_plus(is_single_bank, erased, make, host):
    flash = make("stm32l4_flash", page_bytes=2048, flash_bytes=512 * 1024, is_single_bank=is_single_bank)
    _unlock(flash)
    flash.write("CR", 1 << 1 | 3 << 3 | 1 << 16)

    assert erased == {each: len(data) for each, data in host.memory.items()}


@pytest.mark.parametrize(("banks_count", "erased"), [(1, {0x0801_4000: 2048}), (2, {})])
def test_the_one_bank_of_a_g071_holds_all_of_its_64_pages(banks_count, erased, make, host):
    flash = make("stm32g0_flash", flash_bytes=128 * 1024, banks_count=banks_count)
    _unlock(flash)
    flash.write("CR", 1 << 1 | 40 << 3 | 1 << 16)

    assert erased == {each: len(data) for each, data in host.memory.items()}
