"""RA6M4: event links, timers, watchdogs, CRC, DMA and ADC; numbers from FSP 6 (R7FA6M4AF.h, bsp_elc.h, r_*.c)."""

from __future__ import annotations

import binascii

import pytest

from mcusim.machine.devices.power_net import DeepSleep

CORE_HZ = 16_000_000  # no clock controller on this bench: PCLKB, PCLKD are the core's
SLOW_TICK_CYCLES = CORE_HZ / 32_768


@pytest.fixture
def icu(make):
    return make("ra_icu", name="ICU")


def link(icu, line, event, more=0):
    icu.write(f"IELSR{line}", event | more)


def is_high(icu, line):
    return bool(icu.host.irqs.get(line))


def test_an_event_reaches_the_linked_line_until_ir_is_cleared(make, icu):
    """ELC_EVENT_SCI0_TXI is 0x181; R_BSP_IrqStatusClear writes IR = 0."""
    link(icu, 5, 0x181)
    sci = make("ra_sci", name="SCI0", event=0x180).device
    sci.write(2, 1, 0xA0)  # TIE, TE
    sci.write(3, 1, ord("A"))
    before = (is_high(icu, 5), is_high(icu, 4), icu.read("IELSR5"))
    icu.write("IELSR5", 0x181)

    assert ((True, False, 0x1_0181), False, b"A") == (before, is_high(icu, 5), icu.host.console["SCI0"])


def test_transmission_ends_with_tei_as_the_driver_switches_tie_to_teie(make, icu):
    """sci_uart_txi_isr sets TEIE and clears TIE after the last byte; TEI is 0x182."""
    link(icu, 6, 0x182)
    sci = make("ra_sci", name="SCI0", event=0x180).device
    sci.write(2, 1, 0xA0)
    sci.write(3, 1, 1)
    assert not is_high(icu, 6)

    sci.write(2, 1, 0x24)

    assert is_high(icu, 6)


@pytest.mark.parametrize("is_fifo", [False, True])
def test_received_bytes_raise_rxi_and_are_taken_in_order(make, icu, is_fifo):
    link(icu, 7, 0x180)
    bench = make("ra_sci", name="SCI0", event=0x180)
    sci = bench.device
    sci.write(0x14, 2, 0xF801 if is_fifo else 0xF800)
    sci.write(2, 1, 0x50)  # RIE, RE
    bench.receive(b"xy")
    taken = []

    while is_high(icu, 7):
        icu.write("IELSR7", 0x180)
        taken.append(sci.read(0x10, 2) & 0xFF if is_fifo else sci.read(5, 1))
        if is_fifo and sci.read(0x16, 1):
            taken.append(sci.read(0x10, 2) & 0xFF)

    assert [ord("x"), ord("y")] == taken


def test_the_fifo_takes_bytes_at_ftdrl(make, host):
    """r_sci_uart.c writes FTDRL, offset 0xF."""
    sci = make("ra_sci", name="SCI0").device
    sci.write(0x14, 2, 0xF801)
    sci.write(2, 1, 0x20)

    sci.write(0xF, 1, ord("z"))

    assert b"z" == host.console["SCI0"]


def test_the_low_power_timer_underflows_every_reload_plus_one_ticks(make, icu, host):
    """AGT0_INT is 0x040; AGT_CLOCK_LOCO is TCK 4, 32.768 kHz."""
    link(icu, 0, 0x040)
    agt = make("ra_agt", name="AGT0", event=0x040).device
    agt.write(0x9, 1, 0x40)
    agt.write(0x0, 2, 327)
    agt.write(0x8, 1, 0xF1)
    host.advance(int(327.5 * SLOW_TICK_CYCLES))
    before = (is_high(icu, 0), agt.read(0x0, 2))

    host.advance(int(SLOW_TICK_CYCLES))

    assert ((False, 0), True, 0x23) == (before, is_high(icu, 0), agt.read(0x8, 1))
    assert (True, 1) == (host.power_net.has_armed, host.power_net.wakes_count)
    agt.write(0x8, 1, 0xD1)
    assert 0x03 == agt.read(0x8, 1)


def test_compare_match_a_comes_when_the_counter_has_come_down_to_it(make, icu, host):
    link(icu, 1, 0x041)
    agt = make("ra_agt", name="AGT0", event=0x040).device
    agt.write(0xE, 1, 1)
    agt.write(0x2, 2, 60)
    agt.write(0x0, 2, 99)
    agt.write(0x8, 1, 1)
    host.advance(38)
    assert not is_high(icu, 1)

    host.advance(1)

    assert (True, 60) == (is_high(icu, 1), agt.read(0, 2))


def test_peripheral_clock_timers_hold_in_standby_and_slow_ones_do_not(make, icu, host):
    fast, slow = make("ra_agt", name="AGT0").device, make("ra_agt", name="AGT1").device
    slow.write(0x9, 1, 0x60)
    for agt in (fast, slow):
        agt.write(0x8, 1, 1)
    host.power_net.choose(DeepSleep.STOP, "software-standby")
    host.power_net.enter()
    host.advance(CORE_HZ // 10)
    host.power_net.leave()

    assert (0xFFFF, 0xFFFF - 3276) == (fast.read(0, 2), slow.read(0, 2))


def test_the_pwm_timer_overflows_after_gtpr_plus_one_clocks(make, icu, host):
    """R_GPT_Open writes GTPR = period - 1; GPT0_COUNTER_OVERFLOW is 0x0C6."""
    link(icu, 2, 0x0C6)
    gpt = make("ra_gpt", name="GPT0", channel=0, event=0x0C0)
    gpt.write("GTWP", 0xA500)
    gpt.write("GTSSR", 1 << 31)
    gpt.write("GTPBR", 999)
    gpt.write("GTPR", 999)
    gpt.write("GTSTR", 1)
    host.advance(999)
    before = (is_high(icu, 2), gpt.read("GTCNT"))

    host.advance(1)

    assert ((False, 999), True, 1 << 6) == (before, is_high(icu, 2), gpt.read("GTST") & 1 << 6)


def test_the_pwm_timer_divides_matches_and_stops(make, icu, host):
    """TPCS is bits 23 to 26 of GTCR, a power of two (BSP_FEATURE_GPT_TPCS_SHIFT 0); GPT1 compare match B is 0x0CA."""
    link(icu, 3, 0x0CA)
    gpt = make("ra_gpt", name="GPT1", channel=1, event=0x0C9)
    gpt.write("GTPR", 100)
    gpt.write("GTCCR1", 50)
    gpt.write("GTCR", 2 << 23 | 1)
    host.advance(199)
    assert not is_high(icu, 3)
    host.advance(1)
    gpt.write("GTPSR", 1 << 31)
    gpt.write("GTSTP", 2)
    host.advance(1000)

    assert (True, 50, 0) == (is_high(icu, 3), gpt.read("GTCNT"), gpt.read("GTCR") & 1)


def test_a_protected_timer_ignores_writes_and_the_protection_needs_its_key(make):
    gpt = make("ra_gpt")
    gpt.write("GTWP", 0xA501)
    gpt.write("GTPR", 5)
    gpt.write("GTWP", 0)

    assert (0xFFFF_FFFF, 1) == (gpt.read("GTPR"), gpt.read("GTWP"))


def test_the_watchdog_bites_after_its_timeout_unless_it_gets_both_bytes(make, host):
    """TOPS 0 is 1024 ticks, CKS 1 is PCLKB / 4 (r_wdt.c)."""
    wdt = make("ra_watchdog", name="WDT").device
    wdt.write(0x2, 2, 0x3310)
    for _ in range(2):
        wdt.write(0, 1, 0)
        wdt.write(0, 1, 0xFF)
        host.advance(4 * 1000)
    assert [] == host.resets
    wdt.write(0, 1, 0xFF)

    host.advance(4 * 24)

    assert ["the watchdog WDT was not refreshed in time"] == host.resets


def test_the_independent_watchdog_runs_only_when_ofs0_says_so(make, host):
    """IWDTSTRT = 0, IWDTTOPS = 3 (2048), IWDTCKS = 0 at 15 kHz: 136.5 ms."""
    host.bus = {0x100: 0xFFFF_FFFF, 0x200: 0xFFFF_FF0D}
    idle = make("ra_watchdog", is_independent=True, ofs0_addr=0x100).device
    idle.write(0, 1, 0)
    idle.write(0, 1, 0xFF)
    make("ra_watchdog", name="IWDT", is_independent=True, ofs0_addr=0x200)
    host.advance(CORE_HZ * 136 // 1000)
    assert [] == host.resets

    host.advance(CORE_HZ // 1000)

    assert ["the watchdog IWDT was not refreshed in time"] == host.resets


@pytest.mark.parametrize(
    ("control", "start", "expected"),
    [
        (0x83, 0, binascii.crc_hqx(b"123456789", 0)),
        (0xC3, 0xFFFF, binascii.crc_hqx(b"123456789", 0xFFFF)),
        (0xC1, 0, 0xF4),  # CRC-8, check value of the catalogue
        (0x84, 0xFFFF_FFFF, binascii.crc32(b"123456789") ^ 0xFFFF_FFFF),
    ],
)
def test_checksums_agree_with_python_s_and_the_catalogue_s(make, control, start, expected):
    crc = make("ra_crc").device
    crc.write(0, 1, control)
    crc.write(8, 4, start)
    for byte in b"123456789":
        crc.write(4, 1, byte)
    total = crc.read(8, 4)
    if control == 0x83:  # bit 0 first: another polynomial order than crc_hqx's
        assert 0x2189 == total  # CRC-16/KERMIT
    else:
        assert expected == total


def test_the_dtc_feeds_a_uart_and_passes_the_interrupt_after_the_last_byte(make, icu, host):
    """transfer_info_t: normal mode, source incremented, bytes; length in the upper half."""
    make("ra_dtc").device.write(0x0C, 1, 1)
    dtc_word = 2 << 26
    host.bus = {
        0x1000 + 4 * 5: 0x2000, 0x2000: dtc_word, 0x2004: 0x3000, 0x2008: 0x4011_8003, 0x200C: 2 << 16,
        0x3000: ord("b"), 0x3001: ord("c"),
    }  # fmt: skip
    dtc = make("ra_dtc").device
    dtc.write(0x04, 4, 0x1000)
    dtc.write(0x0C, 1, 1)
    sci = make("ra_sci", name="SCI0", event=0x180).device
    host.bus[0x4011_8003] = lambda value: sci.write(3, 1, value)
    link(icu, 5, 0x181, 1 << 24)
    sci.write(2, 1, 0xA0)  # TIE and TE together ask for the first byte

    assert (b"bc", True, 0) == (host.console["SCI0"], is_high(icu, 5), icu.read("IELSR5") >> 24)


def test_a_dmac_channel_copies_on_a_software_request(make, icu, host):
    """Block mode would need one request; normal mode with CLRS goes on until the count is 0. DMAC0_INT is 0x020."""
    link(icu, 9, 0x020)
    dmac = make("ra_dmac", event=0x020).device
    host.bus = {0x100: 11, 0x104: 22, 0x108: 33}
    dmac.write(0x00, 4, 0x100)
    dmac.write(0x04, 4, 0x200)
    dmac.write(0x08, 4, 3)
    dmac.write(0x10, 2, 2 << 8)
    dmac.write(0x14, 2, 2 << 14 | 2 << 6)
    dmac.write(0x13, 1, 1 << 4)
    dmac.write(0x1C, 1, 1)

    dmac.write(0x1D, 1, 0x11)

    assert [11, 22, 33] == [host.bus[0x200 + 4 * n] for n in range(3)]
    assert (True, 0) == (is_high(icu, 9), dmac.read(0x1C, 1))


def test_a_scan_converts_the_selected_channels_with_fed_samples(make, icu, host):
    """ADC0_SCAN_END is 0x160; ADDR of channel 3 at 0x26."""
    link(icu, 8, 0x160)
    host.feeds = {"ADC0.3": [1234]}
    adc = make("ra_adc", name="ADC0", event=0x160).device
    adc.write(0x04, 2, 1 << 3)

    adc.write(0x00, 2, 0x9000)

    assert (1234, 0x1000, True) == (adc.read(0x26, 2), adc.read(0, 2), is_high(icu, 8))


def test_the_clock_counts_bcd_seconds_and_rings_its_alarm(make, icu, host):
    """RTC_ALARM is 0x054, the bit that enables a part of the alarm is bit 7."""
    link(icu, 10, 0x054)
    rtc = make("ra_rtc", event=0x054).device
    for offset, value in {0x2: 0x58, 0x4: 0x59, 0x6: 0x23, 0xA: 0x31, 0xC: 0x12, 0xE: 0x25}.items():
        rtc.write(offset, 1, value)
    rtc.write(0x10, 1, 0x80)  # at second 0
    rtc.write(0x22, 1, 1)
    rtc.write(0x24, 1, 0x41)
    host.advance(CORE_HZ)
    assert (0x59, False) == (rtc.read(0x2, 1), is_high(icu, 10))

    host.advance(CORE_HZ)

    assert [0x00, 0x00, 0x00, 0x01, 0x01, 0x26] == [rtc.read(at, 1) for at in (2, 4, 6, 0xA, 0xC, 0xE)]
    assert is_high(icu, 10)


def test_the_periodic_event_of_pes_11_comes_eight_times_a_second(make, icu, host):
    """RTC_PERIODIC_IRQ_SELECT_1_DIV_BY_8_SECOND is 11; RTC_PERIOD is 0x055."""
    link(icu, 11, 0x055)
    rtc = make("ra_rtc", event=0x054).device
    rtc.write(0x22, 1, 11 << 4 | 0b100)
    rtc.write(0x24, 1, 0x41)
    times = 0
    for _ in range(64):
        host.advance(CORE_HZ // 64)
        times += is_high(icu, 11)
        icu.write("IELSR11", 0x055)

    assert 8 == times
