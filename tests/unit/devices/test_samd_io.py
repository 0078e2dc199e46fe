"""Watchdog, converter, random numbers and USB of the SAM D21 and D51 (Microchip's SVD files; Arduino's SAMD core)."""

from __future__ import annotations

import pytest

_CYCLES_PER_TICK = 16_000_000 // 1024


@pytest.mark.parametrize(("options", "clear"), [({}, 0x8), ({"clear_offset": 0xC}, 0xC)])
def test_the_watchdog_bites_after_its_period_unless_it_is_cleared(options, clear, host, make):
    watchdog = make("samd_wdt", **options).device
    watchdog.write(1, 1, 3)  # PER: 8 << 3 ticks of 1024 Hz
    watchdog.write(0, 1, 1 << 1)
    host.advance(64 * _CYCLES_PER_TICK - 1)
    watchdog.write(clear, 1, 0xA5)
    host.advance(64 * _CYCLES_PER_TICK - 1)
    fed = list(host.resets)

    host.advance(1)

    assert ([], 1, "watchdog") == (fed, len(host.resets), host.power_net.reset_cause)


def test_a_wrong_key_bites_at_once(host, make):
    watchdog = make("samd_wdt").device
    watchdog.write(0, 1, 1 << 1)

    watchdog.write(8, 1, 0x5A)

    assert len(host.resets) == 1


@pytest.mark.parametrize(
    ("layout", "offsets"),
    [
        ("d21", (0x10, 0x0C, 0x18, 0x1A)),
        ("d51", (0x04, 0x14, 0x2E, 0x40)),
    ],  # INPUTCTRL, SWTRIG, INTFLAG, RESULT
)
def test_a_conversion_gives_the_number_fed_to_its_input(layout, offsets, host, make):
    input_offset, trigger_offset, flag_offset, result_offset = offsets
    adc = make("samd_adc", name="ADC0", layout=layout).device
    host.feeds = {"ADC0.3": [777, 778]}
    adc.write(0, 1, 1 << 1)
    adc.write(input_offset, 1, 3)
    adc.write(trigger_offset, 1, 1 << 1)
    is_ready = adc.read(flag_offset, 1)

    code = adc.read(result_offset, 2)

    assert (1, 777, 0) == (is_ready, code, adc.read(flag_offset, 1))


def test_a_converter_that_is_off_converts_nothing(make):
    adc = make("samd_adc", name="ADC").device

    adc.write(0x0C, 1, 1 << 1)

    assert adc.read(0x18, 1) == 0


def test_an_input_that_nothing_is_fed_to_reads_0_and_says_so(host, make):
    adc = make("samd_adc", name="ADC").device
    adc.write(0, 1, 1 << 1)

    adc.write(0x0C, 1, 1 << 1)

    assert (0, True) == (adc.read(0x1A, 2), any("--feed ADC.0=FILE" in text for text in host.warnings))


def test_random_numbers_differ_and_come_again_after_a_reset(make):
    generator = make("samd51_trng")
    generator.write("CTRLA", 1 << 1)
    first = [generator.read("DATA") for _ in range(8)]
    generator.device.reset()
    generator.write("CTRLA", 1 << 1)

    assert len(set(first)) == 8
    assert first == [generator.read("DATA") for _ in range(8)]


@pytest.mark.parametrize(("kind", "register"), [("samd21_pm", "RCAUSE"), ("samd51_rstc", "RCAUSE")])
def test_the_reset_cause_tells_a_watchdog_from_power_on(kind, register, host, make):
    bench = make(kind)
    at_power_on = bench.read(register)
    host.power_net.reset_cause = "watchdog"

    bench.device.reset()

    assert (1, 1 << 5) == (at_power_on, bench.read(register))  # POR, WDT


def test_attaching_to_usb_says_that_prints_are_lost(host, make):
    usb = make("samd_usb").device
    usb.write(0, 1, 1)  # SWRST clears itself
    usb.write(0, 1, 1 << 1)
    before = list(host.warnings)

    usb.write(8, 2, 0)

    assert (0, []) == (usb.read(0, 1) & 1, before)
    assert any("nothing is connected" in text for text in host.warnings)


@pytest.mark.parametrize(("kind", "switch_on"), [("samd_usb", (0x0, 1 << 1)), ("nrf52_usbd", (0x500, 1))])
def test_a_usb_device_in_use_lacks_a_host_and_says_so_to_who_wonders_why_it_hangs(kind, switch_on, make):
    usb = make(kind).device
    before = usb.waited_for
    if kind == "samd_usb":
        usb.write(0x8, 2, 0)  # attach
    offset, value = switch_on
    usb.write(offset, 4 if kind == "nrf52_usbd" else 1, value)

    assert ("", True) == (before, "USB host" in usb.waited_for and "print to a UART" in usb.waited_for)
