"""Timers, watchdog, power and the flash services of the Apollo3 (Ambiq's SVD file; AmbiqSuite's HAL)."""

from __future__ import annotations

import pytest

_CYCLES_PER_S = 16_000_000


def test_a_system_timer_compare_is_a_distance_from_now_and_has_its_own_interrupt(host, make):
    timer = make("apollo3_ctimer", irq_number=14, stimer_irq=22)
    timer.write("STMINTEN", 1 << 1)
    timer.write("STCFG", 3 | 1 << 9)  # 32.768 kHz, compare B
    host.advance(_CYCLES_PER_S)
    timer.write("SCMPR1", 32_768)

    host.advance(_CYCLES_PER_S - 500)
    before = host.irqs[24]
    host.advance(500)

    assert (False, True) == (before, host.irqs[24])
    assert (False, 2 * 32_768) == (host.irqs[22], timer.read("STTMR"))


@pytest.mark.parametrize(("function", "interrupts"), [(0, 1), (1, 3)])  # single count, repeated count
def test_a_counter_interrupts_at_its_compare_once_or_again_and_again(function, interrupts, host, make):
    timer = make("apollo3_ctimer", irq_number=14)
    timer.write("INTEN", 1)
    timer.write("CMPRA0", 9)
    timer.write("CTRL0", 1 | 1 << 1 | function << 6 | 1 << 9)  # 12 MHz, IE0
    seen = 0
    for _ in range(45):  # four periods of ten ticks, a tick each 4/3 cycles
        host.advance(1)
        if timer.read("INTSTAT") & 1:
            seen += 1
            timer.write("INTCLR", 1)

    assert interrupts == seen


def test_linked_halves_count_32_bits(host, make):
    timer = make("apollo3_ctimer", irq_number=14)
    timer.write("CTRL2", 1 << 31 | 1 | 1 << 1 | 6 << 6)  # continuous, 12 MHz

    host.advance(_CYCLES_PER_S)

    assert timer.read("TMR2") == 12_000_000


def test_the_watchdog_interrupts_and_bites_unless_it_is_fed(host, make):
    watchdog = make("apollo3_wdt", irq_number=1)
    watchdog.write("INTEN", 1)
    watchdog.write("CFG", 1 << 24 | 64 << 16 | 128 << 8 | 0b111)  # 128 Hz: half a second, a second
    host.advance(_CYCLES_PER_S // 2 - 1)
    watchdog.write("RSTRT", 0xB2)
    host.advance(_CYCLES_PER_S // 2)
    interrupted = (host.irqs[1], list(host.resets))

    host.advance(_CYCLES_PER_S // 2)

    assert ((True, []), ["the watchdog DUT was not fed in time"]) == (interrupted, host.resets)


def test_the_reset_status_tells_a_watchdog_from_power_on(host, make):
    status = make("apollo3_resetstat")
    at_power_on = status.read("STAT")
    host.power_net.reset_cause = "watchdog"

    status.device.reset()

    assert (1 << 1, 1 << 6) == (at_power_on, status.read("STAT"))  # PORSTAT, WDRSTAT


def test_power_domains_are_on_as_soon_as_they_are_asked_for(make):
    power = make("apollo3_pwrctrl")
    power.write("DEVPWREN", 1 << 12 | 1 << 9)  # PDM, ADC

    assert 0b11 | 1 << 7 | 1 << 5 == power.read("DEVPWRSTATUS")


def test_a_burst_is_acknowledged_and_available_when_requested(make):
    control = make("apollo3_mcuctrl")
    control.write("FEATUREENABLE", 1 << 4)

    assert 0b111 << 4 == control.read("FEATUREENABLE")


def test_the_clock_alarm_rings_every_second(host, make):
    clock = make("apollo3_rtc", irq_number=2)
    clock.write("INTEN", 1)
    clock.write("RTCCTL", 7 << 1)
    host.advance(_CYCLES_PER_S)
    first = host.irqs[2]
    clock.write("INTCLR", 1)
    host.advance(_CYCLES_PER_S)

    assert (True, True) == (first, host.irqs[2])
    assert clock.read("CTRLOW") >> 8 & 0x7F == 0x02  # two seconds, BCD


def test_flash_words_are_programmed_from_1_to_0_only(host, make):
    port = make("apollo3_flash_port")
    host.memory = {0x1_0000: b"\x0f\xff\xff\xff"}
    port.write("ADDR", 0x1_0000)

    port.write("DATA", 0xFFFF_FFF3)

    assert host.memory[0x1_0000] == b"\x03\xff\xff\xff"
