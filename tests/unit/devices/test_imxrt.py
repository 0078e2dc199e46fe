"""i.MX RT1060 peripherals; offsets and bits from NXP's SVD file of the MIMXRT1062, unless a line says otherwise."""

from __future__ import annotations

import pytest

MHZ = 1_000_000
SET, CLEAR, TOGGLE = 4, 8, 12
POWER_DOWN, BYPASS, LOCK = 1 << 12, 1 << 16, 1 << 31


@pytest.fixture
def chip(make):
    """PLLs, clock tree and flash interface, reset once they exist."""
    parts = {
        "analog": make("imxrt_analog"),
        "ccm": make("imxrt_ccm"),
        "flexspi": make("imxrt_flexspi", line_ns=400),
    }
    for part in parts.values():
        part.device.reset()
    return parts


def test_the_core_starts_at_the_396_mhz_of_the_boot_rom(chip, host):
    """Teensy cores, clockspeed.c: F_CPU_ACTUAL before any change."""
    assert 396 * MHZ == host.core_clock_hz


def test_the_arm_pll_makes_600_mhz_as_the_teensy_programs_it(chip, host):
    """24 MHz x 100 / 2 / 2: DIV_SELECT 100, ARM_PODF 2."""
    chip["analog"].write("PLL_ARM", 1 << 13 | 100)

    assert (600 * MHZ, 1) == (host.core_clock_hz, chip["analog"].fields("PLL_ARM", 31, 1))


@pytest.mark.parametrize(
    ("writes", "core_hz"),
    [
        ({"CACRR": 0}, 792 * MHZ),
        ({"CBCDR": 0x000A_8200 | 3 << 10}, 99 * MHZ),  # AHB_PODF
        ({"CBCDR": 0x000A_8200 | 1 << 25 | 3 << 27, "CBCMR": 3 << 18}, 120 * MHZ),  # PLL3 / 4 meanwhile
        ({"CBCDR": 0x000A_8200 | 1 << 25, "CBCMR": 1 << 12}, 24 * MHZ),
        ({"CBCMR": 0}, 528 * MHZ),  # PLL2
        ({"CBCMR": 1 << 18}, 396 * MHZ),  # PLL2 PFD2: 528 x 18 / 24
        ({"CBCMR": 2 << 18}, 352 * MHZ),  # PLL2 PFD0: 528 x 18 / 27
    ],
)
def test_the_tree_selects_and_divides(writes, core_hz, chip, host):
    """Selections: fsl_clock.c of NXP's SDK; PFDs: start-up code of the Teensy cores."""
    for name, value in writes.items():
        chip["ccm"].write(name, value)

    assert core_hz == host.core_clock_hz


def test_a_pll_locks_with_power_which_a_one_switches_on_for_usb_and_off_for_the_others(chip, host):
    analog = chip["analog"]
    analog.write("PLL_SYS", 1 << 13 | POWER_DOWN)
    analog.write("PLL_USB1", 1 << 13)
    off = (analog.fields("PLL_SYS", 31, 1), analog.fields("PLL_USB1", 31, 1))
    analog.write("PLL_SYS", 1 << 13)
    analog.write("PLL_USB1", 1 << 13 | 1 << 12)

    assert ((0, 0), (1, 1)) == (off, (analog.fields("PLL_SYS", 31, 1), analog.fields("PLL_USB1", 31, 1)))
    assert (480 * MHZ, 480 * MHZ) == (host.clock_net.clock_hz("pll2"), host.clock_net.clock_hz("pll3"))


def test_a_bypassed_pll_is_the_crystal(chip, host):
    chip["analog"].device.write(SET, 4, BYPASS)

    assert 12 * MHZ == host.core_clock_hz


def test_each_analog_register_has_set_clear_and_toggle_words(chip):
    device = chip["analog"].device
    for action, value in ((SET, 0b1100), (CLEAR, 0b0100), (TOGGLE, 0b0011)):
        device.write(0x150 + action, 4, value)

    assert [0x0400_000B] * 4 == [device.read(0x150 + action, 4) for action in (0, SET, CLEAR, TOGGLE)]


@pytest.mark.parametrize(("divider", "wait_cycles"), [(66, 158), (100, 240), (54, 130)])
def test_a_line_of_flash_takes_the_same_time_at_any_core_clock(divider, wait_cycles, chip, host):
    """400 ns (assumed) at 396, 600 and 324 MHz."""
    chip["analog"].write("PLL_ARM", 1 << 13 | divider)

    assert (wait_cycles, None, None) == (
        host.flash.wait_cycles,
        host.flash.instruction_cache_on,
        host.flash.data_cache_on,
    )


def test_a_flash_command_is_done_at_once_and_reported_and_a_reset_is_over(chip, host):
    flexspi = chip["flexspi"]
    flexspi.write("IPCMD", 1)
    flexspi.write("MCR0", 0xFFFF_80C3)

    assert (1, 0, 1) == (flexspi.fields("INTR", 0, 1), flexspi.fields("MCR0", 0, 1), len(host.warnings))
    assert 0b11 == flexspi.read("STS0")


def test_an_interface_without_code_says_nothing_about_flash(make, host):
    make("imxrt_flexspi", line_ns=0)

    assert host.flash is None


@pytest.mark.parametrize(
    ("selection", "clock_hz"), [(0, 80 * MHZ), (1 << 6, 24 * MHZ), (1 << 6 | 1, 12 * MHZ)]
)
def test_serial_ports_run_from_a_sixth_of_pll3_or_the_crystal(selection, clock_hz, chip, host):
    chip["ccm"].write("CSCDR1", selection)

    assert clock_hz == host.clock_net.clock_hz("imxrt_uart")


def _uart(make, **options):
    uart = make("imxrt_lpuart", name="LPUART1", irq_number=20, **options)
    uart.write("CTRL", 0b11 << 18)
    return uart


def test_a_byte_leaves_only_while_the_transmitter_is_on(make, host):
    make("imxrt_lpuart", name="LPUART1").write("DATA", ord("x"))
    _uart(make).write("DATA", ord("A"))

    assert {"LPUART1": b"A"} == host.console


def test_received_bytes_are_read_one_by_one_and_an_empty_receiver_says_so(make):
    uart = _uart(make)
    uart.receive(b"h")
    seen = [uart.fields("STAT", 21, 1), uart.read("DATA"), uart.read("DATA"), uart.fields("STAT", 21, 3)]

    assert [1, ord("h"), 1 << 12, 0b110] == seen


def test_interrupts_come_for_the_enabled_flags_only(make, host):
    uart = _uart(make)
    seen = [host.irqs[20]]
    for control in (1 << 21 | 1 << 18, 1 << 22 | 1 << 19, 0):
        uart.write("CTRL", control)
        seen.append(host.irqs[20])

    assert [False, False, True, False] == seen


def test_a_software_reset_stays_until_firmware_ends_it(make):
    uart = _uart(make)
    uart.write("GLOBAL", 2)

    assert (2, 0) == (uart.read("GLOBAL"), uart.read("CTRL"))


def test_a_timed_byte_takes_ten_bits(make, host):
    """SBR x (OSR + 1) clocks per bit: 4 x 16 after reset."""
    uart = _uart(make, is_timed=True)
    uart.write("DATA", ord("A"))
    host.advance(639)
    before = uart.fields("STAT", 22, 1)
    host.advance(1)

    assert (0, 1) == (before, uart.fields("STAT", 22, 1))
