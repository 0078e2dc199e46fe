"""Timers of NXP chips: expected values follow from the register descriptions in NXP's SVD files and SDK headers."""

from __future__ import annotations

import pytest

US_CYCLES = 16  # the host's core runs at 16 MHz


def test_the_pit_counts_down_ldval_plus_one_and_interrupts_on_its_channel(make, host):
    pit = make("nxp_pit", clock_hz=1_000_000, has_channel_irqs=True, irq_number=48)
    pit.write("MCR", 0)
    pit.write("LDVAL1", 9)
    pit.write("TCTRL1", 0b11)
    host.advance(3 * US_CYCLES)
    assert 6 == pit.read("CVAL1")

    host.advance(7 * US_CYCLES)

    assert (1, True, False) == (pit.read("TFLG1"), host.irqs[49], host.irqs[48])
    pit.write("TFLG1", 1)
    assert (0, False) == (pit.read("TFLG1"), host.irqs[49])
    host.advance(10 * US_CYCLES)
    assert host.irqs[49]


def test_one_line_serves_all_channels_where_there_is_one(make, host):
    pit = make("nxp_pit", clock_hz=1_000_000)
    pit.write("MCR", 0)
    pit.write("LDVAL3", 0)
    pit.write("TCTRL3", 0b11)

    host.advance(US_CYCLES)

    assert host.irqs[7]


def test_a_disabled_pit_does_not_count(make, host):
    """MCR.MDIS is set after reset."""
    pit = make("nxp_pit", clock_hz=1_000_000)
    pit.write("LDVAL0", 4)
    pit.write("TCTRL0", 0b11)

    host.advance(100 * US_CYCLES)

    assert 0 == pit.read("TFLG0")


def test_a_chained_channel_counts_the_one_below(make, host):
    """100 us per period of channel 0; after two and a half, channel 1 has counted two."""
    pit = make("nxp_pit", clock_hz=1_000_000)
    pit.write("MCR", 0)
    pit.write("LDVAL0", 99)
    pit.write("LDVAL1", 0xFFFF_FFFF)
    pit.write("TCTRL1", 0b101)
    pit.write("TCTRL0", 0b001)

    host.advance(250 * US_CYCLES)

    assert (0xFFFF_FFFD, 49) == (pit.read("LTMR64H"), pit.read("LTMR64L"))


def test_the_lptmr_counts_milliseconds_of_the_lpo(make, host):
    """PCS 1 with bypass: 1 kHz; the flag comes after CMR + 1 counts."""
    lptmr = make("kinetis_lptmr")
    lptmr.write("PSR", 0b101)
    lptmr.write("CMR", 4)
    lptmr.write("CSR", 0x41)
    host.advance(4999 * US_CYCLES)
    assert (4, 0x41, True) == (lptmr.read("CNR"), lptmr.read("CSR"), host.power_net.has_armed)

    host.advance(US_CYCLES)

    assert (0xC1, True, 1) == (lptmr.read("CSR"), host.irqs[7], host.power_net.wakes_count)
    lptmr.write("CSR", 0xC1)
    assert (0x41, False) == (lptmr.read("CSR"), host.irqs[7])


def test_a_free_running_lptmr_passes_its_compare_value(make, host):
    lptmr = make("kinetis_lptmr")
    lptmr.write("PSR", 0b101)
    lptmr.write("CMR", 4)
    lptmr.write("CSR", 0b101)

    host.advance(20_000 * US_CYCLES)

    assert (20, 0x80) == (lptmr.read("CNR"), lptmr.read("CSR") & 0x80)


def test_the_gpt_restarts_after_compare_1(make, host):
    """OCR1 = 9: ten ticks a period."""
    gpt = make("imxrt_gpt")
    gpt.write("PR", 7 << 12 | 2)  # 24 MHz / 8 / 3 = 1 MHz
    gpt.write("OCR1", 9)
    gpt.write("IR", 1)
    gpt.write("CR", 1 << 10 | 5 << 6 | 0b11)
    host.advance(9 * US_CYCLES)
    assert (9, 1, True) == (gpt.read("CNT"), gpt.read("SR") & 1, host.irqs[7])

    gpt.write("SR", 1)
    host.advance(3 * US_CYCLES)

    assert (2, 0, False) == (gpt.read("CNT"), gpt.read("SR") & 1, host.irqs[7])
    host.advance(8 * US_CYCLES)
    assert host.irqs[7]


def test_a_free_running_gpt_goes_on(make, host):
    gpt = make("imxrt_gpt", clock_hz=1_000_000)
    gpt.write("OCR2", 5)
    gpt.write("CR", 1 << 9 | 1 << 6 | 0b11)

    host.advance(100 * US_CYCLES)

    assert (100, 0b10) == (gpt.read("CNT"), gpt.read("SR"))


def test_a_match_of_the_ctimer_resets_and_interrupts(make, host):
    """PR = 15: 1 MHz; MR0 = 99 with interrupt and reset: a period of 100 us."""
    ctimer = make("lpc55_ctimer")
    ctimer.write("PR", 15)
    ctimer.write("MR0", 99)
    ctimer.write("MCR", 0b011)
    ctimer.write("TCR", 1)
    host.advance(99 * US_CYCLES)
    assert (99, 1, True) == (ctimer.read("TC"), ctimer.read("IR"), host.irqs[7])

    ctimer.write("IR", 1)
    host.advance(11 * US_CYCLES)

    assert (10, 0, False) == (ctimer.read("TC"), ctimer.read("IR"), host.irqs[7])


def test_a_match_may_stop_the_ctimer(make, host):
    ctimer = make("lpc55_ctimer", clock_hz=1_000_000)
    ctimer.write("MR2", 50)
    ctimer.write("MCR", 0b101 << 6)
    ctimer.write("TCR", 1)

    host.advance(500 * US_CYCLES)

    assert (50, 0b100, 0) == (ctimer.read("TC"), ctimer.read("IR"), ctimer.read("TCR"))


def test_a_ctimer_without_matches_counts_time(make, host):
    ctimer = make("lpc55_ctimer", clock_hz=1_000_000)
    ctimer.write("TCR", 1)

    host.advance(123_456 * US_CYCLES)

    assert 123_456 == ctimer.read("TC")


@pytest.mark.parametrize(("mode", "periods"), [(0, 3), (1, 1)])
def test_an_mrt_channel_repeats_or_not(make, host, mode, periods):
    mrt = make("lpc55_mrt")
    mrt.write("CTRL2", mode << 1 | 1)
    mrt.write("INTVAL2", 1600)
    counted = 0
    for _ in range(3):
        host.advance(1600)
        counted += bool(host.irqs[7])
        mrt.write("STAT2", 1)

    assert periods == counted
    assert (0b10 if mode == 0 else 0) == mrt.read("STAT2")


def test_the_idle_channel_of_the_mrt_is_the_first_that_does_not_run(make):
    mrt = make("lpc55_mrt")
    mrt.write("INTVAL0", 1 << 31 | 1000)
    assert 1 << 4 == mrt.read("IDLE_CH")

    mrt.write("INTVAL0", 1 << 31)

    assert 0 == mrt.read("IDLE_CH")


def test_the_utick_delays_once_or_again(make, host):
    """DELAYVAL + 1 microseconds."""
    utick = make("lpc55_utick")
    utick.write("CTRL", 1 << 31 | 49)
    assert 0b10 == utick.read("STAT")
    host.advance(50 * US_CYCLES)
    assert (0b11, True) == (utick.read("STAT"), host.irqs[7])

    utick.write("STAT", 1)
    utick.write("CTRL", 9)
    host.advance(10 * US_CYCLES)

    assert (0b01, True, False) == (utick.read("STAT"), host.irqs[7], host.power_net.has_armed)


@pytest.mark.parametrize(
    ("kind", "start", "counter"),
    [
        ("nxp_pit", (("MCR", 0), ("LDVAL0", 0xFFFF_FFFF), ("TCTRL0", 1)), "CVAL0"),
        ("lpc55_ctimer", (("TCR", 1),), "TC"),
        ("imxrt_gpt", (("CR", 1 << 9 | 1 << 6 | 0b11),), "CNT"),
    ],
)
def test_a_timer_follows_its_clock(make, host, kind, start, counter):
    host.clock_net.publish("line", 1_000_000)
    timer = make(kind, clock="line")
    for name, value in start:
        timer.write(name, value)
    before = timer.read(counter)
    host.advance(10 * US_CYCLES)
    host.clock_net.publish("line", 2_000_000)

    host.advance(10 * US_CYCLES)

    assert 30 == abs(timer.read(counter) - before)
