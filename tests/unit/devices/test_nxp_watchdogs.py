"""Watchdogs, random numbers and checksums of NXP chips; keys and sequences are those of NXP's SDK drivers."""

from __future__ import annotations

import pytest

MS_CYCLES = 16_000


def kinetis_configure(wdog, control, timeout=(0, 0)):
    """As WDOG_Init of fsl_wdog.c does it."""
    for key in (0xC520, 0xD928):
        wdog.device.write(0x0E, 2, key)
    wdog.device.write(0x16, 2, 0)
    wdog.device.write(0x04, 2, timeout[0])
    wdog.device.write(0x06, 2, timeout[1])
    wdog.device.write(0x00, 2, control)


def test_the_kinetis_watchdog_runs_from_reset_on_and_bites(make, host):
    """TOVAL 0x004C4B4C clocks / 5 (PRESC 4): at a bus clock of 16 MHz, 1.5625 s."""
    make("kinetis_wdog")
    host.advance(1562 * MS_CYCLES)
    assert [] == host.resets

    host.advance(MS_CYCLES)

    assert ["the watchdog DUT was not refreshed in time"] == host.resets


def test_start_up_code_switches_the_kinetis_watchdog_off(make, host):
    """system_MK64F12.c: two keys, then STCTRLH = 0x1D2."""
    wdog = make("kinetis_wdog")
    wdog.device.write(0x0E, 2, 0xC520)
    wdog.device.write(0x0E, 2, 0xD928)
    wdog.device.write(0x00, 2, 0x01D2)

    host.advance(10_000 * MS_CYCLES)

    assert ([], 0x1D2) == (host.resets, wdog.device.read(0, 2))


@pytest.mark.parametrize("keys", [(), (0xD928, 0xC520), (0xC520,), (0xC520, 0x1234)])
def test_without_the_unlock_keys_nothing_changes(make, keys):
    wdog = make("kinetis_wdog")
    for key in keys:
        wdog.device.write(0x0E, 2, key)

    wdog.device.write(0x00, 2, 0x01D2)

    assert 0x1D3 == wdog.device.read(0, 2)


def test_the_kinetis_watchdog_is_refreshed_by_its_keys(make, host):
    """100 ticks of the LPO: 100 ms."""
    wdog = make("kinetis_wdog")
    kinetis_configure(wdog, 0x0011, timeout=(0, 100))
    for _ in range(5):
        host.advance(90 * MS_CYCLES)
        wdog.device.write(0x0C, 2, 0xA602)
        wdog.device.write(0x0C, 2, 0xB480)
    assert [] == host.resets

    host.advance(101 * MS_CYCLES)

    assert 1 == len(host.resets)


def test_wdog1_counts_half_seconds_and_cannot_be_stopped(make, host):
    """WT = 1: one second (fsl_wdog.c of wdog01)."""
    wdog = make("imxrt_wdog")
    wdog.device.write(0x0, 2, 0x0134)
    wdog.device.write(0x0, 2, 0x0130)
    host.advance(900 * MS_CYCLES)
    wdog.device.write(0x2, 2, 0x5555)
    wdog.device.write(0x2, 2, 0xAAAA)
    host.advance(900 * MS_CYCLES)
    assert ([], 0x0134) == (host.resets, wdog.device.read(0, 2))

    host.advance(101 * MS_CYCLES)

    assert ["the watchdog DUT was not refreshed in time"] == host.resets


def test_wdog1_resets_when_told(make, host):
    wdog = make("imxrt_wdog")

    wdog.device.write(0x0, 2, 0x0020)

    assert ["software reset by DUT"] == host.resets


def test_wdog1_warns_before_it_bites(make, host):
    """WICT = 1: half a second before the end of one second."""
    wdog = make("imxrt_wdog")
    wdog.device.write(0x6, 2, 0x8001)
    wdog.device.write(0x0, 2, 0x0134)

    host.advance(501 * MS_CYCLES)

    assert (True, []) == (host.irqs[7], host.resets)


def test_rtwdog_is_configured_after_its_key_and_bites(make, host):
    """fsl_rtwdog.c: key, TOVAL, CS, wait for RCS; 328 ticks of 32.768 kHz: 10 ms."""
    wdog = make("imxrt_rtwdog")
    wdog.write("CNT", 0xD928_C520)
    wdog.write("TOVAL", 328)
    wdog.write("CS", 0x21A0)
    assert 1 << 10 == wdog.read("CS") & 1 << 10
    host.advance(9 * MS_CYCLES)
    wdog.write("CNT", 0xB480_A602)
    host.advance(9 * MS_CYCLES)
    assert [] == host.resets

    host.advance(2 * MS_CYCLES)

    assert 1 == len(host.resets)


def test_start_up_code_switches_rtwdog_off(make, host):
    """system_MIMXRT1062.c."""
    wdog = make("imxrt_rtwdog")
    wdog.write("CNT", 0xD928_C520)
    wdog.write("TOVAL", 0xFFFF)
    wdog.write("CS", wdog.read("CS") & ~0x80 | 0x20)

    host.advance(10_000 * MS_CYCLES)

    assert [] == host.resets


def test_the_wwdt_bites_when_it_is_not_fed(make, host):
    """TC 2500 at 1 MHz / 4: 10 ms; it starts with the first feed."""
    wwdt = make("lpc55_wwdt")
    wwdt.write("TC", 2500)
    wwdt.write("MOD", 0b11)
    host.advance(50 * MS_CYCLES)
    for _ in range(3):
        wwdt.write("FEED", 0xAA)
        wwdt.write("FEED", 0x55)
        host.advance(9 * MS_CYCLES)
    assert ([], 250) == (host.resets, wwdt.read("TV"))

    host.advance(2 * MS_CYCLES)

    assert ["the watchdog DUT was not refreshed in time"] == host.resets


def test_the_wwdt_bites_when_it_is_fed_too_early(make, host):
    wwdt = make("lpc55_wwdt")
    wwdt.write("TC", 2500)
    wwdt.write("WINDOW", 500)
    wwdt.write("MOD", 0b11)
    for _ in range(2):
        wwdt.write("FEED", 0xAA)
        wwdt.write("FEED", 0x55)

    assert ["the watchdog DUT was refreshed before its window"] == host.resets


@pytest.mark.parametrize(
    ("kind", "on", "register"),
    [
        ("kinetis_rnga", (("CR", 1),), "OR"),
        ("imxrt_trng", (("MCTL", 0),), "ENT15"),
        ("lpc55_rng", (), "RANDOM_NUMBER"),
    ],
)
def test_random_numbers_differ_and_are_the_same_in_every_run(make, kind, on, register):
    device = make(kind)
    runs = []
    for _ in range(2):
        device.device.reset()
        for name, value in on:
            device.write(name, value)
        runs.append([device.read(register) for _ in range(8)])

    assert runs[0] == runs[1]
    assert 8 == len(set(runs[0]))


def test_the_rnga_has_a_number_when_it_is_on(make):
    """fsl_rnga.c waits for OREG_LVL."""
    rnga = make("kinetis_rnga")
    assert (0, 0) == (rnga.fields("SR", 8, 8), rnga.read("OR"))

    rnga.write("CR", 1)

    assert 1 == rnga.fields("SR", 8, 8)


@pytest.mark.parametrize(
    ("control", "polynomial", "seed", "expected"),
    [
        (0x0000_0000, 0x1021, 0xFFFF, 0x29B1),  # CRC-16/CCITT-FALSE
        (0xA500_0000, 0x04C1_1DB7, 0xFFFF_FFFF, 0xCBF4_3926),  # CRC-32
    ],
)
def test_the_kinetis_crc_of_the_digits_is_the_published_check(make, control, polynomial, seed, expected):
    """ "123456789" is the usual check (Williams, A painless guide to CRC error detection algorithms)."""
    crc = make("kinetis_crc")
    crc.write("GPOLY", polynomial)
    crc.write("CTRL", control | 1 << 25)
    crc.write("DATA", seed)
    crc.write("CTRL", control)
    for byte in b"123456789":
        crc.device.write(0, 1, byte)

    total = crc.read("DATA")

    assert expected == (total if control & 1 << 24 else total & 0xFFFF)


@pytest.mark.parametrize(
    ("mode", "seed", "expected"),
    [(0x00, 0xFFFF, 0x29B1), (0x15, 0x0000, 0xBB3D), (0x36, 0xFFFF_FFFF, 0xCBF4_3926)],
)
def test_the_lpc_crc_of_the_digits_is_the_published_check(make, mode, seed, expected):
    """CRC-16/CCITT-FALSE, CRC-16/ARC, CRC-32."""
    crc = make("lpc55_crc")
    crc.write("MODE", mode)
    crc.write("SEED", seed)
    for byte in b"123456789":
        crc.device.write(8, 1, byte)

    assert expected == crc.read("SUM")
