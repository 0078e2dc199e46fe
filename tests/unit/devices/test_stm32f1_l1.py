"""STM32F1 and L1: clock tree, flash interface and the F1's ports."""

from __future__ import annotations

import pytest

HSION, HSEON, PLLON = 1 << 0, 1 << 16, 1 << 24


@pytest.mark.parametrize(
    ("plan", "expected_hz"),
    [
        # RM0008 7.3.2: PLLSRC (bit 16) 0 = HSI / 2, 1 = HSE, halved by PLLXTPRE (bit 17); PLLMUL + 2, 15 means 16 too.
        (14 << 18, 64_000_000),
        (15 << 18, 64_000_000),
        (1 << 16 | 7 << 18, 72_000_000),
        (1 << 16 | 1 << 17 | 7 << 18, 36_000_000),
    ],
    ids=["half of HSI", "largest factor", "HSE", "half of HSE"],
)
def test_the_f1_pll_multiplies_the_source_it_was_given(plan, expected_hz, make, host):
    rcc = make("stm32f1_rcc", hse_hz=8_000_000)
    rcc.write("CFGR", plan)
    rcc.write("CR", HSION | HSEON | PLLON)
    rcc.write("CFGR", plan | 0b10)

    assert (expected_hz, 0b10) == (host.core_clock_hz, rcc.fields("CFGR", 2, 2))


def test_an_f1_divides_hclk_and_both_peripheral_clocks(make, host):
    """RM0008 7.3.2: HPRE bits 7:4, PPRE1 bits 10:8, PPRE2 bits 13:11; 0b1000, 0b101 and 0b100 are 2, 4 and 2."""
    rcc = make("stm32f1_rcc")
    rcc.write("CFGR", 0b1000 << 4 | 0b101 << 8 | 0b100 << 11)

    net = host.clock_net
    assert (4_000_000, 1_000_000, 2_000_000) == (
        host.core_clock_hz,
        net.clock_hz("pclk1"),
        net.clock_hz("pclk2"),
    )


def test_an_f1_without_a_crystal_never_sees_it_ready(make, host):
    rcc = make("stm32f1_rcc")
    rcc.write("CR", HSION | HSEON)

    assert (0, 8_000_000) == (rcc.fields("CR", 17, 1), host.core_clock_hz)


@pytest.mark.parametrize(
    ("access", "applied", "read_back"),
    [(0x30, (0, True), 0x30), (0x12, (2, True), 0x32), (0x02, (2, False), 0x02), (0x18, (0, True), 0x38)],
    ids=["after reset", "72 MHz", "prefetch off", "half-cycle access"],
)
def test_f1_access_control_sets_wait_states_and_prefetch(access, applied, read_back, make, host):
    """ST's stm32f103xb.h: LATENCY bits 2:0, HLFCYA bit 3, PRFTBE bit 4, PRFTBS (bit 5) follows it."""
    flash = make("stm32f1_flash")
    flash.write("ACR", access)

    assert applied == (host.flash.wait_cycles, host.flash.prefetch_on)
    assert read_back == flash.read("ACR")


def test_an_f1_erases_a_page_of_1_kib(make, host):
    flash = make("stm32f1_flash", page_bytes=1024)
    for key in (0x4567_0123, 0xCDEF_89AB):
        flash.write("KEYR", key)
    flash.write("CR", 1 << 1)
    flash.write("AR", 0x0800_1634)
    flash.write("CR", 1 << 1 | 1 << 6)

    assert {0x0800_1400: b"\xff" * 1024} == host.memory


@pytest.mark.parametrize(
    ("field", "output", "expected_level"),
    [
        # RM0008 table 20: CNF (bits 3:2) and MODE (bits 1:0) of a pin that the board drives low.
        (0b0011, 1, 1),
        (0b0010, 0, 0),
        (0b1000, 1, 1),
        (0b1000, 0, 0),
        (0b0100, 1, 0),
        (0b0000, 1, 0),
    ],
    ids=["output high", "output low", "pull-up", "pull-down", "floating", "analog"],
)
def test_an_f1_pin_reads_its_output_or_its_pull(field, output, expected_level, make):
    port = make("stm32f1_gpio")
    port.write("CRH", 0x4444_4444 & ~(0xF << 20) | field << 20)  # pin 13
    port.write("BSRR", 1 << (13 if output else 29))

    assert expected_level == port.fields("IDR", 13, 1)


def test_an_analog_f1_pin_reads_low_whatever_the_board_drives(make):
    port = make("stm32f1_gpio", input_levels=0b11)
    port.write("CRL", 0x4444_4440)

    assert 0b10 == port.read("IDR")


@pytest.mark.parametrize(
    ("control", "plan_and_switch", "expected_hz"),
    [
        # RM0038 6.3.3: PLLSRC (bit 16), PLLMUL 0..8 = 3, 4, 6, 8, 12, 16, 24, 32, 48, PLLDIV 1..3 = 2, 3, 4.
        (0x300 | HSION | PLLON, (1 << 18 | 1 << 22, 3), 32_000_000),
        (0x300 | HSEON | PLLON, (1 << 16 | 4 << 18 | 2 << 22, 3), 32_000_000),
        (0x300 | HSION, (0, 1), 16_000_000),
        (0x300, (0, 0), 2_097_000),
    ],
    ids=["PLL from HSI", "PLL from HSE", "HSI", "MSI"],
)
def test_the_l1_system_clock_is_the_manuals_formula(control, plan_and_switch, expected_hz, make, host):
    plan, switch = plan_and_switch
    rcc = make("stm32l1_rcc", hse_hz=8_000_000)
    rcc.write("CFGR", plan)
    rcc.write("CR", control)
    rcc.write("CFGR", plan | switch)

    assert (expected_hz, switch) == (host.core_clock_hz, rcc.fields("CFGR", 2, 2))


def test_the_l1_reports_hsi_ready_in_bit_1(make):
    """ST's stm32l100xc.h: RCC_CR_HSIRDY is bit 1, on the STM32L0 bit 2; RM0038 6.3.1: MSI runs after reset."""
    rcc = make("stm32l1_rcc")
    rcc.write("CR", 0x100 | HSION)

    assert 0x300 | 0b11 == rcc.read("CR")


@pytest.mark.parametrize(
    ("access", "applied"),
    [(0x00, (0, False)), (0x04, (0, False)), (0x02, (0, False)), (0x07, (1, True)), (0x05, (1, False))],
    ids=["after reset", "64 bits", "prefetch of words", "32 MHz with prefetch", "32 MHz"],
)
def test_l1_prefetch_needs_reads_of_64_bits(access, applied, make, host):
    """RM0038 3.9.1: PRFTEN can be set only while ACC64 is."""
    flash = make("stm32l1_flash")
    flash.write("ACR", access)

    assert applied == (host.flash.wait_cycles, host.flash.prefetch_on)
    assert (False, False) == (host.flash.instruction_cache_on, host.flash.data_cache_on)
