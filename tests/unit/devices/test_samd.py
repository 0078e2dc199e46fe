"""SAM D21 and D51 peripherals; offsets and bits from Microchip's SVD files, unless a line says otherwise."""

from __future__ import annotations

import pytest

MHZ = 1_000_000
CHEN, GENEN = 1 << 6, 1 << 8


@pytest.fixture
def d51(make):
    """The clock peripherals of the SAM D51, all reset once they exist."""
    parts = {name: make(f"samd51_{name}") for name in ("osc32kctrl", "oscctrl", "gclk", "mclk")}
    for part in parts.values():
        part.device.reset()
    return parts


@pytest.fixture
def d21(make):
    """The clock peripherals of the SAM D21, all reset once they exist."""
    parts = {name: make(f"samd21_{name}") for name in ("sysctrl", "gclk", "pm")}
    for part in parts.values():
        part.device.reset()
    return parts


def _start_120_mhz(d51):
    """As boards' start-up code does: DFLL / 48 = 1 MHz to DPLL0, times 120, to generator 0."""
    d51["gclk"].write("GENCTRL5", 6 | GENEN | 48 << 16)
    d51["gclk"].write("PCHCTRL1", CHEN | 5)
    d51["oscctrl"].write("DPLL0_RATIO", 119)
    d51["oscctrl"].write("DPLL0_CTRLB", 1 << 11)
    d51["oscctrl"].write("DPLL0_CTRLA", 1 << 1)
    d51["gclk"].write("GENCTRL0", 7 | GENEN)


def test_the_d51_starts_at_48_mhz_and_its_pll_makes_120(d51, host):
    before_hz = host.core_clock_hz
    _start_120_mhz(d51)

    assert (48 * MHZ, 120 * MHZ) == (before_hz, host.core_clock_hz)
    assert (0b11, 0) == (d51["oscctrl"].read("DPLL0_STATUS"), d51["oscctrl"].read("DPLL1_STATUS"))


def test_the_d51_s_cpu_divider_is_the_second_byte_of_its_word(d51, host):
    d51["mclk"].device.write(5, 1, 4)

    assert 12 * MHZ == host.core_clock_hz


def test_a_generator_divides_by_a_number_or_by_a_power_of_two(d51, host):
    d51["gclk"].write("GENCTRL1", 6 | GENEN | 3 << 16)
    d51["gclk"].write("GENCTRL2", 6 | GENEN | 1 << 12 | 3 << 16)

    assert (16 * MHZ, 3 * MHZ) == (host.clock_net.clock_hz("gclk1"), host.clock_net.clock_hz("gclk2"))


def test_a_pll_fed_by_the_crystal_divides_it_first_and_has_fractions_of_32(make, host):
    oscctrl = make("samd51_oscctrl", xosc1_hz=12 * MHZ)
    oscctrl.write("XOSCCTRL1", 1 << 1)
    oscctrl.write("DPLL1_CTRLB", 3 << 5 | 2 << 16)  # 12 MHz / 6
    oscctrl.write("DPLL1_RATIO", 49 | 16 << 16)
    oscctrl.write("DPLL1_CTRLA", 1 << 1)

    assert 101 * MHZ == host.clock_net.clock_hz("dpll1")


def test_the_slow_crystal_is_ready_once_enabled(d51, host):
    before = d51["osc32kctrl"].read("STATUS")
    d51["osc32kctrl"].device.write(0x14, 2, 0x2E)

    assert (0, 1, 32_768) == (before, d51["osc32kctrl"].read("STATUS"), host.clock_net.clock_hz("xosc32k"))


@pytest.mark.parametrize(
    ("clock_mhz", "wait_cycles"), [(24, 0), (25, 1), (48, 1), (51, 1), (77, 2), (100, 3), (119, 4), (120, 5)]
)
def test_automatic_wait_states_follow_the_clock(clock_mhz, wait_cycles, make, host):
    """Limits: assumed, the same as in boards/chips/samd51j19a.toml."""
    make("samd51_nvmctrl")
    host.clock_net.publish_core(host, clock_mhz * MHZ)

    assert wait_cycles == host.flash.wait_cycles


def test_wait_states_by_hand_ignore_the_clock_and_leave_the_cache_alone(make, host):
    nvmctrl = make("samd51_nvmctrl")
    nvmctrl.device.write(0, 2, 7 << 8)
    host.clock_net.publish_core(host, 120 * MHZ)

    assert (7, None, None) == (
        host.flash.wait_cycles,
        host.flash.instruction_cache_on,
        host.flash.data_cache_on,
    )


def test_a_flash_command_is_done_at_once_and_reported(make, host):
    nvmctrl = make("samd51_nvmctrl")
    nvmctrl.device.write(4, 2, 0xA515)  # page buffer clear
    quiet = list(host.warnings)
    nvmctrl.device.write(4, 2, 0xA503)  # write page

    assert ([], 1, 1) == (quiet, len(host.warnings), nvmctrl.read("INTFLAG") & 1)


def test_the_d51_s_cache_starts_off_and_says_when_it_is_on(make, host):
    cmcc = make("samd51_cmcc")
    seen = [(host.unified_cache.is_on, cmcc.read("SR"))]
    for value in (1, 0):
        cmcc.write("CTRL", value)
        seen.append((host.unified_cache.is_on, cmcc.read("SR")))

    assert [(False, 0), (True, 1), (False, 0)] == seen
    assert (4, []) == (host.unified_cache.ways_count, host.warnings)


@pytest.mark.parametrize(("name", "value"), [("MAINT0", 1), ("MAINT1", 0x30)])
def test_invalidating_empties_the_d51_s_cache(name, value, make, host):
    make("samd51_cmcc").write(name, value)

    assert 1 == host.calls.count("empty_flash_caches")


@pytest.mark.parametrize(
    ("config", "is_on", "warnings_count"),
    [(0x20, True, 0), (0x26, False, 0), (0x22, True, 1), (0x10, True, 1)],
)
def test_a_cache_for_nothing_is_off_and_one_for_half_is_reported(config, is_on, warnings_count, make, host):
    cmcc = make("samd51_cmcc")
    cmcc.write("CFG", config)
    cmcc.write("CTRL", 1)

    assert (is_on, warnings_count) == (host.unified_cache.is_on, len(host.warnings))


def test_the_d21_starts_at_1_mhz_and_locks_its_dfll_to_the_crystal(d21, host):
    """Boards' start-up code: 32.768 kHz x 1465 = 48.005 MHz."""
    before_hz = host.core_clock_hz
    sysctrl, gclk = d21["sysctrl"], d21["gclk"]
    sysctrl.device.write(0x14, 2, 0x060E)
    gclk.write("GENDIV", 1)
    gclk.write("GENCTRL", 1 | 5 << 8 | 1 << 16)
    gclk.device.write(2, 2, 0 | 1 << 8 | 1 << 14)
    sysctrl.write("DFLLMUL", 31 << 26 | 511 << 16 | 1465)
    sysctrl.device.write(0x24, 2, 1 << 1 | 1 << 2)
    gclk.write("GENDIV", 0)
    gclk.write("GENCTRL", 0 | 7 << 8 | 1 << 16)

    assert (1 * MHZ, 48_005_120) == (before_hz, host.core_clock_hz)
    assert 0b1101_1010 == sysctrl.read("PCLKSR") & 0xFF


def test_the_d21_s_dfll_makes_48_mhz_in_open_loop(d21, host):
    d21["sysctrl"].device.write(0x24, 2, 1 << 1)
    d21["gclk"].write("GENCTRL", 0 | 7 << 8 | 1 << 16)

    assert 48 * MHZ == host.core_clock_hz


def test_the_d21_s_internal_oscillator_and_cpu_have_dividers_by_powers_of_two(d21, host):
    d21["sysctrl"].write("OSC8M", 0x8707_0082)
    d21["pm"].device.write(8, 1, 2)

    assert 2 * MHZ == host.core_clock_hz


def test_a_byte_write_of_an_id_selects_what_the_d21_s_generator_registers_show(d21):
    gclk = d21["gclk"]
    gclk.write("GENDIV", 3 | 17 << 8)
    gclk.write("GENDIV", 4 | 99 << 8)
    gclk.device.write(8, 1, 3)
    gclk.device.write(2, 2, 0x14 | 3 << 8 | 1 << 14)
    gclk.device.write(2, 1, 0x15)
    other_channel = gclk.device.read(2, 2)
    gclk.device.write(2, 1, 0x14)

    assert (3 | 17 << 8, 0x15, 0x14 | 3 << 8 | 1 << 14) == (
        gclk.read("GENDIV"),
        other_channel,
        gclk.device.read(2, 2),
    )


def test_a_software_reset_of_the_d21_s_generators_stops_the_added_ones(d21, host):
    gclk = d21["gclk"]
    gclk.write("GENCTRL", 3 | 6 << 8 | 1 << 16)
    running_hz = host.clock_net.clock_hz("d21_gclk3")
    gclk.device.write(0, 1, 1)

    assert (1 * MHZ, 0, 0) == (running_hz, host.clock_net.clock_hz("d21_gclk3"), gclk.device.read(1, 1))


@pytest.mark.parametrize(
    ("control", "settings"),
    [
        (0x80, (0, False, True, True)),
        (0x86, (3, False, True, True)),
        (1 << 18 | 0x82, (1, False, False, False)),
    ],
)
def test_the_d21_s_wait_states_and_cache_follow_ctrlb(control, settings, make, host):
    make("samd21_nvmctrl").write("CTRLB", control)

    assert settings == tuple(vars(host.flash).values())


def test_other_read_modes_of_the_d21_are_reported(make, host):
    make("samd21_nvmctrl").write("CTRLB", 2 << 16)

    assert "deterministic" in host.warnings[0]


@pytest.mark.parametrize(
    ("word", "empties_count", "warnings_count"), [(0xA546, 1, 0), (0xA544, 0, 0), (0xA504, 0, 1)]
)
def test_the_d21_s_flash_commands(word, empties_count, warnings_count, make, host):
    """Invalidate the cache, clear the page buffer, write a page."""
    make("samd21_nvmctrl").device.write(0, 2, word)

    assert (empties_count, warnings_count) == (host.calls.count("empty_flash_caches"), len(host.warnings))


def _usart(make, **options):
    sercom = make("samd_sercom", name="SERCOM5", irq_number=66, **options)
    sercom.write("CTRLA", 1 << 2 | 1 << 1)
    sercom.write("CTRLB", 0b11 << 16)
    return sercom


def test_a_serial_port_sends_when_on_and_says_that_it_is_done(make, host):
    sercom = _usart(make)
    sercom.device.write(0x28, 2, ord("A"))

    assert ({"SERCOM5": b"A"}, 0b011) == (host.console, sercom.device.read(0x18, 1))
    sercom.device.write(0x18, 1, 0b010)
    assert 0b001 == sercom.device.read(0x18, 1)


@pytest.mark.parametrize("mode", [2, 3, 5])
def test_as_spi_or_i2c_a_port_prints_nothing(mode, make, host):
    sercom = make("samd_sercom")
    sercom.write("CTRLA", mode << 2 | 1 << 1)
    sercom.write("CTRLB", 0b11 << 16)
    sercom.device.write(0x28, 2, ord("A"))

    assert host.console == {}


def test_received_bytes_are_read_one_by_one(make):
    sercom = _usart(make)
    sercom.receive(b"h")
    first = (sercom.device.read(0x18, 1) & 0b100, sercom.read("DATA"))

    assert ((0b100, ord("h")), 0) == (first, sercom.device.read(0x18, 1) & 0b100)


def test_the_d51_has_an_interrupt_per_flag_and_the_d21_one_for_all(make, host):
    sercom = _usart(make, interrupts=4)
    sercom.device.write(0x16, 1, 0b001)
    four = [host.irqs.get(66 + index) for index in range(3)]
    one = _usart(make)
    one.device.write(0x16, 1, 0b100)
    quiet = host.irqs[66]
    one.device.write(0x16, 1, 0b001)

    assert ([True, False, False], False, True) == (four, quiet, host.irqs[66])
    assert 0b101 == one.device.read(0x14, 1)
    one.device.write(0x14, 1, 0b001)
    assert (0b100, False) == (one.device.read(0x16, 1), host.irqs[66])


def test_a_timed_byte_takes_ten_bits_of_the_arithmetic_baud_rate(make, host):
    """f / 16 x (1 - BAUD / 65536): 16 MHz / 16 x 1 / 2 = 500 kBd, ten bits in 320 cycles."""
    sercom = _usart(make, is_timed=True)
    sercom.write("BAUD", 0x8000)
    sercom.device.write(0x28, 2, ord("A"))
    host.advance(319)
    before = sercom.device.read(0x18, 1) & 0b010
    host.advance(1)

    assert (0, 0b010) == (before, sercom.device.read(0x18, 1) & 0b010)
