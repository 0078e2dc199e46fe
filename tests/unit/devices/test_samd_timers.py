"""TC, TCC and RTC of the SAM D21 and D51 (CMSIS-Atmel: component/tc.h, tcc.h, rtc.h)."""

from __future__ import annotations

import pytest

_CORE_HZ = 16_000_000  # of the host in conftest.py
_OVF, _MC0, _MC1 = 1 << 0, 1 << 4, 1 << 5
_MFRQ_D21 = 1 << 5
_DIV64 = 5 << 8


@pytest.fixture
def timer(host, make):
    host.clock_net.publish("gclk_channel9", 8_000_000)
    return make("samd_tc", clock="gclk_channel9").device


def test_a_match_frequency_timer_interrupts_each_time_it_was_at_cc0(timer, host):
    timer.write(0x18, 2, 999)
    timer.write(0x0D, 1, _MC0)
    timer.write(0x00, 2, _MFRQ_D21 | 1 << 1)
    host.advance(2 * 999 - 1)
    before = host.irqs[7]
    host.advance(1)
    at_match = host.irqs[7]
    timer.write(0x0E, 1, _MC0)
    host.advance(2 * 1000 - 1)

    assert (False, True, False) == (before, at_match, host.irqs[7])
    host.advance(1)
    assert host.irqs[7] is True


def test_a_timer_of_16_bits_overflows_and_can_be_read_on_the_way(timer, host):
    timer.write(0x00, 2, _DIV64 | 1 << 1)  # 125 kHz: 128 core cycles a tick
    host.advance(128 * 1000)
    count = timer.read(0x10, 2)
    host.advance(128 * (0x10000 - 1000))

    assert (1000, _OVF, 0) == (count, timer.read(0x0E, 1) & _OVF, timer.read(0x10, 2))


def test_a_timer_nobody_waits_for_sets_no_deadlines(timer, host):
    timer.write(0x18, 2, 10)
    timer.write(0x00, 2, _MFRQ_D21 | 1 << 1)

    assert host.deadlines == []
    host.advance(10_000_000 * 22 + 2 * 3)
    assert (3, _OVF | _MC0) == (timer.read(0x10, 2), timer.read(0x0E, 1) & (_OVF | _MC0))


def test_a_compare_value_that_the_count_has_passed_matches_in_the_next_round_only(timer, host):
    timer.write(0x1A, 2, 5000)
    timer.write(0x0D, 1, _MC1)
    timer.write(0x00, 2, 1 << 1)
    host.advance(2 * 3000)

    timer.write(0x1A, 2, 2000)

    host.advance(2 * 4000)
    assert host.irqs[7] is False
    host.advance(2 * (0x10000 - 5000))
    assert host.irqs[7] is True


def test_a_one_shot_timer_stops_at_its_overflow(timer, host):
    timer.write(0x05, 1, 1 << 2)
    timer.write(0x00, 2, 1 << 2 | 1 << 1)  # 8 bits
    timer.write(0x14, 1, 99)
    host.advance(2 * 500)

    assert (1 << 3, 0, _OVF) == (timer.read(0x0F, 1), timer.read(0x10, 1), timer.read(0x0E, 1) & _OVF)


def test_the_d51_has_its_registers_elsewhere_and_counts_32_bits(host, make):
    host.clock_net.publish("gclk_channel9", _CORE_HZ)
    timer = make("samd_tc", clock="gclk_channel9", layout="d51").device
    timer.write(0x1C, 4, 1_000_000)
    timer.write(0x0C, 1, 1)  # MFRQ
    timer.write(0x09, 1, _OVF)
    timer.write(0x00, 4, 2 << 2 | 1 << 1)
    host.advance(1_000_000)
    count = timer.read(0x14, 4)
    host.advance(1)

    assert (1_000_000, 0, True) == (count, timer.read(0x14, 4), host.irqs[7])


def test_each_compare_value_of_a_d51_tcc_has_a_line(host, make):
    host.clock_net.publish("gclk_channel25", _CORE_HZ)
    tcc = make("samd_tcc", clock="gclk_channel25", channels=6, has_channel_irqs=True).device
    tcc.write(0x40, 4, 999)
    tcc.write(0x44 + 4 * 3, 4, 100)
    tcc.write(0x28, 4, 1 << 19 | _OVF)
    tcc.write(0x00, 4, 1 << 1)
    host.advance(100)
    at_match = (host.irqs[7], host.irqs[7 + 1 + 3])
    host.advance(900)

    assert ((False, True), True) == (at_match, host.irqs[7])


def _rtc(host, make, **options):
    host.clock_net.publish("rtc", 1024)
    return make("samd_rtc", clock="rtc", **options).device


@pytest.mark.parametrize(
    ("layout", "control_and_flag", "places"),
    [("d21", (0xA << 8, 1 << 0), (0x18, 0x07, 0x08)), ("d51", (0xB << 8, 1 << 8), (0x20, 0x0A, 0x0C))],
)  # PRESCALER DIV1024; COMP0, INTENSET, INTFLAG
def test_the_counter_of_the_rtc_interrupts_at_its_compare_value(layout, control_and_flag, places, host, make):
    control, flag = control_and_flag
    rtc = _rtc(host, make, layout=layout)
    compare, enable, flags = places
    rtc.write(compare, 4, 5)
    rtc.write(enable, 2 if layout == "d51" else 1, flag)
    rtc.write(0, 2, control | 1 << 1)
    is_armed = host.power_net.has_armed
    host.advance(5 * _CORE_HZ - 1)
    before = host.irqs[7]
    host.advance(1)

    assert (True, False, True, flag) == (is_armed, before, host.irqs[7], rtc.read(flags, 2) & flag)
    assert host.power_net.wakes_count == 1


def test_a_counter_that_clears_on_match_interrupts_every_so_many_ticks(host, make):
    rtc = _rtc(host, make)
    rtc.write(0x18, 4, 1023)
    rtc.write(0x07, 1, 1)
    rtc.write(0, 2, 1 << 7 | 1 << 1)
    seen = []
    for _ in range(3):
        host.advance(_CORE_HZ)
        seen.append(rtc.read(0x08, 1) & 1)
        rtc.write(0x08, 1, 1)

    assert [1, 1, 1] == seen


def _word(*fields):
    word = 0
    for value, shift in zip(fields, (26, 22, 17, 12, 6, 0), strict=True):  # year to second
        word |= value << shift
    return word


def test_the_calendar_runs_over_the_end_of_february_in_a_leap_year(host, make):
    rtc = _rtc(host, make)
    rtc.write(0x10, 4, _word(24, 2, 28, 23, 59, 59))
    rtc.write(0, 2, 0xA << 8 | 2 << 2 | 1 << 1)
    set_to = rtc.read(0x10, 4)
    host.advance(_CORE_HZ)
    next_day = rtc.read(0x10, 4)
    host.advance(86_400 * _CORE_HZ)

    assert _word(24, 2, 28, 23, 59, 59) == set_to
    assert (_word(24, 2, 29, 0, 0, 0), _word(24, 3, 1, 0, 0, 0)) == (next_day, rtc.read(0x10, 4))


@pytest.mark.parametrize(
    ("selection", "seconds"), [(1, 30), (2, 330), (3, 3600 + 330), (4, 86_400 + 3600 + 330)]
)  # SS, MMSS, HHMMSS, DDHHMMSS
def test_an_alarm_matches_the_fields_of_its_mask(selection, seconds, host, make):
    rtc = _rtc(host, make)
    rtc.write(0x10, 4, _word(26, 11, 22, 10, 0, 0))
    rtc.write(0x18, 4, _word(0, 1, 23, 11, 5, 30))
    rtc.write(0x1C, 1, selection)
    rtc.write(0x07, 1, 1)
    rtc.write(0, 2, 0xA << 8 | 2 << 2 | 1 << 1)
    host.advance(seconds * _CORE_HZ - 1)
    before = host.irqs[7]
    host.advance(1)

    assert (False, True) == (before, host.irqs[7])


@pytest.mark.parametrize(("selection", "clock_hz"), [(0, 1024), (1, 32_768), (4, 0), (5, 0)])
def test_the_d51_chooses_the_clock_of_its_rtc(selection, clock_hz, host, make):
    make("samd51_osc32kctrl").write("RTCCTRL", selection)  # the crystal is off

    assert clock_hz == host.clock_net.clock_hz("rtc")
