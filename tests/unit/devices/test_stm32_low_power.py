"""STM32 parts that count in low-power modes: RTC, LPTIM, watchdogs; and what Stop does to the clocks."""

from __future__ import annotations

import pytest

from mcusim.machine.devices.power_net import DeepSleep

CORE_HZ = 16_000_000
UNLOCK = (0xCA, 0x53)
INIT, WUTE, WUTIE, ALRAE, ALRAIE = 1 << 7, 1 << 10, 1 << 14, 1 << 8, 1 << 12


def _rtc(make, host, time=0x23_5958, date=0x26_9231, version=2):
    host.clock_net.publish("RTC", 32_768)
    bench = make("stm32_rtc", version=version)
    for key in UNLOCK:
        bench.write("WPR", key)
    bench.write("ISR", INIT)
    bench.write("PRER", 127 << 16 | 255)
    bench.write("TR", time)
    bench.write("DR", date)
    bench.write("ISR", 0)
    return bench


@pytest.mark.parametrize("version", [2, 3])
def test_the_calendar_turns_the_year_and_the_week(version, make, host):
    """2026-12-31 is a Thursday (4), the next day a Friday (5)."""
    bench = _rtc(make, host, version=version)
    host.advance(3 * CORE_HZ)

    assert (0x00_0001, 0x27_A101) == (bench.read("TR"), bench.read("DR"))


def test_a_locked_calendar_does_not_change(make, host):
    bench = _rtc(make, host)
    bench.write("WPR", 0xFF)
    bench.write("CR", WUTE)

    assert bench.read("CR") == 0


def test_the_calendar_outlives_a_reset(make, host):
    bench = _rtc(make, host, time=0x10_0000)
    bench.write("BKP0R", 0x32F2)
    host.advance(CORE_HZ)
    bench.device.reset()
    host.advance(CORE_HZ)

    assert (0x10_0002, 0x32F2) == (bench.read("TR"), bench.read("BKP0R"))


def test_the_wake_up_timer_comes_every_wutr_plus_one_seconds_through_its_line(make, host):
    bench = _rtc(make, host)
    exti = make("stm32_exti", lines="20=RTC_WAKEUP", irqs="20=3")
    exti.write("IMR0", 1 << 20)
    exti.write("RTSR0", 1 << 20)
    bench.write("WUTR", 2)
    bench.write("CR", 0b100)
    bench.write("CR", 0b100 | WUTE | WUTIE)
    host.advance(3 * CORE_HZ - 1)
    early = (host.irqs[3], host.power_net.has_armed)
    host.advance(1)
    exti_pending = exti.read("PR0")
    exti.write("PR0", 1 << 20)
    cleared = host.irqs[3]
    host.advance(3 * CORE_HZ)

    assert ((False, True), 1 << 20, False, True) == (early, exti_pending, cleared, host.irqs[3])


ALARMS = {
    "next minute at second 5": (0x8080_8005 & ~0x80 | 1 << 31, 7),
    "at midnight": (1 << 31 | 0x00_0000, 2),
    "on day 2 at 00:00:01": (0x02_00_00_01, 24 * 3600 + 3),
    "every second": (0x8080_8080, 1),
}


@pytest.mark.parametrize("name", list(ALARMS))
def test_an_alarm_goes_off_when_all_its_unmasked_fields_match(name, make, host):
    """From 23:59:58 on 31 December; the fields of ALRMAR: RM0351, RTC alarm A register."""
    fields, seconds = ALARMS[name]
    bench = _rtc(make, host)
    bench.write("ALRMAR", fields)
    bench.write("CR", ALRAE | ALRAIE)
    host.advance(seconds * CORE_HZ - 1)
    early = bench.read("ISR") >> 8 & 1
    host.advance(1)

    assert (0, 1) == (early, bench.read("ISR") >> 8 & 1)


def test_the_old_rtc_counts_seconds_and_alarms(make, host):
    """RM0008, 18.3.3: the second that makes the counter equal the alarm."""
    host.clock_net.publish("RTC", 32_768)
    bench = make("stm32f1_rtc")
    bench.write("CRL", 1 << 4)
    for name, value in (("PRLL", 32_767), ("CNTH", 0), ("CNTL", 10), ("ALRH", 0), ("ALRL", 12)):
        bench.write(name, value)
    bench.write("CRH", 0b10)
    host.advance(2 * CORE_HZ - 1)
    early = (bench.read("CNTL"), host.irqs[7])
    host.advance(1)

    assert ((11, False), (12, True)) == (early, (bench.read("CNTL"), host.irqs[7]))


def test_a_low_power_timer_overflows_after_arr_plus_one_ticks_of_its_own_clock(make, host):
    host.clock_net.publish("LPTIM1", 32_768)
    bench = make("stm32_lptim", name="LPTIM1")
    bench.write("IER", 0b10)
    bench.write("CR", 1)
    bench.write("ARR", 32_767)
    acknowledged = bench.read("ISR")
    bench.write("CR", 0b101)
    host.advance(CORE_HZ - 1)
    early = host.irqs[7]
    host.advance(1)

    assert (1 << 4, False, True) == (acknowledged, early, host.irqs[7])


def test_a_low_power_timer_stops_with_a_bus_clock(make, host):
    host.clock_net.publish("LPTIM1", 1_000_000)
    bench = make("stm32_lptim", name="LPTIM1")
    bench.write("IER", 0b10)
    bench.write("CR", 1)
    bench.write("ARR", 999)
    bench.write("CR", 0b101)
    host.advance(100 * 16)
    host.clock_net.publish("LPTIM1", 0)
    armed = host.power_net.has_armed
    host.advance(CORE_HZ)

    assert (False, 100) == (armed, bench.read("CNT"))


def test_the_independent_watchdog_bites_at_its_time_unless_refreshed(make, host):
    """4 * 2^PR * (RLR + 1) / 32 kHz: 32 * 1000 / 32 kHz is 1 s (RM0351, IWDG)."""
    bench = make("stm32_iwdg", name="IWDG")
    for value in (0xCCCC, 0x5555):
        bench.write("KR", value)
    bench.write("PR", 3)
    bench.write("RLR", 999)
    host.advance(CORE_HZ // 2)
    bench.write("KR", 0xAAAA)
    host.advance(CORE_HZ - 1)
    early = list(host.resets)
    host.advance(1)

    assert ([], "iwdg") == (early, host.power_net.reset_cause)
    assert "IWDG was not refreshed" in host.resets[0]


def test_the_window_watchdog_warns_at_0x40_and_bites_below(make, host):
    """RM0351, WWDG: t = 1 / PCLK * 4096 * 2^WDGTB * (T[5:0] + 1)."""
    bench = make("stm32_wwdg")
    bench.write("CFR", 1 << 9 | 0x7F)
    bench.write("CR", 0x80 | 0x42)
    host.advance(2 * 4096)
    warned = (host.irqs[7], list(host.resets))
    host.advance(4095)
    early = list(host.resets)
    host.advance(1)

    assert ((True, []), []) == (warned, early)
    assert ("wwdg", 1) == (host.power_net.reset_cause, len(host.resets))


def test_a_window_watchdog_refreshed_too_early_bites(make, host):
    bench = make("stm32_wwdg")
    bench.write("CFR", 0x50)
    bench.write("CR", 0x80 | 0x7F)
    bench.write("CR", 0x80 | 0x7F)

    assert "before its window" in host.resets[0]


RESTARTS = {  # kind: writes that start a PLL, core clock after Stop (the manuals' "wake-up clock")
    "stm32l4_rcc": ({"PLLCFGR": 1 | 40 << 8 | 1 << 24, "CR": 0x0100_0063, "CFGR": 0b11}, 4_000_000),
    "stm32g0_rcc": (
        {"PLLCFGR": 2 | 8 << 8 | 1 << 28 | 1 << 29, "CR": 0x0100_0500, "CFGR": 0b010},
        16_000_000,
    ),
}


@pytest.mark.parametrize("kind", list(RESTARTS))
def test_stop_halts_the_buses_and_wakes_on_the_internal_oscillator(kind, make, host):
    writes, expected_hz = RESTARTS[kind]
    bench = make(kind)
    for name, value in writes.items():
        bench.write(name, value)
    running_hz = host.core_clock_hz
    host.power_net.deep_mode = DeepSleep.STOP
    host.power_net.enter()
    stopped = [host.clock_net.clock_hz(line) for line in ("hclk", "pclk1", "apb1_timer")]
    host.power_net.leave()

    assert running_hz > expected_hz
    assert ([0, 0, 0], expected_hz, expected_hz) == (
        stopped,
        host.core_clock_hz,
        host.clock_net.clock_hz("hclk"),
    )


def test_rcc_names_the_watchdog_after_its_reset_and_keeps_the_clock_of_the_rtc(make, host):
    bench = make("stm32l4_rcc", lse_hz=32_768, kernel_clocks="RTC=0x90:8:-,lse,lsi,hse/32")
    bench.write("BDCR", 0x8101)
    host.power_net.reset_cause = "iwdg"
    bench.device.reset()

    assert (1 << 29, 32_768) == (bench.read("CSR") & 0b111 << 28, host.clock_net.clock_hz("RTC"))


MODES = (
    ("stm32l4_pwr", "CR1", 2, DeepSleep.STOP),
    ("stm32l4_pwr", "CR1", 3, DeepSleep.STANDBY),
    ("stm32f4_pwr", "CR", 0, DeepSleep.STOP),
    ("stm32f4_pwr", "CR", 2, DeepSleep.STANDBY),
    ("stm32u5_pwr", "CR1", 2, DeepSleep.STOP),
    ("stm32h7_pwr", "CPUCR", 7, DeepSleep.STANDBY),
    ("stm32h7_pwr", "CPUCR", 5, DeepSleep.STOP),
)


@pytest.mark.parametrize("row", MODES, ids=str)
def test_the_power_controller_says_what_deep_sleep_is(row, make, host):
    kind, register, value, mode = row
    make(kind).write(register, value)

    assert mode == host.power_net.deep_mode
