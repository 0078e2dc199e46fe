"""STM32 USART, GPIO and timers."""

from __future__ import annotations

import pytest

V1 = {"version": 1, "status": "SR", "send": "DR", "receive": "DR", "enable": 1 << 13}
V2 = {"version": 2, "status": "ISR", "send": "TDR", "receive": "RDR", "enable": 1 << 0}
BOTH = pytest.mark.parametrize("usart", [V1, V2], ids=["version 1", "version 2"])
TE, RE, RXNE, TC, TXE = 1 << 3, 1 << 2, 1 << 5, 1 << 6, 1 << 7


@BOTH
def test_bytes_reach_the_console_in_order(usart, make, host):
    bench = make("stm32_usart", name="USART2", version=usart["version"])
    bench.write("CR1", usart["enable"] | TE)
    for byte in b"7: cat\n":
        bench.write(usart["send"], byte)

    assert host.console == {"USART2": b"7: cat\n"}
    assert bench.read(usart["status"]) & (TXE | TC) == TXE | TC


@BOTH
@pytest.mark.parametrize("missing", ["TE", "UE"])
def test_a_transmitter_that_is_off_sends_nothing_and_says_so(usart, missing, make, host):
    bench = make("stm32_usart", version=usart["version"])
    bench.write("CR1", usart["enable"] if missing == "TE" else TE)
    bench.write(usart["send"], 65)

    assert (host.console, "transmitter is off" in host.warnings[0]) == ({}, True)


@BOTH
@pytest.mark.parametrize(("enables", "expected"), [(0, False), (TXE, True), (TC, True), (RXNE, False)])
def test_each_flag_interrupts_by_its_own_enable(usart, enables, expected, make, host):
    bench = make("stm32_usart", irq_number=38, version=usart["version"])
    bench.write("CR1", usart["enable"] | TE | RE | enables)

    assert expected == host.irqs[38]


@BOTH
def test_received_bytes_interrupt_until_they_are_read(usart, make, host):
    bench = make("stm32_usart", irq_number=38, version=usart["version"])
    bench.write("CR1", usart["enable"] | RE | RXNE)
    bench.receive(b"ok")
    seen = []
    for _ in range(3):
        status = bool(bench.read(usart["status"]) & RXNE)
        seen.append((status, host.irqs[38], bench.read(usart["receive"])))
        bench.receive(b"")

    assert [(True, True, ord("o")), (True, True, ord("k")), (False, False, 0)] == seen


@BOTH
def test_timed_bytes_follow_each_other_and_complete_after_ten_bits_each(usart, make, host):
    bench = make("stm32_usart", irq_number=38, version=usart["version"], is_timed=True)
    bench.write("BRR", 139)  # 16 MHz / 115 200
    bench.write("CR1", usart["enable"] | TE | TC)
    bench.write(usart["send"], 65)
    bench.write(usart["send"], 66)
    host.advance(2 * 10 * 139 - 1)
    before = (bench.read(usart["status"]) & TC, host.irqs[38])
    host.advance(1)

    assert (before, (bench.read(usart["status"]) & TC, host.irqs[38])) == ((0, False), (TC, True))


def test_the_bit_time_follows_the_bus_of_the_usart(make, host):
    host.clock_net.publish("pclk1", 4_000_000)
    host.clock_net.publish("pclk2", 8_000_000)
    usarts = [make("stm32_usart", base_addr=addr, is_timed=True) for addr in (0x4000_4400, 0x4001_1000)]
    for bench in usarts:
        bench.write("BRR", 10)
        bench.write("CR1", V1["enable"] | TE)
        bench.write("DR", 65)
    host.advance(200)  # 10 bits of 10 clocks at half the core clock

    assert [bench.read("SR") & TC for bench in usarts] == [0, TC]


def test_an_lpuart_divides_by_256ths(make, host):
    bench = make("stm32_usart", version=2, is_lpuart=True, is_timed=True)
    bench.write("BRR", 256 * 139)
    bench.write("CR1", V2["enable"] | TE)
    bench.write("TDR", 65)
    host.advance(1390)

    assert bench.read("ISR") & TC == TC


def test_acknowledge_flags_follow_their_enables(make):
    bench = make("stm32_usart", version=2)
    bench.write("CR1", V2["enable"] | RE)

    assert bench.fields("ISR", 21, 2) == 0b10  # REACK without TEACK (RM0432 43.8.9)


def test_tc_is_cleared_by_zero_in_version_1_and_by_icr_in_version_2(make):
    first, second = make("stm32_usart", version=1), make("stm32_usart", version=2)
    first.write("SR", 0xFFFF_FFFF & ~TC)
    second.write("ICR", TC)

    assert (first.read("SR") & TC, second.read("ISR") & TC) == (0, 0)


@BOTH
def test_dma_is_asked_for_a_byte_a_frame_and_for_each_that_came(usart, make, host):
    bench = make("stm32_usart", name="USART2", version=usart["version"])
    bench.write("BRR", 139)
    bench.write("CR3", 1 << 7 | 1 << 6)
    seen = []
    for control in (0, usart["enable"] | TE | RE):
        bench.write("CR1", control)
        seen.append(host.dma_net.is_asking("USART2_TX"))
    bench.write(usart["send"], 65)
    for cycles in (0, 10 * 139 - 1, 1):
        host.advance(cycles)
        seen.append(host.dma_net.is_asking("USART2_TX"))
    for take in (lambda: bench.receive(b"a"), lambda: bench.read(usart["receive"])):
        take()
        seen.append(host.dma_net.is_asking("USART2_RX"))

    assert [False, True, False, False, True, True, False] == seen


@BOTH
def test_a_line_that_is_quiet_for_a_frame_after_the_last_byte_says_so(usart, make, host):
    bench = make("stm32_usart", irq_number=38, version=usart["version"])
    bench.write("BRR", 139)
    bench.write("CR1", usart["enable"] | RE | 1 << 4)
    host.serial.port("DUT").give(b"ok")
    seen = []
    for cycles in (1390, 1390, 1389, 1):
        host.advance(cycles)
        seen.append((bool(bench.read(usart["status"]) & 1 << 4), host.irqs[38]))
        bench.read(usart["receive"])
    if usart["version"] == 2:
        bench.write("ICR", 1 << 4)

    assert ([(False, False)] * 3 + [(True, True)], False) == (seen, host.irqs[38])


def test_bsrr_sets_with_its_low_half_clears_with_its_high_half_and_set_wins(make):
    gpio = make("stm32_gpio", base_addr=0x4002_0800)
    gpio.write("ODR", 0b0110_1000_0000)
    gpio.write("BSRR", 0b0000_0000_1001 | 0b0010_0000_1000 << 16)

    assert gpio.read("ODR") == 0b0100_1000_1001  # bit 3 set and cleared: set (RM0390 7.4.7)


def test_brr_clears_several_pins_and_leaves_the_others(make):
    gpio = make("stm32_gpio", base_addr=0x4800_0800)
    gpio.write("ODR", 0b10_0100_1000)
    gpio.write("BRR", 0b00_0100_0000)

    assert gpio.read("ODR") == 0b10_0000_1000


def test_inputs_read_the_board_pull_ups_and_outputs(make):
    gpio = make("stm32_gpio", base_addr=0x4002_0800, input_levels=1 << 13 | 1 << 4)
    gpio.write("MODER", 0b01 << 2 * 3 | 0b01 << 2 * 6 | 0b11 << 2 * 4)  # 3 and 6 drive, 4 is analog
    gpio.write("ODR", 1 << 6 | 1 << 9)
    gpio.write("PUPDR", 0b01 << 2 * 2 | 0b10 << 2 * 1)

    assert gpio.read("IDR") == 1 << 13 | 1 << 6 | 1 << 2


@pytest.mark.parametrize(
    ("addr", "moder", "pupdr"),
    [
        (0x4002_0000, 0xA800_0000, 0x6400_0000),
        (0x4002_0400, 0x0000_0280, 0x0000_0100),
        (0x4002_0800, 0, 0),
        (0x4800_0000, 0xABFF_FFFF, 0x6400_0000),
        (0x4800_0400, 0xFFFF_FEBF, 0x0000_0100),
        (0x4800_0800, 0xFFFF_FFFF, 0),
    ],
)
def test_pin_modes_after_reset_depend_on_port_and_family(addr, moder, pupdr, make):
    gpio = make("stm32_gpio", base_addr=addr)

    assert (moder, pupdr) == (gpio.read("MODER"), gpio.read("PUPDR"))  # RM0390 7.4.1, RM0432 8.4.1


def _start(timer, *, psc, arr, dier=0):
    timer.write("PSC", psc)
    timer.write("ARR", arr)
    timer.write("EGR", 1)  # loads the prescaler
    timer.write("SR", 0)
    timer.write("DIER", dier)
    timer.write("CR1", 1)


def test_a_timer_counts_prescaled_clocks_and_wraps_after_arr(make, host):
    timer = make("stm32_timer")
    _start(timer, psc=15, arr=99)
    host.advance(16 * 99 + 15)
    before = (timer.read("CNT"), timer.read("SR") & 1)
    host.advance(1)

    assert (before, (timer.read("CNT"), timer.read("SR") & 1)) == ((99, 0), (0, 1))


def test_a_timer_interrupts_every_period_when_the_handler_is_late(make, host):
    timer = make("stm32_timer", irq_number=28)
    _start(timer, psc=0, arr=999, dier=1)
    rises = []
    for _ in range(3):
        while not host.irqs[28]:
            host.advance(1)
        rises.append(host.now_cycles)
        host.advance(123)
        timer.write("SR", 0)

    assert rises == [1000, 2000, 3000]


def test_a_timer_clock_is_twice_its_divided_bus(make, host):
    make("stm32f4_rcc").write("CFGR", 0b101 << 10)  # APB1 / 4: timers at half of HCLK
    timer = make("stm32_timer", counter_bits=32)
    _start(timer, psc=0, arr=0xFFFF_FFFF)
    host.advance(1000)

    assert timer.read("CNT") == 500


def test_a_timer_keeps_counting_through_a_change_of_the_core_clock(make, host):
    rcc, timer = make("stm32f4_rcc"), make("stm32_timer", counter_bits=32)
    _start(timer, psc=15, arr=0xFFFF_FFFF)  # 1 MHz from HSI
    host.advance(16_000)
    rcc.write("PLLCFGR", 16 | 360 << 6)
    rcc.write("CR", 1 | 1 << 24)
    rcc.write("CFGR", 0b10)  # 180 MHz, timers too
    host.advance(16_000)

    assert timer.read("CNT") == 2000


def test_one_pulse_mode_stops_at_the_update(make, host):
    timer = make("stm32_timer")
    timer.write("ARR", 9)
    timer.write("CR1", 1 | 1 << 3)
    host.advance(1000)

    assert (timer.read("SR") & 1, timer.read("CR1") & 1, timer.read("CNT")) == (1, 0, 0)


def test_a_new_prescaler_waits_for_the_next_update(make, host):
    timer = make("stm32_timer")
    _start(timer, psc=0, arr=99)
    timer.write("PSC", 9)
    host.advance(50)
    before = timer.read("CNT")
    host.advance(50 + 200)

    assert (before, timer.read("CNT")) == (50, 20)  # RM0390 17.4.11


def test_urs_keeps_a_software_update_from_setting_the_flag(make):
    plain, quiet = make("stm32_timer"), make("stm32_timer")
    quiet.write("CR1", 1 << 2)
    for timer in (plain, quiet):
        timer.write("EGR", 1)

    assert (plain.read("SR"), quiet.read("SR")) == (1, 0)
