"""Watchdogs of Silicon Labs: values from em_wdog.h and em_wdog.c of the Gecko SDK."""

from __future__ import annotations

import pytest

MS_CYCLES = 16_000


def on_1(wdog, persel, more=0):
    """WDOGn_Init, series 1, at ULFRCO (1 kHz)."""
    wdog.write("CTRL", 1 | persel << 8 | more)


def on_2(wdog, persel, more=0):
    """WDOGn_Init, series 2, at 32.768 kHz."""
    wdog.write("CFG", persel << 16 | more)
    wdog.device.write(0x1004, 4, 1)  # EN_SET


def test_series_1_bites_after_2049_milliseconds(make, host):
    """wdogPeriod_2k: 2049 clocks."""
    wdog = make("efm32_wdog")
    on_1(wdog, 8)
    host.advance(2000 * MS_CYCLES)
    wdog.write("CMD", 1)
    host.advance(2048 * MS_CYCLES)
    assert [] == host.resets

    host.advance(MS_CYCLES)

    assert ["the watchdog DUT was not refreshed in time"] == host.resets


def test_series_2_bites_after_a_sixteenth_of_a_second(make, host):
    """wdogPeriod_2k: 2049 clocks of 32.768 kHz are 62.53 ms."""
    wdog = make("efr32_wdog")
    on_2(wdog, 8)
    host.advance(62 * MS_CYCLES)
    assert [] == host.resets

    host.advance(MS_CYCLES)

    assert 1 == len(host.resets)


@pytest.mark.parametrize(
    ("kind", "start", "half"), [("efm32_wdog", on_1, 2 << 16), ("efr32_wdog", on_2, 2 << 24)]
)
def test_it_warns_halfway(make, host, kind, start, half):
    wdog = make(kind)
    wdog.write("IEN", 0b10)
    start(wdog, 8, half)
    before = host.now_cycles

    while not host.irqs[7]:
        host.advance(MS_CYCLES // 16)

    period_ms = 2049 if kind == "efm32_wdog" else 62.53
    assert period_ms / 2 == pytest.approx((host.now_cycles - before) / MS_CYCLES, rel=0.01)


def test_a_locked_watchdog_cannot_be_stopped(make):
    first, second = make("efm32_wdog"), make("efr32_wdog")
    on_1(first, 8, 1 << 4)
    on_2(second, 8)
    second.write("LOCK", 0)

    first.write("CTRL", 0)
    second.write("EN", 0)

    assert (1, 1) == (first.read("CTRL") & 1, second.read("EN"))
    second.write("LOCK", 0xABE8)
    second.write("EN", 0)
    assert 0 == second.read("EN")


def test_a_timeout_may_only_interrupt(make, host):
    """WDOGRSTDIS."""
    wdog = make("efm32_wdog")
    wdog.write("IEN", 1)
    on_1(wdog, 0, 1 << 31)

    host.advance(10 * MS_CYCLES)

    assert (True, [], 1) == (host.irqs[7], host.resets, wdog.read("IF"))
    wdog.write("IFC", 1)
    assert not host.irqs[7]
