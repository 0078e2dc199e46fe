"""RA6M4 peripherals; offsets and bits from R7FA6M4AF.h of Renesas' FSP 6, unless a line says otherwise."""

from __future__ import annotations

import pytest

MHZ = 1_000_000


def _system(make):
    return make("ra_system", mosc_hz=24 * MHZ).device


def test_the_core_starts_at_2_mhz_and_the_kit_s_pll_makes_200(make, host):
    """FSP for the EK-RA6M4: 24 MHz / 3 x 25, ICLK undivided. MOCO / 4 after reset is recalled."""
    system = _system(make)
    before = (host.core_clock_hz, system.read(0x3C, 1))
    system.write(0x32, 1, 0)  # MOSCCR
    system.write(0x28, 2, 49 << 8 | 2)  # PLLCCR
    system.write(0x2A, 1, 0)  # PLLCR
    system.write(0x20, 4, 0x1001_0212)  # SCKDIVCR
    system.write(0x26, 1, 5)  # SCKSCR

    assert ((2 * MHZ, 0b0000_0001), 200 * MHZ, 0b0010_1001) == (
        before,
        host.core_clock_hz,
        system.read(0x3C, 1),
    )


@pytest.mark.parametrize(
    ("writes", "core_hz"),
    [
        ({0x26: 0}, 16 * MHZ),  # HOCO
        ({0x37: 2, 0x26: 0}, 20 * MHZ),
        ({0x26: 1}, 8 * MHZ),  # MOCO
        ({0x26: 2}, 32_768),  # LOCO
        ({0x32: 0, 0x26: 3}, 24 * MHZ),  # main oscillator
    ],
)
def test_the_clock_source_is_selected_by_sckscr(writes, core_hz, make, host):
    system = _system(make)
    system.write(0x20, 4, 0)
    for offset, value in writes.items():
        system.write(offset, 1, value)

    assert core_hz == host.core_clock_hz


def test_the_pll_can_run_from_the_internal_oscillator(make, host):
    system = _system(make)
    system.write(0x28, 2, 39 << 8 | 1 << 4 | 1)  # HOCO / 2 x 20
    system.write(0x2A, 1, 0)
    system.write(0x20, 4, 1 << 24)
    system.write(0x26, 1, 5)

    assert 80 * MHZ == host.core_clock_hz


def test_a_source_that_is_stopped_keeps_the_old_clock_and_is_reported(make, host):
    system = _system(make)
    system.write(0x26, 1, 3)

    assert (2 * MHZ, 1) == (host.core_clock_hz, len(host.warnings))


def test_wait_states_and_cache_follow_their_registers(make, host):
    fcache = make("ra_fcache")
    seen = [tuple(vars(host.flash).values())]
    fcache.write("FLWT", 3)
    fcache.write("FCACHEE", 1)

    assert [(0, False, False, False), (3, False, True, True)] == [*seen, tuple(vars(host.flash).values())]


def test_invalidating_the_flash_cache_is_over_at_once(make, host):
    fcache = make("ra_fcache")
    fcache.write("FCACHEIV", 1)

    assert (1, 0) == (host.calls.count("empty_flash_caches"), fcache.read("FCACHEIV"))


def _sci(make, **options):
    sci = make("ra_sci", name="SCI0", **options).device
    sci.write(2, 1, 1 << 5 | 1 << 4)
    return sci


def test_a_byte_leaves_only_while_the_transmitter_is_on(make, host):
    make("ra_sci", name="SCI0").device.write(3, 1, ord("x"))
    _sci(make).write(3, 1, ord("A"))

    assert {"SCI0": b"A"} == host.console


def test_reading_the_status_takes_no_byte_and_reading_the_data_does(make, host):
    sci = _sci(make)
    host.receive("SCI0", b"h")
    seen = [sci.read(4, 1), sci.read(4, 1), sci.read(5, 1), sci.read(4, 1)]

    assert [0xC4, 0xC4, ord("h"), 0x84] == seen


def test_a_timed_byte_takes_ten_bits(make, host):
    """32 x (BRR + 1) clocks per bit at the default mode."""
    sci = _sci(make, is_timed=True)
    sci.write(1, 1, 0)
    sci.write(3, 1, ord("A"))
    host.advance(319)
    before = sci.read(4, 1)
    host.advance(1)

    assert (0x80, 0x84) == (before, sci.read(4, 1))
