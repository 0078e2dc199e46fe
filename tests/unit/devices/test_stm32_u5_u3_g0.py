"""STM32U5, U3 and G0: clock tree, power, flash interface, instruction cache.

Register facts: CMSIS stm32u575xx.h and stm32g0b1xx.h, system_stm32u5xx.c and system_stm32u3xx.c (ST).
"""

from __future__ import annotations

import pytest

RDY_OF_PLL1 = 1 << 25
EN, CACHEINV, WAYSEL = 1 << 0, 1 << 1, 1 << 2
BSYENDF = 1 << 1
LINES = ("hclk", "pclk1", "pclk2", "pclk3")


def _clocks(host):
    return [host.clock_net.clock_hz(line) for line in LINES]


def _start_pll1(rcc, *, source, m, n, r, fraction=None):
    rcc.write("PLL1CFGR", source | (fraction is not None) << 4 | (m - 1) << 8 | 1 << 18)
    rcc.write("PLL1DIVR", (n - 1) | (r - 1) << 24)
    rcc.write("PLL1FRACR", (fraction or 0) << 3)
    rcc.write("CR", rcc.read("CR") | 1 << 24)
    rcc.write("CFGR", 0b11)


def test_a_u5_starts_from_msis_at_4_mhz(make, host):
    rcc = make("stm32u5_rcc")

    assert (rcc.read("CR"), rcc.fields("CFGR", 2, 2), host.core_clock_hz) == (0x35, 0, 4_000_000)


@pytest.mark.parametrize(
    ("index", "expected_hz"),
    # MSIRangeTable of system_stm32u5xx.c
    [
        (0, 48_000_000),
        (1, 24_000_000),
        (4, 4_000_000),
        (7, 1_000_000),
        (8, 3_072_000),
        (11, 768_000),
        (15, 100_000),
    ],
)
def test_msisrange_counts_only_when_msirgsel_says_so(index, expected_hz, make, host):
    rcc = make("stm32u5_rcc")
    rcc.write("ICSCR1", index << 28)
    before_hz = host.core_clock_hz
    rcc.write("ICSCR1", index << 28 | 1 << 23)

    assert (4_000_000, expected_hz) == (before_hz, host.core_clock_hz)


def test_the_u5_makes_160_mhz_of_msi_48_mhz_as_st_s_benchmark_firmware_does(make, host):
    rcc = make("stm32u5_rcc")
    rcc.write("ICSCR1", 1 << 23)  # MSIS 48 MHz
    _start_pll1(
        rcc, source=1, m=3, n=10, r=1
    )  # PLLM 3, PLLN 10, PLL1R 1: NUCLEO_U575ZI_Q .ioc, MLPerf Tiny v1.2

    assert (160_000_000, 0b11) == (host.core_clock_hz, rcc.fields("CFGR", 2, 2))


@pytest.mark.parametrize(("fraction", "expected_hz"), [(None, 160_000_000), (4096, 168_000_000)])
def test_the_fraction_of_pll1_counts_in_units_of_an_8192th(fraction, expected_hz, make, host):
    rcc = make("stm32u5_rcc", hse_hz=16_000_000)
    rcc.write("CR", rcc.read("CR") | 1 << 16)
    _start_pll1(rcc, source=3, m=1, n=10, r=1, fraction=fraction)

    assert expected_hz == host.core_clock_hz


def test_pll1_is_not_ready_without_its_source_nor_used_without_its_output(make, host):
    rcc = make("stm32u5_rcc")
    _start_pll1(rcc, source=3, m=1, n=10, r=1)  # HSE, which is not fitted
    without_source = rcc.read("CR") & RDY_OF_PLL1
    rcc.write("PLL1CFGR", 1)  # MSIS, but PLL1REN = 0
    rcc.write("CFGR", 0b11)

    assert (0, RDY_OF_PLL1) == (without_source, rcc.read("CR") & RDY_OF_PLL1)
    assert (4_000_000, 0) == (host.core_clock_hz, rcc.fields("CFGR", 2, 2))


def test_every_bus_of_the_u5_has_its_prescaler(make, host):
    rcc = make("stm32u5_rcc")
    rcc.write("CFGR2", 0b1000 | 0b100 << 4 | 0b101 << 8)  # HCLK / 2, APB1 / 2, APB2 / 4
    rcc.write("CFGR3", 0b110 << 4)  # APB3 / 8

    assert [2_000_000, 1_000_000, 500_000, 250_000] == _clocks(host)


def test_each_ready_bit_of_the_u5_follows_its_own_enable_bit(make):
    rcc = make("stm32u5_rcc", lse_hz=32_768)
    rcc.write("CR", 1 | 1 << 8 | 1 << 14)  # MSIS, HSI16, SHSI; HSI48, MSIK and the PLLs stay off
    rcc.write("BDCR", 1 | 1 << 26)

    assert rcc.read("CR") == 0b101 | 0b101 << 8 | 0b11 << 14
    assert rcc.read("BDCR") == 0b11 | 0b11 << 26


def test_a_u3_starts_from_msis_at_12_mhz_and_makes_96_mhz_without_a_pll(make, host):
    rcc = make("stm32u3_rcc")
    started_hz = host.core_clock_hz
    rcc.write("ICSCR1", 1 << 23)  # MSIRGSEL, MSIRC0 / 1

    assert (12_000_000, 96_000_000) == (started_hz, host.core_clock_hz)


@pytest.mark.parametrize(
    ("is_slow", "shift", "expected_hz"), [(0, 3, 12e6), (0, 1, 48e6), (1, 0, 24e6), (1, 3, 3e6)]
)
def test_msis_of_the_u3_is_one_of_two_oscillators_divided(is_slow, shift, expected_hz, make, host):
    make("stm32u3_rcc").write("ICSCR1", is_slow << 31 | shift << 29 | 1 << 23)

    assert expected_hz == host.core_clock_hz


def test_an_msi_of_the_u3_locks_only_to_a_reference_that_exists(make):
    rcc = make("stm32u3_rcc", lse_hz=32_768)
    rcc.write("ICSCR1", 1 << 20)  # MSIPLL1SEL = HSE, MSIPLL0SEL = LSE
    rcc.write("CR", rcc.read("CR") | 0b11 << 5)

    assert rcc.fields("CR", 9, 2) == 0b10


def test_a_g0_starts_from_hsi16_and_makes_64_mhz(make, host):
    rcc = make("stm32g0_rcc")
    started = (rcc.read("CR"), host.core_clock_hz)
    rcc.write(
        "PLLCFGR", 0b10 | 8 << 8 | 1 << 28 | 1 << 29
    )  # HSI16, M 1, N 8, R 2: Mbed OS for the NUCLEO-G0B1RE
    rcc.write("CR", rcc.read("CR") | 1 << 24)
    rcc.write("CFGR", 0b010)

    assert ((0x500, 16_000_000), 64_000_000, 0b010) == (started, host.core_clock_hz, rcc.fields("CFGR", 3, 3))


@pytest.mark.parametrize(("switch", "expected_hz"), [(1, 8_000_000), (3, 32_000), (4, 32_768)])
def test_a_g0_runs_from_each_of_its_other_oscillators(switch, expected_hz, make, host):
    rcc = make("stm32g0_rcc", hse_hz=8_000_000, lse_hz=32_768)
    rcc.write("CR", rcc.read("CR") | 1 << 16)
    rcc.write("CSR", 1)
    rcc.write("BDCR", 1)
    rcc.write("CFGR", switch)

    assert (expected_hz, switch) == (host.core_clock_hz, rcc.fields("CFGR", 3, 3))


@pytest.mark.parametrize(("field", "divider"), [(0, 1), (3, 8), (7, 128)])
def test_a_g0_divides_hsi16_before_it_becomes_the_system_clock(field, divider, make, host):
    make("stm32g0_rcc").write("CR", 1 << 8 | field << 11)

    assert 16_000_000 // divider == host.core_clock_hz


def test_the_one_apb_of_a_g0_clocks_all_of_its_peripherals(make, host):
    make("stm32g0_rcc").write("CFGR", 0b1000 << 8 | 0b101 << 12)  # HCLK / 2, PCLK / 4

    assert [8_000_000, 2_000_000, 2_000_000, 0] == _clocks(host)


@pytest.mark.parametrize(("bus", "expected_cycles"), [(None, 10), (1, 10), (3, 40)])
def test_a_peripheral_counts_on_the_bus_that_its_option_names(bus, expected_cycles, make, host):
    """LPUART1 of the U5 is on APB3, which its address does not tell."""
    rcc = make("stm32u5_rcc")
    options = {} if bus is None else {"bus": f"apb{bus}"}
    timer = make("stm32_timer", counter_bits=32, **options)
    rcc.write("CFGR2", 0)
    rcc.write("CFGR3", 0b110 << 4)  # APB3 / 8: its timers run at HCLK / 4
    timer.write("CR1", 1)
    host.advance(expected_cycles)

    assert timer.read("CNT") == 10


def test_the_u5_s_regulator_answers_what_was_asked_for(make):
    pwr = make("stm32u5_pwr")
    before = (pwr.fields("VOSR", 14, 2), pwr.fields("SVMSR", 1, 1))
    pwr.write("VOSR", 0b11 << 16 | 1 << 18)  # range 1, booster
    pwr.write("CR3", 1 << 1)  # SMPS

    assert ((0b10, 0), 0b11, 0b11) == (before, pwr.fields("VOSR", 14, 2), pwr.fields("SVMSR", 16, 2))
    assert (1, 1) == (pwr.fields("SVMSR", 1, 1), pwr.fields("SVMSR", 15, 1))


def test_each_range_of_the_u3_s_regulator_has_its_own_ready_bit(make):
    pwr = make("stm32u3_pwr")
    before = pwr.read("VOSR")
    pwr.write("VOSR", 1 | 1 << 8)  # range 1 instead of 2, booster

    assert (0x0002_0002, 1 | 1 << 8 | 1 << 16 | 1 << 24) == (before, pwr.read("VOSR"))


def test_a_g0_s_regulator_is_ready_at_once(make):
    pwr = make("stm32g0_pwr")
    pwr.write("CR1", 0b10 << 9)

    assert (0b10, 0) == (pwr.fields("CR1", 9, 2), pwr.fields("SR2", 10, 1))


@pytest.mark.parametrize(
    ("kind", "started"),
    [
        # FLASH_ACR after reset: 0 (U5), 1 wait state (U3); the cache is another peripheral's. G0: instruction cache on.
        ("stm32u5_flash", (0, False, None, None)),
        ("stm32u3_flash", (1, False, None, None)),
        ("stm32g0_flash", (0, False, True, False)),
    ],
)
def test_access_control_leaves_the_cache_to_the_peripheral_that_has_it(kind, started, make, host):
    flash = make(kind)
    before = tuple(vars(host.flash).values())
    flash.write("ACR", 4 | 1 << 8)
    no_cache = None if started[2] is None else False

    assert (started, (4, True, no_cache, started[3])) == (before, tuple(vars(host.flash).values()))


def _unlock(flash):
    flash.write("KEYR", 0x4567_0123)
    flash.write("KEYR", 0xCDEF_89AB)


@pytest.mark.parametrize(
    ("kind", "control", "erased"),
    [
        ("stm32u5_flash", 1 << 1 | 3 << 3, {0x0800_6000: 8192}),
        ("stm32u5_flash", 1 << 1 | 127 << 3 | 1 << 11, {0x081F_E000: 8192}),
        ("stm32u3_flash", 1 << 1 | 3 << 3 | 1 << 11, {0x0808_3000: 4096}),
        ("stm32g0_flash", 1 << 1 | 127 << 3, {0x0803_F800: 2048}),
        ("stm32g0_flash", 1 << 1 | 3 << 3 | 1 << 13, {0x0804_1800: 2048}),
        ("stm32g0_flash", 1 << 1 | 200 << 3, {}),  # a bank has 128 pages
        ("stm32u5_flash", 1 << 15, {0x0810_0000: 1 << 20}),
        ("stm32g0_flash", 1 << 2 | 1 << 15, {0x0800_0000: 512 << 10}),
    ],
)
def test_pages_lie_one_after_another_in_their_bank(kind, control, erased, make, host):
    flash = make(kind)
    _unlock(flash)
    flash.write("CR", control | 1 << 16)

    assert erased == {each: len(data) for each, data in host.memory.items()}


def test_the_cache_starts_off_with_two_ways_and_its_first_invalidation_done(make, host):
    icache = make("stm32_icache")

    assert (WAYSEL, BSYENDF) == (icache.read("CR"), icache.read("SR"))
    assert {"is_on": False, "ways_count": 2} == vars(host.unified_cache)


@pytest.mark.parametrize(("control", "ways_count"), [(EN | WAYSEL, 2), (EN, 1)])
def test_the_cache_has_as_many_ways_as_firmware_chooses(control, ways_count, make, host):
    make("stm32_icache").write("CR", control)

    assert {"is_on": True, "ways_count": ways_count} == vars(host.unified_cache)


def test_invalidating_empties_the_cache_once_and_sets_a_flag_that_can_be_cleared(make, host):
    icache = make("stm32_icache", irq_number=107)
    icache.write("FCR", BSYENDF)
    cleared = icache.read("SR")
    icache.write("IER", BSYENDF)
    icache.write("CR", EN | WAYSEL | CACHEINV)

    assert (0, EN | WAYSEL, BSYENDF) == (cleared, icache.read("CR"), icache.read("SR"))
    assert (1, True) == (host.calls.count("empty_flash_caches"), host.irqs[107])
    icache.write("FCR", BSYENDF)
    assert host.irqs[107] is False


def test_a_remapped_region_is_reported(make, host):
    make("stm32_icache").write("CRR1", 1 << 15)

    assert "remapped" in host.warnings[0]


def test_the_reset_state_of_a_port_is_the_chip_file_s(make):
    port = make("stm32_gpio", base_addr=0x4202_0000, moder_reset=0xABFF_FFFF, pupdr_reset=0x6400_0000)

    assert (0xABFF_FFFF, 0x6400_0000, 0) == (port.read("MODER"), port.read("PUPDR"), port.read("OSPEEDR"))
