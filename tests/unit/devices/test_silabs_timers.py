"""Timers, TRNG and GPCRC of Silicon Labs; offsets and bits from the headers of gecko_sdk 4.4."""

from __future__ import annotations

import binascii

import pytest

CORE_HZ = 16_000_000
SLOW_TICK_CYCLES = CORE_HZ / 32_768


def test_a_timer_overflows_after_top_plus_one_prescaled_clocks(make, host):
    """TIMER_CTRL_PRESC_DIV4 is 2; IF.OF is bit 0."""
    timer = make("efm32_timer")
    timer.write("TOP", 99)
    timer.write("IEN", 1)
    timer.write("CTRL", 2 << 24)
    timer.write("CMD", 1)
    host.advance(399)
    before = (host.irqs[7], timer.read("CNT"), timer.read("STATUS"))

    host.advance(1)

    assert ((False, 99, 1), True, 0) == (before, host.irqs[7], timer.read("CNT"))
    timer.write("IFC", 1)
    assert not host.irqs[7]


def test_a_compare_channel_matches_and_down_counting_underflows(make, host):
    """IF.CC1 is bit 5, IF.UF bit 1; CC mode 2 is output compare."""
    timer = make("efm32_timer", bits=32)
    timer.write("TOP", 1000)
    timer.write("CC1_CTRL", 2)
    timer.write("CC1_CCV", 700)
    timer.write("CTRL", 1)
    timer.write("CMD", 1)
    host.advance(299)
    before = timer.read("IF")
    host.advance(1)
    at_match = (timer.read("IF"), timer.read("CNT"))

    host.advance(701)

    assert (0, (1 << 5, 700), 1 << 5 | 0b10) == (before, at_match, timer.read("IF"))


def test_a_one_shot_timer_of_series_2_stops_at_its_end(make, host):
    """CFG.OSMEN is bit 4, CFG.PRESC (bits 18 on) the divider minus 1."""
    timer = make("efr32_timer")
    timer.write("CFG", 1 << 4 | 9 << 18)
    timer.write("TOP", 9)
    timer.device.write(0x1030, 4, 1)  # EN_SET
    timer.write("CMD", 1)
    host.advance(99)
    before = timer.read("STATUS")

    host.advance(1000)

    assert (1, 0, 1) == (before, timer.read("STATUS"), timer.read("IF"))


def test_fast_timers_hold_in_em2_and_slow_ones_wake_the_chip(make, host):
    fast, slow = make("efr32_timer", name="TIMER0"), make("efr32_burtc", name="BURTC", irq_number=9)
    for each in (fast, slow):
        each.write("EN", 1)
    slow.write("COMP", 3276)
    slow.write("IEN", 0b10)
    for each in (fast, slow):
        each.write("CMD", 1)
    host.power_net.deep_mode = type(host.power_net.deep_mode).STOP
    host.power_net.enter()
    assert host.power_net.has_armed

    host.advance(int(3277 * SLOW_TICK_CYCLES))
    host.power_net.leave()

    assert (0, True, 1) == (fast.read("CNT"), host.irqs[9], host.power_net.wakes_count)


@pytest.mark.parametrize(
    ("kind", "writes", "wanted"),
    [
        ("efm32_rtcc", {"CC1_CTRL": 2, "CC1_CCV": 327, "CTRL": 1}, ("IF", 1 << 2)),
        ("efr32_sysrtc", {"GRP0_CMP0VALUE": 327, "GRP0_CTRL": 1, "EN": 1, "CMD": 1}, ("GRP0_IF", 1 << 1)),
        ("efm32_letimer", {"COMP0": 326, "CTRL": 1 << 9, "CMD": 1}, ("IF", 1 << 2)),
        ("efr32_letimer", {"TOP": 326, "CTRL": 1 << 9, "EN": 1, "CMD": 1}, ("IF", 1 << 2)),
        ("efr32_burtc", {"COMP": 326, "CFG": 1 << 1, "EN": 1, "CMD": 1}, ("IF", 1 << 0)),
    ],
)
def test_slow_counters_reach_327_ticks_after_ten_milliseconds(kind, writes, wanted, make, host):
    flags, flag = wanted
    timer = make(kind)
    for name, value in writes.items():
        timer.write(name, value)
    host.advance(int(326.5 * SLOW_TICK_CYCLES))
    before = timer.read(flags) & flag

    host.advance(int(SLOW_TICK_CYCLES))

    assert (0, flag) == (before, timer.read(flags) & flag)


def test_the_cryotimer_interrupts_every_power_of_two_of_milliseconds(make, host):
    """OSCSEL 3 is the ULFRCO, 1 kHz; PERIODSEL 4 is 16 clocks."""
    timer = make("efm32_cryotimer")
    timer.write("PERIODSEL", 4)
    timer.write("IEN", 1)
    timer.write("CTRL", 3 << 2 | 1)
    host.advance(CORE_HZ * 15 // 1000)
    assert not host.irqs[7]

    host.advance(CORE_HZ // 1000)

    assert host.irqs[7]


def test_the_low_frequency_clock_is_the_one_that_the_cmu_selects(make, host):
    """LFECLKSEL 0 is off, 2 the LFXO (efm32gg11b_cmu.h); EM4GRPACLKCTRL 3 the ULFRCO (efr32mg24_cmu.h)."""
    cmu, rtcc = make("efm32_cmu", name="CMU"), make("efm32_rtcc", clock="lfe")
    rtcc.write("CTRL", 1)
    host.advance(host.core_clock_hz)
    before = rtcc.read("CNT")
    cmu.write("LFECLKSEL", 2)
    host.advance(host.core_clock_hz)
    assert (0, 32_768) == (before, rtcc.read("CNT"))

    make("efr32_cmu", name="CMU2").write("CLKCTRL_160", 3)

    assert (1000, 32_768) == (host.clock_net.clock_hz("em4grpa"), host.clock_net.clock_hz("sysrtc0"))


def test_random_numbers_come_while_the_generator_is_on_and_repeat_after_a_reset(make):
    trng = make("efm32_trng")
    off = (trng.read("FIFOLEVEL"), trng.read("FIFO"))
    trng.write("CONTROL", 1)
    first = [trng.read("FIFO") for _ in range(4)]
    trng.device.reset()
    trng.write("CONTROL", 1)

    assert ((0, 0), 4, first) == (off, len(set(first)), [trng.read("FIFO") for _ in range(4)])


@pytest.mark.parametrize("kind", ["efm32_gpcrc", "efr32_gpcrc"])
def test_the_checksum_is_the_usual_crc_32(kind, make):
    crc = make(kind)
    crc.write("INIT", 0xFFFF_FFFF)
    crc.write("CMD", 1)
    crc.write("INPUTDATA", int.from_bytes(b"1234", "little"))
    crc.write("INPUTDATAHWORD", int.from_bytes(b"56", "little"))
    for byte in b"789":
        crc.write("INPUTDATABYTE", byte)

    assert binascii.crc32(b"123456789") == crc.read("DATA") ^ 0xFFFF_FFFF


def test_a_16_bit_polynomial_is_given_bit_reversed(make):
    """GPCRC_Init writes SL_RBIT16(poly): 0x1021 is 0x8408; without reversal of bytes the sum is CRC-16/KERMIT."""
    crc = make("efm32_gpcrc")
    crc.write("CTRL", 1 << 4 | 1)
    crc.write("POLY", 0x8408)
    crc.write("CMD", 1)
    for byte in b"123456789":
        crc.write("INPUTDATABYTE", byte)

    assert (0x2189, int(f"{0x2189:016b}"[::-1], 2)) == (crc.read("DATA"), crc.read("DATAREV"))
