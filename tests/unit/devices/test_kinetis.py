"""Kinetis K peripherals; offsets and bits from NXP's SVD file of the MK64F12, unless a line says otherwise."""

from __future__ import annotations

import pytest

MHZ = 1_000_000
EREFS, PLLS = 1 << 2, 1 << 6


@pytest.fixture
def chip(make, host):
    """Clock generator, dividers and flash controller, reset once they exist; a 50 MHz clock at EXTAL."""
    parts = {
        "mcg": make("kinetis_mcg", osc_hz=50 * MHZ),
        "sim": make("kinetis_sim"),
        "fmc": make("kinetis_fmc"),
    }
    for part in parts.values():
        part.device.reset()
    return parts


def _start_120_mhz(chip):
    """What the FRDM-K64F's clock_config.c programs: 50 MHz / 20 x 48; core 1, bus 2, FlexBus 3, flash 5."""
    mcg = chip["mcg"].device
    chip["sim"].write("CLKDIV1", 0x0124_0000)
    mcg.write(1, 1, 2 << 4)
    mcg.write(0, 1, 2 << 6 | 7 << 3)
    mcg.write(4, 1, 19)
    mcg.write(5, 1, 24 | PLLS)
    mcg.write(0, 1, 7 << 3)


def test_the_core_starts_on_the_fll_with_flash_at_half_its_clock(chip, host):
    """640 x 32.768 kHz; OUTDIV4 resets to 2."""
    assert (20_971_520, 10_485_760) == (host.core_clock_hz, host.clock_net.clock_hz("kinetis_flash"))


def test_the_board_s_sequence_ends_at_120_mhz_with_flash_at_24(chip, host):
    _start_120_mhz(chip)
    lines = [host.clock_net.clock_hz(f"kinetis_{each}") for each in ("core", "bus", "flash")]

    assert ([120 * MHZ, 60 * MHZ, 24 * MHZ], 120 * MHZ) == (lines, host.core_clock_hz)


@pytest.mark.parametrize(
    ("writes", "status"),
    [
        ({}, 0b0001_0000),  # FLL, internal reference
        ({0: 2 << 6}, 0b0000_1000),  # external clock, FLL fed from it
        ({0: 1 << 6 | 1 << 2}, 0b0001_0100),  # internal reference
        ({1: EREFS}, 0b0001_0010),  # crystal running
        ({1: 1}, 0b0001_0001),  # fast internal reference
        ({4: 19, 5: 24 | PLLS, 0: 2 << 6}, 0b0110_1000),  # PLL locked, external clock in use
        ({4: 19, 5: 24 | PLLS, 0: 0}, 0b0110_1100),  # PLL in use
    ],
)
def test_the_status_follows_the_mode_that_start_up_code_waits_for(writes, status, chip):
    for offset, value in writes.items():
        chip["mcg"].device.write(offset, 1, value)

    assert status == chip["mcg"].device.read(6, 1)


@pytest.mark.parametrize(
    ("writes", "core_hz"),
    [
        ({0: 1 << 6}, 32_768),
        ({1: 1, 0: 1 << 6}, 2 * MHZ),  # 4 MHz by FCRDIV, which resets to 2
        ({0: 2 << 6}, 50 * MHZ),
        ({0xC: 2, 0: 2 << 6}, 48 * MHZ),  # IRC48M
        ({3: 0b01 << 5}, 1280 * 32_768),
        ({3: 0b11 << 5 | 1 << 7}, 2929 * 32_768),
        ({1: 2 << 4, 0: 5 << 3}, 50 * MHZ // 1024 * 640),
    ],
)
def test_every_mode_makes_its_clock(writes, core_hz, chip, host):
    """FLL factors and dividers: fsl_clock.c of NXP's SDK."""
    for offset, value in writes.items():
        chip["mcg"].device.write(offset, 1, value)

    assert core_hz == host.core_clock_hz


def test_selecting_a_clock_that_is_not_there_keeps_the_old_one_and_is_reported(make, host):
    mcg, _ = make("kinetis_mcg"), make("kinetis_sim")
    mcg.device.write(0, 1, 2 << 6)

    assert (20_971_520, 1) == (host.core_clock_hz, len(host.warnings))


@pytest.mark.parametrize(
    ("dividers", "wait_cycles"), [(0x0124_0000, 6), (0x0127_0000, 10), (0x0121_0000, 1), (0x0120_0000, 0)]
)
def test_wait_states_are_the_mean_of_what_the_clock_ratio_costs(dividers, wait_cycles, chip, host):
    """A miss takes ratio to 2 x ratio - 1 core clocks, a hit one: ratio 5 costs 4 to 8 more."""
    _start_120_mhz(chip)
    chip["sim"].write("CLKDIV1", dividers)

    assert wait_cycles == host.flash.wait_cycles


@pytest.mark.parametrize(
    ("control", "settings"),
    [
        (0x3004_001F, (True, True, True)),
        (0x1D, (False, True, True)),
        (0x0A, (True, True, False)),
        (0x11, (False, False, True)),
    ],
)
def test_caches_and_prefetch_follow_the_control_register_of_bank_0(control, settings, chip, host):
    chip["fmc"].write("PFB0CR", control)

    assert settings == tuple(vars(host.flash).values())[1:]


@pytest.mark.parametrize(("control", "empties_count"), [(0x00F0_001F, 1), (0x0008_001F, 1), (0x1F, 0)])
def test_invalidating_a_way_empties_the_caches(control, empties_count, chip, host):
    chip["fmc"].write("PFB0CR", control)

    assert empties_count == host.calls.count("empty_flash_caches")


def _uart(make, **options):
    uart = make("kinetis_uart", name="UART0", **options)
    uart.device.write(3, 1, 1 << 3 | 1 << 2)
    return uart.device


def test_a_byte_leaves_only_while_the_transmitter_is_on(make, host):
    make("kinetis_uart", name="UART0").device.write(7, 1, ord("x"))
    _uart(make).write(7, 1, ord("A"))

    assert {"UART0": b"A"} == host.console


def test_reading_the_status_takes_no_byte_and_reading_the_data_does(make, host):
    uart = _uart(make)
    host.receive("UART0", b"h")
    seen = [uart.read(4, 1), uart.read(4, 1), uart.read(7, 1), uart.read(4, 1)]

    assert [0xE0, 0xE0, ord("h"), 0xC0] == seen


def test_interrupts_come_for_the_enabled_flags_only(make, host):
    uart = _uart(make, irq_number=31)
    host.receive("UART0", b"h")
    seen = [host.irqs[31]]
    for control in (1 << 5 | 1 << 2, 1 << 7 | 1 << 3, 0):
        uart.write(3, 1, control)
        seen.append(host.irqs[31])

    assert [False, True, True, False] == seen


def test_a_timed_byte_takes_ten_bits(make, host):
    """16 x (SBR + BRFA / 32) clocks per bit: SBR 8 and BRFA 16 make 136."""
    uart = _uart(make, is_timed=True)
    uart.write(0, 2, 8 << 8)
    uart.write(10, 1, 16)
    uart.write(7, 1, ord("A"))
    host.advance(1359)
    before = uart.read(4, 1)
    host.advance(1)

    assert (0x80, 0xC0) == (before, uart.read(4, 1))
