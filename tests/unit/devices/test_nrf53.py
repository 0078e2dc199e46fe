"""nRF5340 peripherals; offsets and bits from Nordic's SVD file, unless a line says otherwise."""

from __future__ import annotations

import pytest

from mcusim.board.load import load_board


def test_the_core_runs_at_64_mhz_after_reset_and_at_128_when_its_divider_is_removed(make, host):
    clock = make("nrf53_clock")
    seen_hz = [host.core_clock_hz]
    clock.write("HFCLKCTRL", 0)
    seen_hz.append(host.core_clock_hz)
    clock.device.reset()

    assert [64_000_000, 128_000_000, 64_000_000] == [*seen_hz, host.core_clock_hz]


@pytest.mark.parametrize("source", ["HFCLKAUDIO", "HFCLK192M"])
def test_the_extra_clocks_raise_their_own_events_and_stop(source, make):
    clock = make("nrf53_clock")
    clock.write(f"TASKS_{source}START", 1)
    started = (
        clock.read(f"EVENTS_{source}STARTED"),
        clock.read(f"{source}STAT") >> 16,
        clock.read("HFCLKRUN"),
    )
    clock.write(f"TASKS_{source}STOP", 1)

    assert ((1, 1, 0), 0) == (started, clock.read(f"{source}STAT"))


def test_calibration_is_done_at_once_with_its_event_at_the_nrf53_s_place(make):
    clock = make("nrf53_clock")
    clock.write("TASKS_CAL", 1)

    assert (0x11C, 1) == (clock.offset("EVENTS_DONE"), clock.read("EVENTS_DONE"))


def test_only_the_retention_registers_survive_a_reset(make):
    clock = make("nrf53_clock")
    clock.write("GPREGRET1", 0x1AB)
    clock.write("LFCLKSRC", 2)
    clock.device.reset()

    assert (0xAB, 1) == (clock.read("GPREGRET1"), clock.read("LFCLKSRC"))


def test_releasing_the_network_core_is_reported(make, host):
    make("nrf53_clock").write("NETWORK_FORCEOFF", 0)

    assert "network core" in host.warnings[0]


def test_the_cache_is_off_after_reset_and_follows_its_enable_register(make, host):
    cache = make("nrf53_cache")
    seen = [vars(host.unified_cache)]
    cache.write("ENABLE", 1)
    seen.append(vars(host.unified_cache))

    assert [{"is_on": False, "ways_count": 2}, {"is_on": True, "ways_count": 2}] == seen


def test_a_cache_used_as_ram_caches_nothing_and_is_reported(make, host):
    cache = make("nrf53_cache")
    cache.write("ENABLE", 1)
    cache.write("MODE", 1)

    assert (False, True) == (host.unified_cache.is_on, "as RAM" in host.warnings[0])


@pytest.mark.parametrize(("name", "status"), [("INVALIDATE", 0), ("ERASE", 1)])
def test_invalidating_and_erasing_empty_the_cache(name, status, make, host):
    cache = make("nrf53_cache")
    cache.write(name, 0)
    idle_count = host.calls.count("empty_flash_caches")
    cache.write(name, 1)

    assert (0, 1, status) == (idle_count, host.calls.count("empty_flash_caches"), cache.read("ERASESTATUS"))


def test_flash_is_writable_while_enabled_and_erasing_is_reported(make, host):
    nvmc = make("nrf53_nvmc")
    seen = [host.may_write_flash]
    nvmc.write("CONFIG", 1)
    seen.append(host.may_write_flash)
    nvmc.write("CONFIG", 2)

    assert ([False, True, False], True) == ([*seen, host.may_write_flash], "erasing" in host.warnings[0])


def test_factory_information_names_the_part_and_has_no_trim_values(make):
    """Start-up copies trim values until it finds an erased address (system_nrf5340_application.c)."""
    ficr = make("nrf53_ficr")

    assert (0x5340, 7, 5) == (ficr.read("INFO_PART"), ficr.read("PART_NUMBER"), ficr.read("REVISION"))
    assert ficr.device.read(0x300, 4) == 0xFFFF_FFFF


def test_a_pin_of_p1_moves_when_firmware_writes_to_its_registers(host, make):
    """nrfx, nrf5340_application.h: P1_S at 0x5084_2800, OUTSET 0x008, DIRSET 0x018."""
    spec = next(each for each in load_board("nrf5340_dk").chip.devices if each.name == "GPIO")
    gpio = make(spec.kind, **spec.options).device

    gpio.write(0x5084_2800 + 0x018 - spec.base_addr, 4, 1 << 4)
    gpio.write(0x5084_2800 + 0x008 - spec.base_addr, 4, 1 << 4)

    assert {"P1.04": 1} == host.pins
