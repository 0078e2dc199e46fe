"""NXP's real-time clocks, FlexTimer and ADC16; offsets and bits from MK64F12.h and LPC55S69_cm33_core0.h."""

from __future__ import annotations

CORE_HZ = 16_000_000


def test_the_kinetis_clock_alarms_when_the_second_of_tar_ends(make, host):
    """fsl_rtc.c: RTC_SetAlarm writes TAR; TCE starts, TIF until TSR is written."""
    rtc = make("kinetis_rtc")
    before = rtc.read("SR")
    rtc.write("TSR", 100)
    rtc.write("TAR", 101)
    rtc.write("IER", 1 << 2)
    rtc.write("SR", 1 << 4)
    host.advance(CORE_HZ * 3 // 2)
    assert (1, 101, False) == (before, rtc.read("TSR"), host.irqs[7])

    host.advance(CORE_HZ // 2)

    assert (102, 0b10100, True, 1) == (
        rtc.read("TSR"),
        rtc.read("SR"),
        host.irqs[7],
        host.power_net.wakes_count,
    )
    rtc.write("TAR", 200)
    assert not host.irqs[7]


def test_the_lpc55_clock_matches_seconds_and_wakes_after_milliseconds(make, host):
    rtc = make("lpc55_rtc")
    rtc.write("CTRL", 0)
    rtc.write("MATCH", 2)
    rtc.write("CTRL", 1 << 7 | 1 << 6)
    rtc.write("WAKE", 250)
    host.advance(CORE_HZ * 249 // 1000)
    assert (False, 1) == (host.irqs[7], rtc.read("WAKE"))

    host.advance(CORE_HZ // 1000)
    woken = (host.irqs[7], rtc.read("CTRL"))
    rtc.write("CTRL", 1 << 7 | 1 << 6 | 1 << 3)
    cleared = host.irqs[7]
    host.advance(CORE_HZ * 7 // 4)

    assert ((True, 0xC8), False) == (woken, cleared)
    assert (2, 0xC4, True) == (rtc.read("COUNT"), rtc.read("CTRL"), host.irqs[7])


def test_the_flextimer_overflows_after_mod_plus_one_divided_clocks(make, host):
    """SC.PS 2 divides by 4, CLKS 1 is the system clock, TOF is cleared by reading and writing 0."""
    ftm = make("kinetis_ftm")
    ftm.write("MOD", 999)
    ftm.write("C1V", 500)
    ftm.write("C1SC", 0x10)
    ftm.write("SC", 1 << 6 | 1 << 3 | 2)
    host.advance(3999)
    assert (False, 999, 0b10) == (host.irqs[7], ftm.read("CNT"), ftm.read("STATUS"))

    host.advance(1)

    assert (True, 0) == (host.irqs[7], ftm.read("CNT"))
    ftm.write("SC", ftm.read("SC") & ~0x80)
    assert not host.irqs[7]


def test_a_conversion_gives_the_fed_number_and_reading_it_clears_the_flag(make, host):
    """ADC16_SetChannelConfig writes SC1A; COCO is bit 7, AIEN bit 6."""
    host.feeds = {"ADC0.12": [1000, 2000]}
    adc = make("kinetis_adc", name="ADC0")
    adc.write("SC1A", 1 << 6 | 12)
    before = host.irqs[7]
    first = adc.read("RA")
    adc.write("SC1A", 12)

    assert (True, 1000, 0x8C, 2000, False) == (before, first, adc.read("SC1A"), adc.read("RA"), host.irqs[7])
