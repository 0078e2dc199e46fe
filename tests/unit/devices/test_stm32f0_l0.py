"""STM32F0 and L0: clock tree and flash interface."""

from __future__ import annotations

import pytest

HSION, HSEON, PLLON = 1 << 0, 1 << 16, 1 << 24


@pytest.mark.parametrize(
    ("plan", "predivider", "expected_hz"),
    [
        # RM0091 6.4.2: PLLSRC 00 = HSI / 2, 01 = HSI / PREDIV, 10 = HSE / PREDIV, 11 = HSI48 / PREDIV; PLLMUL + 2.
        (0b00 << 15 | 10 << 18, 1, 48_000_000),
        (0b01 << 15 | 4 << 18, 1, 48_000_000),
        (0b10 << 15 | 2 << 18, 1, 32_000_000),
        (0b11 << 15 | 0 << 18, 2, 48_000_000),
        (0b00 << 15 | 15 << 18, 1, 64_000_000),  # 15 means 16 too
    ],
    ids=["half of HSI", "HSI", "HSE", "HSI48", "largest factor"],
)
def test_the_f0_pll_multiplies_the_source_it_was_given(plan, predivider, expected_hz, make, host):
    rcc = make("stm32f0_rcc", hse_hz=8_000_000)
    rcc.write("CR2", 1 << 16)
    rcc.write("CFGR2", predivider - 1)
    rcc.write("CFGR", plan)
    rcc.write("CR", HSION | HSEON | PLLON)
    rcc.write("CFGR", plan | 0b10)

    assert (expected_hz, 0b10) == (host.core_clock_hz, rcc.fields("CFGR", 2, 2))


def test_an_f0_starts_from_hsi(make, host):
    rcc = make("stm32f0_rcc")

    assert (0x83, 8_000_000) == (rcc.read("CR"), host.core_clock_hz)  # RM0091 6.4.1


@pytest.mark.parametrize(
    ("access", "applied", "read_back"),
    [(0x30, (0, True), 0x30), (0x11, (1, True), 0x31), (0x01, (1, False), 0x01)],
    ids=["after reset", "48 MHz", "prefetch off"],
)
def test_f0_access_control_sets_wait_states_and_prefetch(access, applied, read_back, make, host):
    """ST's stm32f072xb.h: LATENCY bit 0, PRFTBE bit 4, PRFTBS (bit 5) follows it."""
    flash = make("stm32f0_flash")
    flash.write("ACR", access)

    assert applied == (host.flash.wait_cycles, host.flash.prefetch_on)
    assert read_back == flash.read("ACR")


def test_an_f0_erases_the_page_of_the_address_register_and_is_not_busy_after(make, host):
    flash = make("stm32f0_flash", page_bytes=2048)
    for key in (0x4567_0123, 0xCDEF_89AB):
        flash.write("KEYR", key)
    flash.write("CR", 1 << 1)
    flash.write("AR", 0x0800_1234)
    flash.write("CR", 1 << 1 | 1 << 6)

    assert {0x0800_1000: b"\xff" * 2048} == host.memory
    assert flash.read("SR") == 1 << 5  # EOP without BSY


@pytest.mark.parametrize(
    ("control", "plan_and_switch", "expected_hz"),
    [
        # RM0367 7.3.4: PLLSRC (bit 16), PLLMUL 0..8 = 3, 4, 6, 8, 12, 16, 24, 32, 48, PLLDIV 1..3 = 2, 3, 4.
        (0x300 | HSION | PLLON, (1 << 18 | 1 << 22, 3), 32_000_000),
        (0x300 | HSION | 1 << 3 | PLLON, (4 << 18 | 2 << 22, 3), 16_000_000),
        (0x300 | HSEON | PLLON, (1 << 16 | 4 << 18 | 2 << 22, 3), 32_000_000),
        (0x300 | HSION, (0, 1), 16_000_000),
        (0x300, (0, 0), 2_097_000),
    ],
    ids=["PLL from HSI16", "PLL from HSI16 / 4", "PLL from HSE", "HSI16", "MSI"],
)
def test_the_l0_system_clock_is_the_manuals_formula(control, plan_and_switch, expected_hz, make, host):
    plan, switch = plan_and_switch
    rcc = make("stm32l0_rcc", hse_hz=8_000_000)
    rcc.write("CFGR", plan)
    rcc.write("CR", control)
    rcc.write("CFGR", plan | switch)

    assert (expected_hz, switch) == (host.core_clock_hz, rcc.fields("CFGR", 2, 2))


@pytest.mark.parametrize(
    ("access", "applied", "buffers_on"),
    [(0x00, (0, False), True), (0x03, (1, True), True), (0x23, (1, False), False)],
    ids=["after reset", "prefetch", "buffers off"],
)
def test_l0_prefetch_needs_the_buffers(access, applied, buffers_on, make, host):
    """RM0367 3.3.3: with DISAB_BUF neither prefetch nor pre-read can be enabled."""
    flash = make("stm32l0_flash")
    flash.write("ACR", access)

    assert applied == (host.flash.wait_cycles, host.flash.prefetch_on)
    assert buffers_on == host.flash.instruction_cache_on == host.flash.data_cache_on


def test_an_l0_takes_flash_writes_only_with_both_locks_open(make, host):
    flash = make("stm32l0_flash")
    states = []
    for name, keys in (("PEKEYR", (0x89AB_CDEF, 0x0203_0405)), ("PRGKEYR", (0x8C9D_AEBF, 0x1314_1516))):
        for key in keys:
            flash.write(name, key)
        states.append((host.may_write_flash, flash.read("PECR")))
    flash.write("PECR", 1)

    assert [(False, 0b110), (True, 0b100)] == states
    assert (False, 0b111) == (host.may_write_flash, flash.read("PECR"))
