"""RTC of the RP2040 and power manager of the RP2350; registers from pico-sdk 2.2, hardware/regs."""

from __future__ import annotations

import pytest

SECOND = 16_000_000  # cycles
RTC_HZ = 46_875
PASSWORD = 0x5AFE_0000


def _rtc(make, host, date, time, *, control=1):
    """`date`: year, month, day; `time`: day of the week, hour, minute, second."""
    host.clock_net.publish("clk_rtc", RTC_HZ)
    rtc = make("rp2040_rtc", name="RTC")
    rtc.write("CLKDIV_M1", RTC_HZ - 1)
    rtc.write("SETUP_0", date[0] << 12 | date[1] << 8 | date[2])
    rtc.write("SETUP_1", time[0] << 24 | time[1] << 16 | time[2] << 8 | time[3])
    rtc.write("CTRL", 1 << 4)
    rtc.write("CTRL", control)
    return rtc


def _date(rtc):
    word = rtc.read("RTC_1")
    return word >> 12, word >> 8 & 0xF, word & 0x1F


def _time(rtc):
    word = rtc.read("RTC_0")
    return word >> 24, word >> 16 & 0x1F, word >> 8 & 0x3F, word & 0x3F


@pytest.mark.parametrize(
    ("date", "control", "following"),
    [
        ((2023, 2, 28), 1, (2023, 3, 1)),
        ((2024, 2, 28), 1, (2024, 2, 29)),
        ((2100, 2, 28), 1 | 1 << 8, (2100, 3, 1)),  # FORCE_NOTLEAPYEAR
        ((2024, 12, 31), 1, (2025, 1, 1)),
    ],
)
def test_a_day_ends_at_midnight(date, control, following, make, host):
    rtc = _rtc(make, host, date, (6, 23, 59, 58), control=control)
    host.advance(SECOND)
    before = _date(rtc), _time(rtc)
    host.advance(SECOND)

    assert ((date, (6, 23, 59, 59)), (following, (0, 0, 0, 0))) == (before, (_date(rtc), _time(rtc)))


def test_a_stopped_rtc_keeps_its_time_and_says_that_it_is_not_active(make, host):
    rtc = _rtc(make, host, (2024, 1, 1), (1, 0, 0, 0))
    host.advance(SECOND * 3)
    rtc.write("CTRL", 0)
    host.advance(SECOND * 3)

    assert ((1, 0, 0, 3), 0) == (_time(rtc), rtc.read("CTRL") & 0b10)


def test_the_alarm_interrupts_in_the_second_that_matches_and_ends_with_it(make, host):
    rtc = _rtc(make, host, (2024, 1, 1), (1, 10, 0, 0))
    rtc.write("INTE", 1)
    rtc.write("IRQ_SETUP_1", 1 << 28 | 5)  # SEC_ENA, second 5
    rtc.write("IRQ_SETUP_0", 1 << 28)  # MATCH_ENA
    host.advance(5 * SECOND - 1)
    early = host.irqs[7]
    host.advance(1)
    during = host.irqs[7]
    host.advance(SECOND)

    assert (False, True, False) == (early, during, host.irqs[7])


def test_an_alarm_at_a_date_waits_for_its_day(make, host):
    rtc = _rtc(make, host, (2024, 1, 30), (2, 23, 59, 59))
    rtc.write("INTE", 1)
    rtc.write("IRQ_SETUP_1", 1 << 30)  # hour 0
    rtc.write("IRQ_SETUP_0", 1 << 28 | 1 << 24 | 1)  # day 1
    host.advance(SECOND * 86_400)
    early = host.irqs[7]
    host.advance(SECOND)

    assert (False, True) == (early, host.irqs[7])


def test_disabling_the_match_takes_the_interrupt_away(make, host):
    rtc = _rtc(make, host, (2024, 1, 1), (1, 10, 0, 5))
    rtc.write("INTE", 1)
    rtc.write("IRQ_SETUP_1", 1 << 28 | 5)
    rtc.write("IRQ_SETUP_0", 1 << 28)
    before = host.irqs[7], rtc.read("IRQ_SETUP_0") >> 29
    rtc.device.write(0x3010, 4, 1 << 28)

    assert ((True, 1), (False, 0)) == (before, (host.irqs[7], rtc.read("IRQ_SETUP_0") >> 29))


def _powman(make, host, timer=0b10):
    host.clock_net.publish("xosc", 12_000_000)
    powman = make("rp2350_powman", name="POWMAN")
    powman.write("SET_TIME_15TO0", PASSWORD | 1000)
    powman.write("TIMER", PASSWORD | timer)
    return powman


@pytest.mark.parametrize("use", [1 << 8, 1 << 9])  # USE_LPOSC, USE_XOSC
def test_the_always_on_timer_counts_milliseconds(use, make, host):
    powman = _powman(make, host, timer=0b10 | use)
    # The low-power oscillator's divider, 32 + 0xC49C / 65536, is a little too large: 1001 ms would be 1000.9996 ticks.
    host.advance(SECOND + SECOND * 3 // 2000)

    assert 2001 == powman.read("READ_TIME_LOWER")
    assert powman.read("TIMER") >> 16 == (2 if use == 1 << 8 else 1)


def test_a_write_without_the_password_is_refused_and_noted(make, host):
    powman = _powman(make, host)
    powman.write("TIMER", 0)

    assert (0b10, 1) == (powman.read("TIMER") & 0b10, powman.read("BADPASSWD"))


def test_the_alarm_interrupts_on_the_second_line_until_acknowledged_by_the_clear_alias(make, host):
    powman = _powman(make, host)
    powman.write("ALARM_TIME_15TO0", PASSWORD | 1020)
    powman.write("INTE", PASSWORD | 0b10)
    powman.device.write(0x2088, 4, PASSWORD | 1 << 4)  # ALARM_ENAB
    host.advance(19 * SECOND // 1000)
    early = host.irqs[8]
    host.advance(2 * SECOND // 1000)
    rung = host.irqs[8], powman.read("TIMER") >> 6 & 1
    powman.device.write(0x3088, 4, PASSWORD | 1 << 4)
    powman.device.write(0x3088, 4, PASSWORD | 1 << 6)

    assert (False, (True, 1), (False, 0)) == (early, rung, (host.irqs[8], powman.read("TIMER") >> 6 & 1))


def test_the_alarm_restarts_a_chip_whose_core_was_powered_down(make, host):
    powman = _powman(make, host)
    powman.write("SCRATCH3", 0x1234_5678)
    powman.write("ALARM_TIME_15TO0", PASSWORD | 1020)
    powman.write("TIMER", PASSWORD | 0b10 | 1 << 4 | 1 << 5)  # RUN, ALARM_ENAB, PWRUP_ON_ALARM
    powman.write("STATE", PASSWORD | 0xF0)
    waits = powman.read("STATE") >> 12 & 1
    host.advance(43 * SECOND // 2000)
    powman.device.reset()

    assert (1, 1, 0x1234_5678) == (waits, len(host.resets), powman.read("SCRATCH3"))
    assert (1021, 1 << 25) == (powman.read("READ_TIME_LOWER"), powman.read("CHIP_RESET"))
