"""RP2350 peripherals; offsets and bits from pico-sdk 2.2, hardware/regs of the RP2350, unless a line says otherwise."""

from __future__ import annotations

import pytest

MHZ = 1_000_000
SET, CLEAR = 0x2000, 0x3000


def _start_150_mhz(make):
    """What the SDK's runtime_init_clocks does: crystal 12 MHz, PLL 12 x 125 / 5 / 2, clk_sys from the PLL."""
    xosc, pll, clocks = make("rp2350_xosc"), make("rp2350_pll", name="PLL_SYS"), make("rp2350_clocks")
    xosc.write("CTRL", 0xFAB << 12 | 0xAA0)
    pll.write("FBDIV_INT", 125)
    pll.write("PWR", 0)
    pll.write("PRIM", 5 << 16 | 2 << 12)
    clocks.write("REF_CTRL", 2)
    clocks.write("SYS_CTRL", 1)
    return clocks


def test_the_sdk_s_sequence_ends_at_150_mhz(make, host):
    clocks = _start_150_mhz(make)

    assert (150 * MHZ, 1 << 2, 1 << 1) == (
        host.core_clock_hz,
        clocks.read("REF_SELECTED"),
        clocks.read("SYS_SELECTED"),
    )


def test_the_core_starts_from_the_ring_oscillator(make, host):
    make("rp2350_rosc", rosc_hz=11 * MHZ)
    make("rp2350_clocks")

    assert 11 * MHZ == host.core_clock_hz


def test_dividers_have_sixteen_fraction_bits(make, host):
    clocks = _start_150_mhz(make)
    clocks.write("SYS_DIV", 5 << 15)  # 2.5

    assert 60 * MHZ == host.core_clock_hz


def test_the_peripheral_clock_has_a_divider_of_its_own(make, host):
    clocks = _start_150_mhz(make)
    clocks.write("PERI_DIV", 3 << 16)
    clocks.write("PERI_CTRL", 1 << 11)

    assert 50 * MHZ == host.clock_net.clock_hz("clk_peri")


def test_each_timer_has_its_own_tick_generator(make, host):
    _start_150_mhz(make)
    ticks, timer = make("rp2350_ticks"), make("rp2350_timer", name="TIMER1")
    ticks.write("TIMER0_CYCLES", 12)
    ticks.write("TIMER0_CTRL", 1)
    host.advance(150 * 10)
    stopped = timer.read("TIMERAWL")
    ticks.write("TIMER1_CYCLES", 12)
    ticks.write("TIMER1_CTRL", 1)
    host.advance(150 * 10)

    assert (0, 10, 0b11) == (stopped, timer.read("TIMERAWL"), ticks.read("TIMER1_CTRL"))


def test_a_timer_can_count_the_system_clock(make, host):
    _start_150_mhz(make)
    timer = make("rp2350_timer", name="TIMER0")
    timer.write("SOURCE", 1)
    host.advance(1234)

    assert 1234 == timer.read("TIMERAWL")


def test_an_alarm_interrupts_at_its_time(make, host):
    _start_150_mhz(make)
    ticks, timer = make("rp2350_ticks"), make("rp2350_timer", name="TIMER0", irq_number=0)
    ticks.write("TIMER0_CYCLES", 12)
    ticks.write("TIMER0_CTRL", 1)
    timer.write("INTE", 0b0010)
    timer.write("ALARM1", 20)
    host.advance(150 * 19)
    before = host.irqs[1]
    host.advance(150)

    assert (False, True, 0x48) == (before, host.irqs[1], timer.offset("INTS"))


def test_the_watchdog_counts_one_per_tick(make, host):
    _start_150_mhz(make)
    ticks, watchdog = make("rp2350_ticks"), make("rp2350_watchdog")
    ticks.write("WATCHDOG_CYCLES", 12)
    ticks.write("WATCHDOG_CTRL", 1)
    watchdog.write("LOAD", 100)
    watchdog.write("CTRL", 1 << 30)
    host.advance(150 * 40)
    left = watchdog.fields("CTRL", 0, 24)
    host.advance(150 * 60)

    assert (60, 1) == (left, len(host.resets))


@pytest.mark.parametrize(
    ("timing", "rfmt", "wait_cycles"),
    [
        (0x6000_7203, 0x0004_82A8, 84),  # RP2350 data sheet's example of a miss: (12 + 16) x 3
        (0x6000_7202, 0x0004_82A8, 56),  # PICO_FLASH_SPI_CLKDIV = 2: boards/pico2.h
        (0x4000_0004, 0x0000_1000, 384),  # reset values: 03h, 8 + 24 + 64 clocks on one lane, divider 4
        (0x4000_0000, 0x0000_1000, 96 * 256),  # divider 0 stands for 256
        (0x6000_7203, 0x1004_82A8, 42),  # double transfer rate
        (0x6000_7203, 0x0004_92A8, 108),  # with the command on one lane each time
    ],
)
def test_wait_states_follow_the_read_format_and_the_clock_divider(timing, rfmt, wait_cycles, make, host):
    qmi = make("rp2350_qmi")
    qmi.write("M0_RFMT", rfmt)
    qmi.write("M0_TIMING", timing)

    assert (wait_cycles, None) == (host.flash.wait_cycles, host.flash.instruction_cache_on)


def test_the_flash_is_fast_from_reset_on_because_the_boot_rom_set_it_up(make, host):
    make("rp2350_qmi")

    assert 84 == host.flash.wait_cycles


def test_direct_mode_reaches_the_flash(make):
    """pico-sdk flash.c, flash_do_cmd: enable, select, one byte out and one in; 9Fh identifies the flash."""
    qmi = make("rp2350_qmi", flash_bytes=4 << 20)
    qmi.write("DIRECT_CSR", 1 | 1 << 2)
    answers = []
    for byte in (0x9F, 0, 0, 0):
        qmi.write("DIRECT_TX", byte)
        answers.append((qmi.read("DIRECT_CSR") >> 16 & 1, qmi.read("DIRECT_RX")))

    assert [(0, 0xFF), (0, 0xEF), (0, 0x40), (0, 22)] == answers  # Winbond, SPI, 2^22 bytes
    assert 1 << 16 | 1 << 11 == qmi.read("DIRECT_CSR") & (1 << 16 | 1 << 11 | 1 << 1)


def test_a_boot_lock_is_taken_by_reading_and_freed_by_writing(make):
    bootram = make("rp2350_bootram")
    seen = [bootram.read("BOOTLOCK7"), bootram.read("BOOTLOCK7")]
    bootram.write("BOOTLOCK7", 0)

    assert [0x80, 0, 0x80] == [*seen, bootram.read("BOOTLOCK7")]


def test_the_cache_is_on_after_reset_and_can_be_switched_off_through_the_clear_alias(make, host):
    control = make("rp2350_xip_ctrl")
    seen = [vars(host.unified_cache)]
    control.device.write(CLEAR, 4, 1)
    seen.append(vars(host.unified_cache))

    assert [{"is_on": True, "ways_count": 2}, {"is_on": False, "ways_count": 2}] == seen


def test_a_write_into_the_maintenance_range_empties_the_cache_and_pinning_is_reported(make, host):
    maintenance = make("rp2350_xip_maintenance").device
    maintenance.write(0x100, 1, 0)
    quiet = list(host.warnings)
    maintenance.write(0x104, 1, 0)

    assert ([], 2) == (quiet, host.calls.count("empty_flash_caches"))
    assert "pinning" in host.warnings[0]


@pytest.mark.parametrize(
    ("kind", "released", "register", "done"),
    [("rp2350_resets", "RESET", "RESET_DONE", 0x1FFF_FFFF), ("rp2350_psm", "FRCE_OFF", "DONE", 0x01FF_FFFF)],
)
def test_everything_released_is_done(kind, released, register, done, make):
    block = make(kind)
    block.write(released, 0)
    all_done = block.read(register)
    block.device.write(block.offset(released) + SET, 4, 1 << 5)

    assert (done, done & ~(1 << 5)) == (all_done, block.read(register))


def test_both_halves_of_the_pins_have_actions_eight_bytes_apart(make):
    sio = make("rp2350_sio")
    sio.write("GPIO_HI_OUT_SET", 0b1100)
    sio.write("GPIO_HI_OUT_CLR", 0b0100)
    sio.write("GPIO_HI_OE_XOR", 0b1001)

    assert (0x1C, 0x44) == (sio.offset("GPIO_HI_OUT_SET"), sio.offset("GPIO_HI_OE_CLR"))
    assert (0b1000, 1 << 27 | 0b1000, 0) == (
        sio.read("GPIO_HI_OUT"),
        sio.read("GPIO_HI_IN"),  # with the flash's pulled-up chip select
        sio.read("GPIO_OUT"),
    )


def test_the_chip_says_that_it_is_an_rp2350_and_no_simulation(make):
    """Part 4, manufacturer 0x927: sysinfo.h and the JEDEC number that both chips carry."""
    sysinfo = make("rp2350_sysinfo")

    assert (4, 0x927, 1 << 1) == (
        sysinfo.fields("CHIP_ID", 12, 16),
        sysinfo.fields("CHIP_ID", 0, 12),
        sysinfo.read("PLATFORM"),
    )


def test_boot_ram_begins_with_the_function_that_sets_up_reading_from_flash_again(make):
    # pico-sdk hardware_flash/flash.c copies 64 words of boot RAM and calls them; QMI at 0x400D0000 (addressmap.h).
    words = [make("rp2350_bootram").read(f"WORD{index}") for index in range(8)]

    assert 0x4770 == words[3] >> 16  # bx lr
    assert [0x400D_0000] + [
        make("rp2350_qmi").read(name) for name in ("M0_TIMING", "M0_RFMT", "M0_RCMD")
    ] == words[4:]
