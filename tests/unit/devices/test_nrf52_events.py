"""Events that trigger tasks, watchdog, converters and buses of nRF52 and nRF53 (PS v1.7; Nordic's SVD files)."""

from __future__ import annotations

import pytest

_CONNECTED = 1 << 31


@pytest.fixture
def connected(host, make):
    """connected(bench, …): tasks that the PPI triggers reach these devices through the bus of the host."""

    def connect(*benches):
        for bench in benches:
            for register in bench.device.registers.values():
                addr = bench.device.spec.base_addr + register.offset
                host.bus[addr] = lambda value, bench=bench, offset=register.offset: bench.device.write(
                    offset, 4, value
                )
        return benches

    return connect


def _event(bench, name):
    return bench.device.spec.base_addr + bench.offset(name)


def test_a_timer_without_interrupt_triggers_a_task_through_the_ppi_at_its_cycle(host, make, connected):
    timer = make("nrf52_timer", base_addr=0x4000_8000)
    egu = make("nrf52_egu", base_addr=0x4001_4000)
    ppi = make("nrf52_ppi", base_addr=0x4001_F000)
    connected(timer, egu, ppi)
    ppi.write("CH3_EEP", _event(timer, "EVENTS_COMPARE0"))
    ppi.write("CH3_TEP", _event(egu, "TASKS_TRIGGER5"))
    ppi.write("CHENSET", 1 << 3)
    timer.write("PRESCALER", 0)  # 16 MHz, as the core here: one tick a cycle
    timer.write("CC0", 100)
    timer.write("TASKS_START", 1)

    host.advance(99)
    before = egu.read("EVENTS_TRIGGERED5")
    host.advance(1)

    assert (0, 1) == (before, egu.read("EVENTS_TRIGGERED5"))


def test_a_disabled_channel_of_the_ppi_triggers_nothing(host, make, connected):
    egu, ppi = connected(make("nrf52_egu", base_addr=0x4001_4000), make("nrf52_ppi", base_addr=0x4001_F000))
    ppi.write("CH0_EEP", _event(egu, "EVENTS_TRIGGERED0"))
    ppi.write("CH0_TEP", _event(egu, "TASKS_TRIGGER1"))
    ppi.write("FORK0_TEP", _event(egu, "TASKS_TRIGGER2"))
    ppi.write("CHENSET", 1)
    ppi.write("CHENCLR", 1)
    egu.write("TASKS_TRIGGER0", 1)
    is_off = (egu.read("EVENTS_TRIGGERED1"), egu.read("EVENTS_TRIGGERED2"))
    ppi.write("CHG2", 1)
    ppi.write("CHG2_EN", 1)

    egu.write("TASKS_TRIGGER0", 1)

    assert (0, 0) == is_off
    assert (1, 1) == (egu.read("EVENTS_TRIGGERED1"), egu.read("EVENTS_TRIGGERED2"))


def test_a_published_event_reaches_the_subscribed_task_while_its_dppi_channel_is_on(make):
    source, target = make("nrf52_egu", base_addr=0x5001_B000), make("nrf52_egu", base_addr=0x5001_C000)
    dppic = make("nrf53_dppic", base_addr=0x5001_7000)
    source.write("PUBLISH_TRIGGERED0", _CONNECTED | 9)
    target.write("SUBSCRIBE_TRIGGER4", _CONNECTED | 9)
    source.write("TASKS_TRIGGER0", 1)
    while_off = target.read("EVENTS_TRIGGERED4")
    dppic.write("CHENSET", 1 << 9)

    source.write("TASKS_TRIGGER0", 1)

    assert (0, 1) == (while_off, target.read("EVENTS_TRIGGERED4"))


def test_the_watchdog_bites_two_slow_ticks_after_its_timeout_and_says_so_in_resetreas(host, make):
    watchdog, clock = make("nrf52_wdt"), make("nrf52_clock")
    watchdog.write("CRV", 32_767)  # PS 6.36.1: (CRV + 1) / 32768 s
    watchdog.write("TASKS_START", 1)
    host.advance(15_999_999)
    watchdog.write("RR0", 0x6E52_4635)

    host.advance(16_000_000 + 2 * 16_000_000 // 32_768)
    before = list(host.resets)
    host.advance(2)
    clock.device.reset()

    assert ([], ["the watchdog DUT was not fed in time"]) == (before, host.resets)
    assert 1 << 1 == clock.read("RESETREAS")  # DOG


def test_a_running_watchdog_keeps_its_configuration_and_wants_every_enabled_request(host, make):
    watchdog = make("nrf52_wdt")
    watchdog.write("RREN", 0b11)
    watchdog.write("CRV", 99)
    watchdog.write("TASKS_START", 1)
    watchdog.write("CRV", 0xFFFF_FFFF)
    watchdog.write("RR0", 0x6E52_4635)

    assert (99, 0b10) == (watchdog.read("CRV"), watchdog.read("REQSTATUS"))


def test_system_off_ends_the_run(host, make):
    make("nrf52_clock").write("SYSTEMOFF", 1)

    assert ["System OFF" in text for text in host.endings] == [True]


def test_the_converter_puts_fed_codes_of_each_channel_into_ram_and_ends_with_the_buffer(host, make):
    saadc = make("nrf52_saadc", name="SAADC")
    host.feeds = {"SAADC.0": [100, 200], "SAADC.3": [-5, 7]}
    saadc.write("ENABLE", 1)
    saadc.write("CH0_PSELP", 1)
    saadc.write("CH3_PSELP", 2)
    saadc.write("RESULT_PTR", 0x2000_0000)
    saadc.write("RESULT_MAXCNT", 2)
    saadc.write("TASKS_START", 1)
    saadc.write("TASKS_SAMPLE", 1)
    host.advance(2 * (10 + 2) * 16 - 1)  # TACQ resets to 10 us; 16 cycles a microsecond
    before = saadc.read("EVENTS_END")
    host.advance(1)

    assert (0, 1, 2) == (before, saadc.read("EVENTS_END"), saadc.read("RESULT_AMOUNT"))
    assert {0x2000_0000: b"\x64\x00", 0x2000_0002: b"\xfb\xff"} == host.memory


def test_a_channel_that_nothing_is_fed_to_reads_0_and_says_how_to_feed_it(host, make):
    saadc = make("nrf52_saadc", name="SAADC")
    for name, value in (("ENABLE", 1), ("CH1_PSELP", 1), ("RESULT_MAXCNT", 1), ("TASKS_START", 1)):
        saadc.write(name, value)
    saadc.write("TASKS_SAMPLE", 1)

    host.advance(1000)

    assert {0: b"\x00\x00"} == host.memory
    assert ["--feed SAADC.1=FILE" in text for text in host.warnings] == [True]


def test_the_microphone_fills_buffers_at_its_sample_rate_until_it_is_stopped(host, make):
    pdm = make("nrf52_pdm", name="PDM")
    host.feeds = {"PDM": [1, -1, 2, -2, 3, -3]}
    for name, value in (("ENABLE", 1), ("PDMCLKCTRL", 0x0800_0000), ("MODE", 1), ("SAMPLE_MAXCNT", 3)):
        pdm.write(name, value)
    pdm.write("SAMPLE_PTR", 0x2000_0100)
    pdm.write("TASKS_START", 1)
    pdm.write("SAMPLE_PTR", 0x2000_0200)
    host.advance(3 * 64 * 16 - 1)  # 1 MHz / 64 samples a second, 16 cycles a microsecond
    before = pdm.read("EVENTS_END")
    host.advance(1 + 3 * 64 * 16)
    pdm.write("TASKS_STOP", 1)

    assert (0, 1, 1) == (before, pdm.read("EVENTS_END"), pdm.read("EVENTS_STOPPED"))
    assert {0x2000_0100: b"\x01\x00\xff\xff\x02\x00", 0x2000_0200: b"\xfe\xff\x03\x00\xfd\xff"} == host.memory


def _i2c(make, mode):
    bus = make("nrf52_bus", name="SPIM1_TWIM1", index=1)
    for name, value in (("ENABLE", mode), ("ADDRESS", 0x68), ("FREQUENCY", 0x0400_0000)):
        bus.write(name, value)
    return bus


def test_an_i2c_address_that_nothing_is_fed_to_does_not_acknowledge(host, make):
    bus = _i2c(make, 6)
    bus.write("TXD_MAXCNT", 4)
    bus.write("TASKS_STARTTX", 1)

    host.advance(9 * 64)  # nine bits at 250 kbit/s

    assert (1, 0b10, 0) == (
        bus.read("EVENTS_ERROR"),
        bus.read("ERRORSRC"),
        bus.read("EVENTS_LASTTX"),
    )  # ANACK
    assert ["--feed TWIM1.0x68=FILE" in text for text in host.warnings] == [True]


def test_a_fed_i2c_device_answers_after_a_write_and_stops_by_its_shortcuts(host, make):
    bus = _i2c(make, 6)
    host.feeds = {"TWIM1.0x68": [0x71, 0x72]}
    bus.write("SHORTS", 1 << 7 | 1 << 12)  # LASTTX_STARTRX, LASTRX_STOP
    bus.write("TXD_MAXCNT", 1)
    bus.write("RXD_PTR", 0x2000_0040)
    bus.write("RXD_MAXCNT", 2)
    bus.write("TASKS_STARTTX", 1)

    host.advance((2 + 3) * 9 * 64)

    assert {0x2000_0040: b"\x71\x72"} == host.memory
    assert (2, 1, 0) == (bus.read("RXD_AMOUNT"), bus.read("EVENTS_STOPPED"), bus.read("EVENTS_ERROR"))


def test_the_older_i2c_takes_a_byte_at_a_time_and_waits_while_suspended(host, make):
    bus = _i2c(make, 5)
    host.feeds = {"TWIM1.0x68": [0x0A, 0x0B]}
    bus.write("SHORTS", 1)  # BB_SUSPEND
    bus.write("TASKS_STARTRX", 1)
    host.advance(2 * 9 * 64)  # address and first byte
    first = (bus.read("EVENTS_READY"), bus.read("RXD"))
    bus.write("EVENTS_READY", 0)
    host.advance(10_000)
    while_suspended = bus.read("EVENTS_READY")
    bus.write("SHORTS", 2)  # BB_STOP
    bus.write("TASKS_RESUME", 1)
    host.advance(9 * 64)

    assert ((1, 0x0A), 0) == (first, while_suspended)
    assert (0x0B, 1) == (bus.read("RXD"), bus.read("EVENTS_STOPPED"))


def test_spi_gives_the_fed_bytes_after_their_bit_times(host, make):
    bus = make("nrf52_bus", name="SPIM0_TWIM0", index=0)
    host.feeds = {"SPIM0": [1, 2, 3]}
    for name, value in (("ENABLE", 7), ("FREQUENCY", 0x8000_0000), ("RXD_MAXCNT", 3), ("TXD_MAXCNT", 5)):
        bus.write(name, value)
    bus.write("TASKS_START", 1)
    host.advance(5 * 8 * 2 - 1)  # five bytes at 8 MHz
    before = bus.read("EVENTS_END")
    host.advance(1)

    assert (0, 1, 3, 5) == (before, bus.read("EVENTS_END"), bus.read("RXD_AMOUNT"), bus.read("TXD_AMOUNT"))
    assert {0: b"\x01\x02\x03"} == host.memory


def test_a_task_of_gpiote_toggles_its_pin(host, make):
    gpiote = make("nrf52_gpiote")
    gpiote.write("CONFIG2", 3 | 15 << 8 | 1 << 13 | 3 << 16 | 1 << 20)  # task, P1.15, toggle, high at first
    first = dict(host.pins)

    gpiote.write("TASKS_OUT2", 1)

    assert ({"P1.15": 1}, {"P1.15": 0}) == (first, host.pins)


def test_usb_is_ready_but_never_connected_and_the_report_says_where_prints_went(host, make):
    usb = make("nrf52_usbd")

    usb.write("ENABLE", 1)

    assert (1 << 11, 0) == (usb.read("EVENTCAUSE"), usb.read("EVENTS_USBRESET"))
    assert ["uses USB, where nothing is connected" in text for text in host.warnings] == [True]


def test_a_reception_that_the_boot_loader_left_on_ends_when_it_is_stopped(make):
    uarte = make("nrf52_uarte")

    uarte.write(
        "TASKS_STOPRX", 1
    )  # Arduino's variant.cpp for the Nano 33 BLE waits for RXTO with the UARTE off

    assert uarte.read("EVENTS_RXTO") == 1


def test_a_serial_peripheral_of_the_nrf53_is_what_enable_says(host, make):
    serial = make("nrf53_serial", index=2)
    host.feeds = {"SPIM2": [9]}
    serial.device.write(0x524, 4, 0x8000_0000)
    serial.device.write(0x500, 4, 7)  # SPIM
    serial.device.write(0x538, 4, 1)
    serial.device.write(0x010, 4, 1)

    host.advance(16)

    assert (1, {0: b"\x09"}) == (serial.device.read(0x118, 4), host.memory)


def test_older_start_up_code_finds_the_part_number_in_the_rom_table(make):
    table = make("nrf52_rom_table")

    assert (0x08, 0) == (
        table.read("PIDR0") & 0xFF,
        table.read("PIDR1") & 0xF,
    )  # nrf_drv_usbd_errata.h: nRF52840


def test_a_mutex_of_the_nrf53_is_taken_by_reading_it(make):
    mutex = make("nrf53_mutex")

    first, second = mutex.read("MUTEX3"), mutex.read("MUTEX3")
    mutex.write("MUTEX3", 0)

    assert (0, 1, 0) == (first, second, mutex.read("MUTEX3"))
