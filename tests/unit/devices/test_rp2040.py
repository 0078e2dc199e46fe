"""RP2040 peripherals."""

from __future__ import annotations

import pytest

RANGE_1_15_MHZ, ENABLE = 0xAA0, 0xFAB << 12


@pytest.fixture
def tree(make):
    """The devices that make clocks, as the SDK finds them."""
    names = ("rosc", "xosc", "clocks", "watchdog", "timer")
    benches = {name: make(f"rp2040_{name}", irq_number=0) for name in names}
    return benches | {name: make("rp2040_pll", name=name.upper()) for name in ("pll_sys", "pll_usb")}


def _start_xosc(tree):
    tree["xosc"].write("CTRL", RANGE_1_15_MHZ)
    tree["xosc"].device.write(0x2000, 4, ENABLE)  # the SDK's xosc_init uses the set alias
    tree["clocks"].write("REF_CTRL", 2)


def _start_pll(pll, *, fbdiv, postdiv1, postdiv2):
    pll.write("FBDIV_INT", fbdiv)
    pll.device.write(0x3004, 4, 1 << 0 | 1 << 5)  # PWR, clear alias: PD and VCOPD
    locked = pll.read("CS") >> 31
    pll.write("PRIM", postdiv1 << 16 | postdiv2 << 12)
    pll.device.write(0x3004, 4, 1 << 3)
    return locked


def test_the_sdk_sequence_goes_from_the_ring_oscillator_to_125_mhz(tree, host):
    seen = [host.core_clock_hz]
    _start_xosc(tree)
    seen.append(host.core_clock_hz)
    locked = _start_pll(tree["pll_sys"], fbdiv=125, postdiv1=6, postdiv2=2)
    tree["clocks"].write("SYS_CTRL", 0 << 5 | 1)
    seen.append(host.core_clock_hz)

    # datasheet 2.18.2.1: 12 MHz / 1 * 125 / 6 / 2 = 125 MHz
    assert (seen, locked) == ([6_500_000, 12_000_000, 125_000_000], 1)


@pytest.mark.parametrize(
    ("fbdiv", "postdivs", "expected_hz"),
    [(133, (6, 2), 133_000_000), (100, (5, 5), 48_000_000), (125, (7, 7), 12 * 125 * 1_000_000 // 49)],
)
def test_the_pll_divides_its_vco_twice(fbdiv, postdivs, expected_hz, tree, host):
    _start_xosc(tree)
    _start_pll(tree["pll_usb"], fbdiv=fbdiv, postdiv1=postdivs[0], postdiv2=postdivs[1])
    tree["clocks"].write("SYS_CTRL", 1 << 5 | 1)

    assert expected_hz == host.core_clock_hz


def test_a_pll_without_a_crystal_never_locks(tree):
    assert _start_pll(tree["pll_sys"], fbdiv=125, postdiv1=6, postdiv2=2) == 0


@pytest.mark.parametrize(
    ("divider", "expected_hz"), [(0x100, 12_000_000), (0x200, 6_000_000), (0x280, 4_800_000)]
)
def test_clk_sys_has_a_fractional_divider(divider, expected_hz, tree, host):
    _start_xosc(tree)
    tree["clocks"].write("SYS_DIV", divider)

    assert expected_hz == host.core_clock_hz  # datasheet 2.15.3.3: 24.8 fixed point


def test_the_crystal_is_stable_and_enabled_only_after_its_password_was_written(tree):
    before = tree["xosc"].read("STATUS")
    tree["xosc"].write("CTRL", 0x123 << 12)
    wrong = tree["xosc"].read("STATUS")
    _start_xosc(tree)

    assert [before, wrong, tree["xosc"].read("STATUS")] == [0, 1 << 24, 1 << 31 | 1 << 24 | 1 << 12]


def test_selected_is_one_hot(tree):
    clocks = tree["clocks"]
    _start_xosc(tree)
    clocks.write("SYS_CTRL", 3 << 5 | 1)

    assert (
        clocks.read("REF_SELECTED"),
        clocks.read("SYS_SELECTED"),
        clocks.read("PERI_SELECTED"),
    ) == (0b100, 0b10, 1)


def test_switching_clk_sys_to_a_stopped_clock_is_reported(tree, host):
    tree["clocks"].write("SYS_CTRL", 1)

    assert (host.core_clock_hz, "not running" in host.warnings[-1]) == (6_500_000, True)


def test_the_frequency_counter_counts_in_32nds_of_a_kilohertz(tree):
    _start_xosc(tree)
    tree["clocks"].write("FC0_SRC", 9)

    assert (tree["clocks"].read("FC0_RESULT"), tree["clocks"].fields("FC0_STATUS", 4, 1)) == (12_000 << 5, 1)


def test_a_restarted_chip_runs_from_the_ring_oscillator_without_complaint(tree, host):
    _start_xosc(tree)
    _start_pll(tree["pll_sys"], fbdiv=125, postdiv1=6, postdiv2=2)
    tree["clocks"].write("SYS_CTRL", 1)
    for bench in tree.values():
        bench.device.reset()

    assert (host.core_clock_hz, host.warnings) == (6_500_000, [])


@pytest.mark.parametrize(
    ("alias", "expected"), [(0x0000, 0b1100), (0x1000, 0b0110), (0x2000, 0b1110), (0x3000, 0b0010)]
)
def test_the_aliases_write_xor_set_and_clear(alias, expected, make):
    bench = make("rp2040_register_file")
    bench.device.write(0x10, 4, 0b1010)
    bench.device.write(alias + 0x10, 4, 0b1100)

    assert expected == bench.device.read(0x10, 4) == bench.device.read(0x2010, 4)


def test_narrow_writes_are_repeated_over_the_word(make):
    bench = make("rp2040_register_file")
    bench.device.write(0x10, 1, 0x5A)
    bench.device.write(0x14, 2, 0x1234)

    assert (bench.device.read(0x10, 4), bench.device.read(0x14, 4)) == (0x5A5A_5A5A, 0x1234_1234)


def test_released_subsystems_are_done_and_the_others_are_not(make):
    resets = make("rp2040_resets")
    resets.device.write(0x3000, 4, 1 << 5 | 1 << 8 | 1 << 22)

    assert resets.read("RESET_DONE") == 1 << 5 | 1 << 8 | 1 << 22


def test_the_power_on_state_machine_is_done_with_all_that_is_not_forced_off(make):
    psm = make("rp2040_psm")
    psm.write("FRCE_OFF", 1 << 16)

    assert psm.read("DONE") == 0xFFFF


def test_a_uart_prints_and_is_never_busy_when_untimed(make, host):
    uart = make("rp2040_uart", name="UART0")
    uart.write("CR", 0x301)
    for byte in b"hi\n":
        uart.write("DR", byte)

    assert (host.console, uart.read("FR")) == ({"UART0": b"hi\n"}, 0x90)  # TXFE, RXFE


def test_a_timed_uart_is_busy_for_ten_bits(make, host):
    uart = make("rp2040_uart", is_timed=True)
    uart.write("IBRD", 2)
    uart.write("FBRD", 32)  # 2.5: 40 clocks a bit
    uart.write("CR", 0x301)
    uart.write("DR", 65)
    host.advance(399)
    before = uart.fields("FR", 3, 1)
    host.advance(1)

    assert (before, uart.fields("FR", 3, 1)) == (1, 0)


def test_uart_interrupts_are_masked_and_cleared_one_by_one(make, host):
    uart = make("rp2040_uart", irq_number=20)
    uart.write("CR", 0x301)
    uart.receive(b"a")
    uart.write("DR", 65)
    raw = uart.read("RIS")
    uart.write("IMSC", 1 << 5)
    masked = (uart.read("MIS"), host.irqs[20])
    uart.write("ICR", 1 << 5)
    cleared = (uart.read("RIS"), host.irqs[20])
    uart.write("IMSC", 1 << 4)

    assert (raw, masked, cleared, host.irqs[20]) == (0x30, (0x20, True), (0x10, False), True)
    assert (ord("a"), False) == (uart.read("DR"), host.irqs[20])


@pytest.mark.parametrize("port", ["GPIO_OUT", "GPIO_OE", "GPIO_HI_OUT", "GPIO_HI_OE"])
def test_sio_sets_clears_and_toggles_single_pins(port, make):
    sio = make("rp2040_sio")
    seen = []
    for action, value in (("SET", 0b101001), ("CLR", 0b001010), ("XOR", 0b000011)):
        sio.write(f"{port}_{action}", value)
        seen.append(sio.read(port))

    assert seen == [0b101001, 0b100001, 0b100010]


def test_gpio_inputs_show_driven_outputs(make):
    sio = make("rp2040_sio")
    sio.write("GPIO_OUT", 1 << 25 | 1 << 3)
    sio.write("GPIO_OE", 1 << 25)

    assert sio.read("GPIO_IN") == 1 << 25


@pytest.mark.parametrize(
    ("kind", "operands", "results"),
    [
        ("U", (1000, 7), (142, 6)),
        ("U", (0xFFFF_FFF9, 2), (0x7FFF_FFFC, 1)),
        ("S", (-7 & 0xFFFF_FFFF, 2), (-3 & 0xFFFF_FFFF, -1 & 0xFFFF_FFFF)),  # truncates (datasheet 2.3.1.5)
        ("S", (7, -2 & 0xFFFF_FFFF), (-3 & 0xFFFF_FFFF, 1)),
        ("S", (0x8000_0000, 0xFFFF_FFFF), (0x8000_0000, 0)),
        ("U", (5, 0), (0xFFFF_FFFF, 5)),
        ("S", (-5 & 0xFFFF_FFFF, 0), (1, -5 & 0xFFFF_FFFF)),
    ],
)
def test_the_divider_divides_signed_and_unsigned(kind, operands, results, make):
    sio = make("rp2040_sio")
    sio.write(f"DIV_{kind}DIVIDEND", operands[0])
    sio.write(f"DIV_{kind}DIVISOR", operands[1])

    assert results == (sio.read("DIV_QUOTIENT"), sio.read("DIV_REMAINDER"))


def test_the_divider_is_ready_after_8_cycles_and_clean_after_its_quotient_was_read(make, host):
    sio, seen = make("rp2040_sio"), []
    sio.write("DIV_UDIVISOR", 3)
    for cycles in (7, 1):
        host.advance(cycles)
        seen.append(sio.read("DIV_CSR"))
    sio.read("DIV_QUOTIENT")

    assert (seen, sio.read("DIV_CSR")) == ([0b10, 0b11], 0b01)


def test_an_interrupt_handler_can_save_and_restore_the_divider(make):
    sio = make("rp2040_sio")
    sio.write("DIV_UDIVIDEND", 100)
    sio.write("DIV_UDIVISOR", 9)
    sio.write("DIV_REMAINDER", 77)
    sio.write("DIV_QUOTIENT", 88)

    assert (sio.read("DIV_REMAINDER"), sio.read("DIV_QUOTIENT")) == (77, 88)


def test_a_spinlock_is_taken_once_and_the_others_stay_free(make):
    sio = make("rp2040_sio")
    seen = [sio.read("SPINLOCK3"), sio.read("SPINLOCK3"), sio.read("SPINLOCK9"), sio.read("SPINLOCK_ST")]
    sio.write("SPINLOCK3", 0)

    assert seen == [1 << 3, 0, 1 << 9, 1 << 3 | 1 << 9]
    assert sio.read("SPINLOCK_ST") == 1 << 9


LAUNCH = (0, 0, 1, 0x1000_0100, 0x2004_1000, 0x1000_0201)
"""What the SDK sends to core 1: vector table, stack pointer, entry (pico-sdk multicore.c)."""


def test_core_1_echoes_the_words_that_start_it_and_its_code_is_said_not_to_run(make, host):
    sio = make("rp2040_sio")
    answers = []
    for word in LAUNCH:
        sio.write("FIFO_WR", word)
        answers.append((sio.read("FIFO_ST") & 1, sio.read("FIFO_RD")))

    assert [(1, word) for word in LAUNCH] == answers
    assert ["0x10000200" in text for text in host.warnings] == [True]


def test_core_1_answers_a_wrong_word_with_zero_and_expects_the_first_again(make):
    """RP2040 datasheet, 2.8.2."""
    sio = make("rp2040_sio")
    answers = []
    for word in (0, 5, 0, 0, 1):
        sio.write("FIFO_WR", word)
        answers.append(sio.read("FIFO_RD"))

    assert [0, 0, 0, 0, 1] == answers


def test_nobody_answers_once_core_1_should_run_code(make, host):
    sio = make("rp2040_sio")
    for word in (*LAUNCH, 123):
        sio.write("FIFO_WR", word)
        sio.read("FIFO_RD")

    assert (0, True) == (sio.read("FIFO_ST") & 1, "nobody answers" in host.warnings[1])


def test_core_1_sends_a_zero_when_it_comes_out_of_reset(make):
    sio, psm = make("rp2040_sio"), make("rp2040_psm")
    psm.write("FRCE_OFF", 1 << 16)
    held = sio.read("FIFO_ST") & 1
    psm.write("FRCE_OFF", 0)

    assert (0, 1, 0) == (held, sio.read("FIFO_ST") & 1, sio.read("FIFO_RD"))


def test_using_the_interpolators_is_reported(make, host):
    make("rp2040_sio").device.write(0x80, 4, 5)

    assert "+0x080" in host.warnings[0]


def test_the_boot_button_is_not_pressed(make):
    """QSPI_SS is pulled up: pico-examples, picoboard/button.c."""
    assert make("rp2040_sio").read("GPIO_HI_IN") == 1 << 1


@pytest.fixture
def running_timer(tree, host):
    """1 us ticks from the crystal, core at 12 MHz."""
    _start_xosc(tree)
    tree["watchdog"].write("TICK", 1 << 9 | 12)
    return tree["timer"]


def test_time_stands_still_until_the_tick_is_started(tree, host):
    host.advance(100_000)

    assert tree["timer"].read("TIMERAWL") == 0


def test_time_is_in_microseconds_whatever_the_core_clock(running_timer, tree, host):
    host.advance(12_000)
    _start_pll(tree["pll_sys"], fbdiv=125, postdiv1=6, postdiv2=2)
    tree["clocks"].write("SYS_CTRL", 1)
    host.advance(125_000)

    assert running_timer.read("TIMERAWL") == 2000


def test_reading_the_low_half_latches_the_high_half(running_timer, host):
    running_timer.write("TIMELW", 0xFFFF_FFFF)
    running_timer.write("TIMEHW", 4)
    low = running_timer.read("TIMELR")
    host.advance(12)

    assert (low, running_timer.read("TIMEHR"), running_timer.read("TIMERAWH")) == (0xFFFF_FFFF, 4, 5)


def test_alarms_fire_at_their_microsecond_on_their_own_interrupt(running_timer, host):
    running_timer.write("INTE", 0b1010)
    running_timer.write("ALARM1", 50)
    running_timer.write("ALARM3", 20)
    running_timer.write("ALARM2", 30)
    host.advance(12 * 20 - 1)
    seen = [(running_timer.read("ARMED"), dict(host.irqs))]
    host.advance(1 + 12 * 15)
    seen.append((running_timer.read("ARMED"), dict(host.irqs)))

    assert [armed for armed, _ in seen] == [0b1110, 0b0010]
    assert [{irq: irqs[irq] for irq in (3, 2, 1)} for _, irqs in seen] == [
        {3: False, 2: False, 1: False},
        {3: True, 2: False, 1: False},
    ]
    running_timer.write("INTR", 0b1000)
    assert (running_timer.read("INTR"), host.irqs[3]) == (0b0100, False)


def test_writing_ones_to_armed_disarms_those_alarms(running_timer, host):
    running_timer.write("ALARM0", 10)
    running_timer.write("ALARM2", 10)
    running_timer.write("ARMED", 0b001)
    host.advance(12 * 20)

    assert running_timer.read("INTR") == 0b100


def test_the_watchdog_restarts_the_chip_unless_it_is_reloaded(tree, host):
    watchdog = tree["watchdog"]
    _start_xosc(tree)
    watchdog.write("TICK", 1 << 9 | 12)
    watchdog.write("LOAD", 2 * 100)  # counts down twice a microsecond: erratum RP2040-E1
    watchdog.write("CTRL", 1 << 30)
    host.advance(12 * 60)
    left_count = watchdog.read("CTRL") & 0xFF_FFFF
    watchdog.write("LOAD", 2 * 100)
    host.advance(12 * 99)
    before = list(host.resets)
    host.advance(12)

    assert (left_count, before, len(host.resets), watchdog.read("REASON")) == (80, [], 1, 1)


def test_scratch_registers_survive_the_reset_that_firmware_triggers(make, host):
    watchdog = make("rp2040_watchdog")
    watchdog.write("SCRATCH4", 0xB007_C0D3)
    watchdog.device.write(0x2000, 4, 1 << 31)
    watchdog.device.reset()

    assert (len(host.resets), watchdog.read("SCRATCH4"), watchdog.read("REASON")) == (1, 0xB007_C0D3, 2)


def _commanded(ssi, io, *sent):
    """What the flash answers while its chip select is forced low, as the SDK's flash_do_cmd does."""
    io.write("SS_CTRL", 2 << 8)
    answers = []
    for byte in sent:
        ssi.write("DR0", byte)
        answers.append(ssi.read("DR0"))
    io.write("SS_CTRL", 3 << 8)
    return answers


@pytest.fixture
def flash(make, host):
    """The serial interface in standard mode, its pins, and a flash of one sector whose bytes are all zero."""
    content = bytearray(4096)
    host.read_memory = lambda addr, size: bytes(content[addr - 0x1000_0000 :][:size])

    def write(addr, data):
        content[addr - 0x1000_0000 : addr - 0x1000_0000 + len(data)] = data

    host.write_memory = write
    ssi, io = make("rp2040_ssi", flash_bytes=4096), make("rp2040_io_qspi")
    ssi.write("SSIENR", 1)
    return lambda *sent: _commanded(ssi, io, *sent), content


def test_boot_code_reads_the_status_without_forcing_the_chip_select(make):
    ssi = make("rp2040_ssi")
    ssi.write("SSIENR", 1)
    ssi.write("DR0", 0x35)  # read status 2
    ssi.write("DR0", 0)
    seen = [ssi.read("RXFLR"), ssi.read("SR"), ssi.read("DR0"), ssi.read("DR0"), ssi.read("RXFLR")]

    assert [2, 0b1110, 0xFF, 0b10, 0] == seen  # TFE, TFNF, RFNE; quad reading is enabled


def test_the_unique_id_comes_after_four_more_bytes(flash):
    """pico-sdk flash.c: FLASH_RUID_CMD 0x4b, FLASH_RUID_DUMMY_BYTES 4, 8 bytes of data."""
    command, _ = flash
    unique_id = command(0x4B, *[0] * 12)[5:]

    assert (8, False, unique_id) == (len(unique_id), unique_id == [0] * 8, command(0x4B, *[0] * 12)[5:])


def test_flash_is_erased_and_programmed_only_after_write_enable(flash):
    command, content = flash
    command(0x20, 0, 0, 0)
    command(0x05)
    without = content[0]
    command(0x06)
    command(0x20, 0, 0, 0)
    command(0x06)
    command(0x02, 0, 0x01, 0x00, 0xA5, 0x0F)
    command(0x05)

    assert (0, 0xFF, b"\xa5\x0f\xff") == (without, content[0], bytes(content[0x100:0x103]))


def test_programming_only_clears_bits_and_stays_in_its_page(flash):
    command, content = flash
    content[:] = b"\xf0" * 4096
    command(0x06)
    command(0x02, 0, 0, 0xFF, 0x33, 0xAA)
    command(0x05)

    assert (0x30, 0xA0, 0xF0) == (content[0xFF], content[0x00], content[0x100])


def test_a_cache_flush_is_done_at_once(make, host):
    xip = make("rp2040_xip_ctrl")
    xip.write("FLUSH", 1)

    assert (xip.read("FLUSH"), xip.read("STAT"), host.warnings) == (0, 0b11, [])


def test_the_chip_says_it_is_an_rp2040_b2(make):
    assert (
        make("rp2040_sysinfo").read("CHIP_ID") == 0x2000_2927
    )  # datasheet 2.20.2, manufacturer 0x927 part 2


def test_ring_oscillator_noise_repeats_from_run_to_run_and_is_not_constant(make):
    def draw():
        rosc = make("rp2040_rosc")
        return [rosc.read("RANDOMBIT") for _ in range(64)]

    assert draw() == draw()
    assert 16 < sum(draw()) < 48
