"""nRF52840 peripherals."""

from __future__ import annotations

import pytest


def test_setting_and_clearing_interrupt_enables_touches_only_the_named_bits(make):
    clock = make("nrf52_clock")
    clock.write("INTENSET", 1 << 3 | 1 << 6 | 1 << 9)
    clock.write("INTENCLR", 1 << 6 | 1 << 5)

    assert {1 << 3 | 1 << 9} == {clock.read("INTENSET"), clock.read("INTENCLR"), clock.read("INTEN")}


def test_starting_a_clock_raises_its_event_and_shows_its_source(make):
    clock = make("nrf52_clock")
    clock.write("TASKS_HFCLKSTART", 1)
    clock.write("LFCLKSRC", 2)
    clock.write("TASKS_LFCLKSTART", 1)

    assert (clock.read("EVENTS_HFCLKSTARTED"), clock.read("EVENTS_LFCLKSTARTED")) == (1, 1)
    assert (
        clock.read("HFCLKSTAT"),
        clock.read("LFCLKSTAT"),
        clock.read("LFCLKSRCCOPY"),
    ) == (1 << 16 | 1, 1 << 16 | 2, 2)


def test_writing_0_to_a_task_does_nothing(make):
    clock = make("nrf52_clock")
    clock.write("TASKS_HFCLKSTART", 0)

    assert clock.read("EVENTS_HFCLKSTARTED") == 0


def test_an_event_interrupts_while_enabled_and_set(make, host):
    clock = make("nrf52_clock", irq_number=0)
    clock.write("TASKS_LFCLKSTART", 1)
    seen = [host.irqs[0]]
    clock.write("INTENSET", 1 << 1)  # LFCLKSTARTED is event 1
    seen.append(host.irqs[0])
    clock.write("EVENTS_LFCLKSTARTED", 0)
    seen.append(host.irqs[0])

    assert seen == [False, True, False]


def test_the_retention_register_survives_a_reset_and_the_rest_does_not(make):
    clock = make("nrf52_clock")
    clock.write("GPREGRET", 0x157)
    clock.write("DCDCEN", 1)
    clock.device.reset()

    assert (clock.read("GPREGRET"), clock.read("DCDCEN")) == (0x57, 0)


def test_the_second_reset_reason_is_cleared_by_a_one_and_the_first_stays(make):
    clock = make("nrf52_clock")
    clock.device.values["RESETREAS"] = 0b0111
    clock.write("RESETREAS", 0b0010)

    assert clock.read("RESETREAS") == 0b0101


def test_easydma_sends_a_buffer_and_reports_its_length(make, host):
    uarte = make("nrf52_uarte", name="UARTE0", irq_number=2)
    host.memory[0x2000_0100] = b"hello, world"
    uarte.write("ENABLE", 8)
    uarte.write("INTENSET", 1 << 8)  # ENDTX
    uarte.write("TXD_PTR", 0x2000_0100)
    uarte.write("TXD_MAXCNT", 5)
    uarte.write("TASKS_STARTTX", 1)
    events = [uarte.read(f"EVENTS_{name}") for name in ("TXSTARTED", "TXDRDY", "ENDTX", "TXSTOPPED")]
    uarte.write("TASKS_STOPTX", 1)

    assert (host.console, events, uarte.read("TXD_AMOUNT")) == ({"UARTE0": b"hello"}, [1, 1, 1, 0], 5)
    assert (host.irqs[2], uarte.read("EVENTS_TXSTOPPED")) == (True, 1)


def test_easydma_cannot_send_from_flash(make, host):
    uarte = make("nrf52_uarte")
    uarte.write("ENABLE", 8)
    uarte.write("TXD_PTR", 0x0001_0000)
    uarte.write("TXD_MAXCNT", 5)
    uarte.write("TASKS_STARTTX", 1)

    assert (host.console, uarte.read("TXD_AMOUNT"), "only RAM" in host.warnings[0]) == ({}, 0, True)


def test_a_timed_transfer_ends_after_ten_bits_a_byte(make, host):
    uarte = make("nrf52_uarte", is_timed=True)
    host.memory[0x2000_0000] = b"abc"
    uarte.write("ENABLE", 8)
    uarte.write("BAUDRATE", 0x1000_0000)  # 1 Mbaud: 16 core cycles a bit here
    uarte.write("TXD_PTR", 0x2000_0000)
    uarte.write("TXD_MAXCNT", 3)
    uarte.write("TASKS_STARTTX", 1)
    host.advance(3 * 160 - 1)
    before = uarte.read("EVENTS_ENDTX")
    host.advance(1)

    assert (before, uarte.read("EVENTS_ENDTX")) == (0, 1)


def test_the_legacy_uart_sends_bytes_after_starttx(make, host):
    uart = make("nrf52_uarte", name="UART0")
    uart.write("ENABLE", 4)
    uart.write("TXD", ord("x"))
    uart.write("TASKS_STARTTX", 1)
    uart.write("TXD", ord("y"))

    assert (host.console, uart.read("EVENTS_TXDRDY"), uart.read("EVENTS_ENDTX")) == ({"UART0": b"y"}, 1, 0)


def test_reception_fills_the_buffer_and_ends_when_it_is_full(make, host):
    uarte = make("nrf52_uarte")
    uarte.write("ENABLE", 8)
    uarte.write("RXD_PTR", 0x2000_0200)
    uarte.write("RXD_MAXCNT", 2)
    uarte.write("TASKS_STARTRX", 1)
    uarte.receive(b"abc")
    full = (uarte.read("RXD_AMOUNT"), uarte.read("EVENTS_ENDRX"))
    uarte.write("EVENTS_ENDRX", 0)
    uarte.write("RXD_PTR", 0x2000_0300)
    uarte.write("TASKS_STARTRX", 1)
    uarte.receive(b"")
    third = (uarte.read("EVENTS_ENDRX"), host.memory.pop(0x2000_0300))
    uarte.write("TASKS_STOPRX", 1)

    assert ((2, 1), {0x2000_0200: b"a", 0x2000_0201: b"b"}) == (full, host.memory)
    assert ((0, b"c"), (1, 1, 1)) == (
        third,
        (uarte.read("RXD_AMOUNT"), uarte.read("EVENTS_ENDRX"), uarte.read("EVENTS_RXTO")),
    )


def test_the_legacy_uart_tells_of_each_received_byte(make, host):
    uart = make("nrf52_uarte", irq_number=2)
    uart.write("ENABLE", 4)
    uart.write("INTENSET", 1 << 2)
    uart.write("TASKS_STARTRX", 1)
    uart.receive(b"ok")
    seen = []
    for _ in range(2):
        seen.append((uart.read("EVENTS_RXDRDY"), host.irqs[2]))
        uart.write("EVENTS_RXDRDY", 0)
        seen.append(uart.read("RXD"))
        host.advance(1 << 20)

    assert ([(1, True), ord("o"), (1, True), ord("k")], False) == (seen, host.irqs[2])


@pytest.mark.parametrize("port", [0, 1])
def test_out_and_dir_are_changed_bit_by_bit_in_both_ports(port, make):
    gpio = make("nrf52_gpio")
    for name in ("OUT", "DIR"):
        gpio.write(f"P{port}_{name}SET", 1 << 3 | 1 << 6 | 1 << 9)
        gpio.write(f"P{port}_{name}CLR", 1 << 6 | 1 << 5)

        assert {1 << 3 | 1 << 9} == {gpio.read(f"P{port}_{name}{view}") for view in ("", "SET", "CLR")}
        assert gpio.read(f"P{1 - port}_{name}") == 0


def test_port_1_lies_300_hex_above_port_0(make):
    gpio = make("nrf52_gpio")
    gpio.device.write(0x808, 4, 1 << 9)  # NRF_P1->OUTSET at 0x50000300 + 0x508

    assert gpio.read("P1_OUT") == 1 << 9


def test_direction_is_one_bit_with_two_names(make):
    gpio = make("nrf52_gpio")
    gpio.write("P0_CNF13", 0b0011)
    gpio.write("P0_DIRSET", 1 << 4)

    assert (gpio.read("P0_DIR"), gpio.read("P0_CNF4")) == (1 << 13 | 1 << 4, 0b11)


def test_an_input_is_seen_only_when_its_buffer_is_connected(make):
    gpio = make("nrf52_gpio", input_levels_p0=1 << 11 | 1 << 12)
    gpio.write("P0_CNF11", 0)
    gpio.write("P0_CNF24", 0b11 << 2)  # pull-up

    assert gpio.read("P0_IN") == 1 << 11 | 1 << 24


def test_nvmc_opens_flash_for_writing_and_erases_pages_only_when_told(make, host):
    nvmc, seen = make("nrf52_nvmc"), []
    nvmc.write("ERASEPAGE", 0x1_2000)
    for mode in (1, 2, 0):
        nvmc.write("CONFIG", mode)
        seen.append(host.may_write_flash)
        if mode == 2:
            nvmc.write("ERASEPAGE", 0x3_4000)

    assert (seen, host.memory, nvmc.read("READY")) == ([True, False, False], {0x3_4000: b"\xff" * 4096}, 1)


def test_the_instruction_cache_is_off_until_switched_on_and_waits_are_the_chips(make, host):
    nvmc = make("nrf52_nvmc")
    started = host.flash.instruction_cache_on
    nvmc.write("ICACHECNF", 1)

    assert (started, host.flash.instruction_cache_on, host.flash.wait_cycles) == (False, True, None)


def test_ficr_is_an_nrf52840_and_cannot_be_written(make):
    ficr = make("nrf52_ficr")
    ficr.write("INFO_PART", 0)

    # PS v1.7, 4.4; 0x130 and 0x134 are what the start-up's errata code looks at
    assert [
        ficr.read(name)
        for name in ("INFO_PART", "INFO_RAM", "INFO_FLASH", "CODEPAGESIZE", "CODESIZE", "PART_NUMBER")
    ] == [0x52840, 256, 1024, 4096, 256, 8]
    assert ficr.device.read(0x350, 4) == 0xFFFF_FFFF


def test_uicr_names_the_reset_pin_already_and_bits_can_only_be_cleared(make):
    uicr = make("nrf52_uicr").device
    uicr.write(0x20C, 4, 0xFFFF_FFFE)
    uicr.write(0x20C, 4, 0xFFFF_FFFF)
    uicr.write(0x081, 1, 0x0F)
    uicr.reset()

    assert tuple(uicr.read(offset, 4) for offset in (0x200, 0x204, 0x20C, 0x080)) == (
        18,
        18,
        0xFFFF_FFFE,
        0xFFFF_0FFF,
    )


def test_random_numbers_repeat_from_run_to_run_but_not_within_one(make):
    def draw():
        rng = make("nrf52_rng")
        rng.write("TASKS_START", 1)
        values = []
        for _ in range(32):
            assert rng.read("EVENTS_VALRDY") == 1
            rng.write("EVENTS_VALRDY", 0)
            values.append(rng.read("VALUE"))
        return values

    first = draw()
    assert draw() == first
    assert len(set(first)) > 20
    assert max(first) < 256


def test_the_shortcut_stops_the_generator_after_one_value(make):
    rng = make("nrf52_rng")
    rng.write("SHORTS", 1)
    rng.write("TASKS_START", 1)
    rng.write("EVENTS_VALRDY", 0)

    assert rng.read("EVENTS_VALRDY") == 0


@pytest.mark.parametrize(("temperature_c", "expected"), [(25, 100), (-10, 0xFFFF_FFD8)])
def test_the_temperature_is_in_quarters_of_a_degree(temperature_c, expected, make):
    temp = make("nrf52_temp", temperature_c=temperature_c)
    temp.write("TASKS_START", 1)

    assert (1, expected) == (temp.read("EVENTS_DATARDY"), temp.read("TEMP"))


def _timer(make, **registers):
    timer = make("nrf52_timer", irq_number=8)
    for name, value in {"BITMODE": 3, "PRESCALER": 4, **registers}.items():
        timer.write(name, value)
    timer.write("TASKS_START", 1)
    return timer


def test_a_timer_captures_microseconds(make, host):
    timer = _timer(make)
    host.advance(16_000_000 // 1000)  # 1 ms of the 16 MHz test core
    timer.write("TASKS_CAPTURE2", 1)

    assert (timer.read("CC2"), timer.read("CC1")) == (1000, 0)


def test_a_compare_interrupts_at_its_cycle_and_clears_the_counter(make, host):
    timer = _timer(make, CC0=100, CC1=150, SHORTS=1 << 0, INTENSET=1 << 16)
    rises = []
    for _ in range(3):
        while not host.irqs[8]:
            host.advance(1)
        rises.append(host.now_cycles)
        host.advance(37)
        timer.write("EVENTS_COMPARE0", 0)

    assert (rises, timer.read("EVENTS_COMPARE1")) == ([1600, 3200, 4800], 0)


def test_a_timer_without_interrupts_plans_nothing(make, host):
    """A core that sleeps beside it sleeps for ever; the simulation can say so at once."""
    timer = _timer(make, CC0=100)
    planned = [len(host.deadlines)]
    timer.write("INTENSET", 1 << 16)
    planned.append(len(host.deadlines))

    assert planned == [0, 1]


def test_a_timer_without_interrupts_still_has_its_events(make, host):
    """CC0 clears the counter each 100 us, so that 250 us after the start it shows 50."""
    timer = _timer(make, CC0=100, SHORTS=1 << 0)
    host.advance(250 * 16)  # the test core runs at 16 MHz
    timer.write("TASKS_CAPTURE1", 1)

    assert (1, 50) == (timer.read("EVENTS_COMPARE0"), timer.read("CC1"))


def test_channels_that_an_instance_lacks_read_as_zero_without_a_warning(make, host):
    """TIMER0 to TIMER2 have four channels (nRF52840 PS v1.7, TIMER); nrfx clears the events of six."""
    timer = make("nrf52_timer", irq_number=8)
    timer.device.write(0x154, 4, 1)

    assert (0, []) == (timer.device.read(0x154, 4), host.warnings)


def test_a_compare_can_stop_the_timer_at_its_count(make, host):
    timer = _timer(make, CC3=10, SHORTS=1 << 11)
    host.advance(5000)
    timer.write("TASKS_CAPTURE0", 1)

    assert (timer.read("EVENTS_COMPARE3"), timer.read("CC0")) == (1, 10)


def test_a_compare_set_behind_the_counter_waits_for_the_wrap(make, host):
    timer = _timer(make, BITMODE=1)  # 8 bits
    host.advance(16 * 50)
    timer.write("CC0", 30)
    host.advance(16 * 200)
    before = timer.read("EVENTS_COMPARE0")
    host.advance(16 * 36)

    assert (before, timer.read("EVENTS_COMPARE0")) == (0, 1)


def test_a_counter_counts_tasks_not_time(make, host):
    timer = _timer(make, MODE=1, CC1=3)
    host.advance(10_000)
    for _ in range(3):
        timer.write("TASKS_COUNT", 1)
    timer.write("TASKS_CAPTURE0", 1)

    assert (timer.read("CC0"), timer.read("EVENTS_COMPARE1")) == (3, 1)


def test_the_rtc_counts_prescaled_32_khz_and_compares(make, host):
    rtc = make("nrf52_rtc", irq_number=11)
    rtc.write("PRESCALER", 32)
    rtc.write("CC1", 5)
    rtc.write("INTENSET", 1 << 17)
    rtc.write("TASKS_START", 1)
    per_tick_cycles = 16_000_000 * 33 / 32_768
    host.advance(int(5 * per_tick_cycles))
    before = (rtc.read("COUNTER"), host.irqs[11])
    host.advance(1)

    assert (before, (rtc.read("COUNTER"), host.irqs[11])) == ((4, False), (5, True))


def test_the_rtc_overflows_after_24_bits(make, host):
    rtc = make("nrf52_rtc")
    rtc.write("TASKS_START", 1)
    rtc.write("TASKS_TRIGOVRFLW", 1)
    host.advance(16_000_000 * 17 // 32_768 + 1)

    assert (rtc.read("EVENTS_OVRFLW"), rtc.read("COUNTER")) == (1, 1)  # from 0xFFFFF0: 16 ticks to 0


def test_the_rtc_ticks_when_its_interrupt_is_on(make, host):
    rtc, rises = make("nrf52_rtc", irq_number=11), 0
    rtc.write("INTENSET", 1)
    rtc.write("TASKS_START", 1)
    for _ in range(1000):
        host.advance(16)
        if host.irqs[11]:
            rises += 1
            rtc.write("EVENTS_TICK", 0)

    assert rises == 16_000 * 32_768 // 16_000_000
