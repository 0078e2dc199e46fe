"""STM32F4 and L4+: clock tree, power, flash interface."""

from __future__ import annotations

import pytest

HSION, HSEON, PLLON = 1 << 0, 1 << 16, 1 << 24
HSERDY, PLLRDY = 1 << 17, 1 << 25


def _f4_pll(m, n, p, *, from_hse):
    return m | n << 6 | (p // 2 - 1) << 16 | from_hse << 22 | 2 << 28 | 4 << 24


@pytest.mark.parametrize(
    ("plan", "enable", "expected_hz"),
    [
        # RM0390 6.3.2: f(VCO) = f(in) * N / M, f(PLL) = f(VCO) / P; 180 MHz is the part's maximum (DS10693).
        (_f4_pll(16, 360, 2, from_hse=0), HSION, 180_000_000),
        (_f4_pll(4, 180, 2, from_hse=1), HSION | HSEON, 180_000_000),
        (_f4_pll(8, 336, 4, from_hse=1), HSION | HSEON, 84_000_000),
        (_f4_pll(16, 192, 8, from_hse=0), HSION, 24_000_000),
    ],
)
def test_the_f4_pll_makes_the_clock_of_the_manuals_formula(plan, enable, expected_hz, make, host):
    rcc = make("stm32f4_rcc", hse_hz=8_000_000)
    rcc.write("CR", enable)
    rcc.write("PLLCFGR", plan)
    rcc.write("CR", enable | PLLON)
    rcc.write("CFGR", 0b10)

    assert (expected_hz, 0b10) == (host.core_clock_hz, rcc.fields("CFGR", 2, 2))


def test_the_f4_pll_has_a_second_output_r_for_the_system_clock(make, host):
    rcc = make("stm32f4_rcc")
    rcc.write("PLLCFGR", 16 | 240 << 6 | 3 << 28)
    rcc.write("CR", HSION | PLLON)
    rcc.write("CFGR", 0b11)

    assert host.core_clock_hz == 80_000_000  # 16 / 16 * 240 / 3


def test_an_f4_starts_from_hsi_with_only_that_ready(make, host):
    rcc = make("stm32f4_rcc", hse_hz=8_000_000)

    assert (rcc.read("CR"), host.core_clock_hz) == (0x83, 16_000_000)  # RM0390 6.3.1, 6.2.6


@pytest.mark.parametrize(("hse_hz", "expected"), [(8_000_000, HSERDY), (0, 0)])
def test_hse_becomes_ready_only_where_one_is_fitted(hse_hz, expected, make):
    for kind in ("stm32f4_rcc", "stm32l4_rcc"):
        rcc = make(kind, hse_hz=hse_hz)
        rcc.write("CR", rcc.read("CR") | HSEON)

        assert expected == rcc.read("CR") & HSERDY


def test_switching_to_a_clock_that_is_off_waits_until_it_runs(make, host):
    rcc = make("stm32f4_rcc", hse_hz=8_000_000)
    rcc.write("CFGR", 0b01)
    before = (rcc.fields("CFGR", 2, 2), host.core_clock_hz)
    rcc.write("CR", HSION | HSEON)

    assert (before, (rcc.fields("CFGR", 2, 2), host.core_clock_hz)) == ((0, 16_000_000), (1, 8_000_000))


@pytest.mark.parametrize(
    ("hpre", "divider"),
    [
        (0b0111, 1),
        (0b1000, 2),
        (0b1001, 4),
        (0b1010, 8),
        (0b1011, 16),
        (0b1100, 64),
        (0b1101, 128),
        (0b1111, 512),
    ],
)
def test_the_ahb_prescaler_skips_32(hpre, divider, make, host):
    make("stm32f4_rcc").write("CFGR", hpre << 4)

    assert 16_000_000 // divider == host.core_clock_hz  # RM0390 6.3.3


def test_each_apb_has_its_own_prescaler_and_timers_run_at_twice_the_divided_bus(make, host):
    make("stm32f4_rcc").write("CFGR", 0b101 << 10 | 0b100 << 13)  # /4 and /2
    lines = ("hclk", "pclk1", "pclk2", "apb1_timer", "apb2_timer")

    assert [host.clock_net.clock_hz(line) for line in lines] == [
        16_000_000,
        4_000_000,
        8_000_000,
        8_000_000,
        16_000_000,
    ]


def test_timpre_lets_f4_timers_run_at_hclk(make, host):
    rcc = make("stm32f4_rcc")
    rcc.write("CFGR", 0b101 << 10)  # APB1 / 4
    rcc.write("DCKCFGR", 1 << 24)

    assert host.clock_net.clock_hz("apb1_timer") == 16_000_000  # RM0390 6.3.26


def test_all_ready_bits_follow_their_own_enable_bit(make):
    rcc = make("stm32f4_rcc", hse_hz=8_000_000, lse_hz=32_768)
    rcc.write("CR", HSION | PLLON | 1 << 28)
    rcc.write("BDCR", 1)
    rcc.write("CSR", 1)

    # PLLI2S (26, 27) and HSE (16, 17) stay off between the others
    assert rcc.read("CR") & 0x3F03_0003 == 0b11 | PLLON | PLLRDY | 0b11 << 28
    assert (rcc.read("BDCR") & 0b11, rcc.read("CSR") & 0b11) == (0b11, 0b11)


def test_removing_reset_flags_keeps_the_rest_of_csr(make):
    rcc = make("stm32f4_rcc")
    rcc.write("CSR", 1 << 24 | 1)

    assert rcc.read("CSR") == 0b11


def test_l4_msi_4_mhz_makes_120_mhz(make, host):
    rcc = make("stm32l4_rcc")
    started_hz = host.core_clock_hz
    rcc.write("PLLCFGR", 1 | 0 << 4 | 60 << 8 | 1 << 24 | 0 << 25)  # MSI, M 1, N 60, R 2
    rcc.write("CR", rcc.read("CR") | PLLON)
    rcc.write("CFGR", 0b11)

    # RM0432 6.2.3: 4 MHz after reset; 6.4.4: f(VCO) = 4 * 60 / 1 = 240 MHz, / 2
    assert (started_hz, host.core_clock_hz, rcc.fields("CFGR", 2, 2)) == (4_000_000, 120_000_000, 0b11)


def test_the_l4_pll_needs_its_r_output_enabled(make, host):
    rcc = make("stm32l4_rcc")
    rcc.write("PLLCFGR", 1 | 60 << 8)
    rcc.write("CR", rcc.read("CR") | PLLON)
    rcc.write("CFGR", 0b11)

    assert (rcc.fields("CFGR", 2, 2), host.core_clock_hz) == (0, 4_000_000)


@pytest.mark.parametrize(
    ("index", "expected_hz"), [(0, 100_000), (5, 2_000_000), (8, 16_000_000), (11, 48_000_000)]
)
def test_msirange_counts_only_when_msirgsel_says_so(index, expected_hz, make, host):
    rcc = make("stm32l4_rcc")
    rcc.write("CR", 1 | index << 4)
    before_hz = host.core_clock_hz
    rcc.write("CR", 1 | index << 4 | 1 << 3)

    assert (4_000_000, expected_hz) == (before_hz, host.core_clock_hz)  # RM0432 6.4.1


def test_an_l4_prescales_apb_with_other_bits_than_an_f4(make, host):
    make("stm32l4_rcc").write("CFGR", 0b100 << 8 | 0b101 << 11)

    assert (host.clock_net.clock_hz("pclk1"), host.clock_net.clock_hz("pclk2")) == (2_000_000, 1_000_000)


def test_overdrive_ready_bits_follow_one_by_one(make):
    pwr = make("stm32f4_pwr")
    seen = []
    for value in (0, 1 << 16, 0b11 << 16):
        pwr.write("CR", 0xC000 | value)
        seen.append(pwr.read("CSR"))

    vosrdy = 1 << 14
    assert [vosrdy, vosrdy | 1 << 16, vosrdy | 0b11 << 16] == seen  # RM0390 5.4.2


def test_l4_power_starts_in_range_1_normal_mode_and_settles_at_once(make):
    pwr = make("stm32l4_pwr")
    started = (pwr.fields("CR1", 9, 2), pwr.read("CR5"))
    pwr.write("CR1", 0b10 << 9 | 1 << 8)
    pwr.write("CR5", 0)

    assert (
        started,
        (pwr.fields("CR1", 9, 2), pwr.read("CR5"), pwr.fields("SR2", 9, 2)),
    ) == ((1, 0x100), (0b10, 0, 0))


@pytest.mark.parametrize("kind", ["stm32f4_flash", "stm32l4_flash"])
def test_access_control_reads_back_and_reaches_the_flash_model(kind, make, host):
    make(kind).write("ACR", 5 | 1 << 8 | 1 << 10)
    assert (
        host.flash.wait_cycles,
        host.flash.prefetch_on,
        host.flash.instruction_cache_on,
        host.flash.data_cache_on,
    ) == (5, True, False, True)
    flash = make(kind)
    flash.write("ACR", 0x705)
    assert flash.read("ACR") == 0x705


@pytest.mark.parametrize(("kind", "caches_on"), [("stm32f4_flash", False), ("stm32l4_flash", True)])
def test_caches_after_reset_are_on_in_the_l4_only(kind, caches_on, make, host):
    make(kind)

    # FLASH_ACR resets to 0 (RM0390 3.8.1) and 0x600 (RM0432 3.7.1)
    assert (0, False, caches_on, caches_on) == tuple(vars(host.flash).values())


def _unlock(flash):
    flash.write("KEYR", 0x4567_0123)
    flash.write("KEYR", 0xCDEF_89AB)


@pytest.mark.parametrize("kind", ["stm32f4_flash", "stm32l4_flash"])
def test_flash_can_be_programmed_between_unlock_and_lock_only(kind, make, host):
    flash, seen = make(kind), []
    for step in (lambda: None, lambda: _unlock(flash), lambda: flash.write("CR", 1 << 31)):
        step()
        flash.write("CR", 1)
        seen.append(host.may_write_flash)

    assert seen == [False, True, False]


@pytest.mark.parametrize("kind", ["stm32f4_flash", "stm32l4_flash"])
def test_a_wrong_key_keeps_the_flash_locked_until_reset(kind, make, host):
    flash = make(kind)
    flash.write("KEYR", 0x1234_5678)
    _unlock(flash)
    still_locked = flash.read("CR") >> 31
    flash.device.reset()
    _unlock(flash)

    assert (still_locked, flash.read("CR") >> 31) == (1, 0)
    assert "wrong key 0x12345678" in host.warnings[0]


@pytest.mark.parametrize(
    ("sector", "addr", "size_kib"),
    [
        (0, 0x0800_0000, 16),
        (3, 0x0800_C000, 16),
        (4, 0x0801_0000, 64),
        (5, 0x0802_0000, 128),
        (7, 0x0806_0000, 128),
    ],
)
def test_f4_sectors_lie_where_the_manual_says(sector, addr, size_kib, make, host):
    flash = make("stm32f4_flash")
    _unlock(flash)
    flash.write("CR", 1 << 1 | sector << 3 | 1 << 16)

    assert {addr: b"\xff" * size_kib * 1024} == host.memory  # RM0390 table 4
    assert flash.read("SR") == 1  # EOP, not BSY


def test_a_sector_that_the_part_lacks_is_reported_and_not_erased(make, host):
    flash = make("stm32f4_flash")
    _unlock(flash)
    flash.write("CR", 1 << 1 | 8 << 3 | 1 << 16)

    assert (host.memory, "sector 8" in host.warnings[0]) == ({}, True)


@pytest.mark.parametrize(
    ("is_single_bank", "control", "erased"),
    [
        (False, 1 << 1 | 3 << 3, {0x0800_3000: 4096}),
        (False, 1 << 1 | 3 << 3 | 1 << 11, {0x0810_3000: 4096}),
        (True, 1 << 1 | 3 << 3, {0x0800_6000: 8192}),
        (False, 1 << 15, {0x0810_0000: 1 << 20}),
        (False, 1 << 2 | 1 << 15, {0x0800_0000: 2 << 20}),
    ],
)
def test_l4_pages_depend_on_the_bank_mode(is_single_bank, control, erased, make, host):
    flash = make("stm32l4_flash", is_single_bank=is_single_bank)
    _unlock(flash)
    flash.write("CR", control | 1 << 16)

    assert erased == {each: len(data) for each, data in host.memory.items()}  # RM0432 3.3.1
    assert is_single_bank == (not flash.read("OPTR") >> 22 & 1)


def test_status_flags_are_cleared_by_ones_and_only_those(make):
    flash = make("stm32f4_flash")
    flash.device.values["SR"] = 0b1101_0001  # EOP, WRPERR, PGPERR, PGSERR
    flash.write("SR", 0b0101_0000)

    assert flash.read("SR") == 0b1000_0001
