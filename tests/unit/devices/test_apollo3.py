"""Apollo3 peripherals; offsets and bits from Ambiq's SVD file, unless a line says otherwise."""

from __future__ import annotations

import pytest

MHZ = 1_000_000
KEY = 0x47


def test_the_core_starts_at_24_mhz_and_reaches_48_only_with_the_key(make, host):
    clkgen = make("apollo3_clkgen")
    seen_hz = [host.core_clock_hz]
    clkgen.write("CCTRL", 0)
    seen_hz.append(host.core_clock_hz)
    clkgen.write("CLKKEY", KEY)
    clkgen.write("CCTRL", 0)

    assert [24 * MHZ, 24 * MHZ, 48 * MHZ] == [*seen_hz, host.core_clock_hz]


def test_a_burst_runs_at_96_mhz_while_it_is_requested(make, host):
    clkgen = make("apollo3_clkgen")
    clkgen.write("FREQCTRL", 1)
    burst = (host.core_clock_hz, clkgen.read("FREQCTRL"))
    clkgen.write("FREQCTRL", 0)

    assert ((96 * MHZ, 0b111), 24 * MHZ, 0) == (burst, host.core_clock_hz, clkgen.read("FREQCTRL"))


@pytest.mark.parametrize(("timing", "wait_cycles"), [(None, 10), (0x0000_0851, 6), (0x0000_0800, 0)])
def test_wait_states_are_those_of_the_address_and_of_the_read(timing, wait_cycles, make, host):
    """After reset SEDELAY 7 and RD_WAIT 3; the SVD file recommends 5 and 1. That they add up is assumed."""
    control = make("apollo3_cachectrl")
    if timing is not None:
        control.write("FLASHCFG", timing)

    assert wait_cycles == host.flash.wait_cycles


@pytest.mark.parametrize(
    ("config", "cache", "switches"),
    [
        (0x0010_0C50, (False, 2), (False, False)),  # after reset
        (0x0010_0F51, (True, 2), (True, True)),
        (0x0010_0F81, (True, 1), (True, True)),  # direct mapped
        (0x0010_0D51, (True, 2), (True, False)),  # code only
        (0x0010_0F50, (False, 2), (False, False)),  # off as a whole
    ],
)
def test_the_cache_follows_its_configuration(config, cache, switches, make, host):
    make("apollo3_cachectrl").write("CACHECFG", config)

    assert cache == tuple(vars(host.unified_cache).values())
    assert (switches, []) == ((host.flash.instruction_cache_on, host.flash.data_cache_on), host.warnings)


@pytest.mark.parametrize("config", [0x0010_0F41, 0x0010_0F55])
def test_half_the_cache_and_regions_without_cache_are_reported(config, make, host):
    make("apollo3_cachectrl").write("CACHECFG", config)

    assert "not modelled in full" in host.warnings[0]


def test_invalidating_empties_the_cache_which_is_ready_while_it_is_on(make, host):
    control = make("apollo3_cachectrl")
    seen = [control.read("CTRL")]
    control.write("CACHECFG", 0x0010_0F51)
    control.write("CTRL", 1)

    assert ([0, 0b100], 1) == ([*seen, control.read("CTRL")], host.calls.count("empty_flash_caches"))


@pytest.mark.parametrize(("selection", "cycles"), [(1, 1600 * 16 // 24), (4, 1600 * 16 // 3), (0, 1600)])
def test_a_timed_byte_takes_bits_of_the_selected_clock(selection, cycles, make, host):
    """IBRD 10: ten bits of 160 clocks, at 24 or 3 MHz, or the core's 16."""
    uart = make("apollo3_uart", is_timed=True)
    uart.write("IBRD", 10)
    uart.write("CR", 0x301 | 1 << 3 | selection << 4)
    uart.write("DR", ord("A"))
    host.advance(cycles - 1)
    before = uart.fields("FR", 3, 1)
    host.advance(2)

    assert (1, 0, b"A") == (before, uart.fields("FR", 3, 1), host.console["DUT"])
