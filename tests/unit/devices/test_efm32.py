"""EFM32GG11 and EFR32MG24 peripherals; offsets and bits from gecko_sdk 4.4, unless a line says otherwise."""

from __future__ import annotations

import pytest

MHZ = 1_000_000
SET, CLEAR, TOGGLE = 0x1000, 0x2000, 0x3000


def test_series_1_starts_at_19_mhz_and_switches_to_its_crystal(make, host):
    cmu = make("efm32_cmu", hfxo_hz=50 * MHZ)
    before_hz = host.core_clock_hz
    cmu.write("OSCENCMD", 1 << 2)
    ready = cmu.fields("STATUS", 2, 2)
    cmu.write("HFCLKSEL", 2)

    assert (19 * MHZ, 0b11, 50 * MHZ, 2) == (before_hz, ready, host.core_clock_hz, cmu.read("HFCLKSTATUS"))


@pytest.mark.parametrize(("band", "core_hz"), [(3, 7 * MHZ), (13, 48 * MHZ), (16, 72 * MHZ)])
def test_the_hfrco_s_band_is_in_its_control_word(band, core_hz, make, host):
    make("efm32_cmu").write("HFRCOCTRL", 0xB140_1F7F | band << 16)

    assert core_hz == host.core_clock_hz


def test_series_1_has_two_prescalers_before_the_core(make, host):
    cmu = make("efm32_cmu", hfxo_hz=48 * MHZ)
    cmu.write("OSCENCMD", 1 << 2)
    cmu.write("HFCLKSEL", 2)
    cmu.write("HFPRESC", 1 << 8)
    cmu.write("HFCOREPRESC", 2 << 8)

    assert 8 * MHZ == host.core_clock_hz


def test_a_clock_that_is_off_is_not_selected_and_reported(make, host):
    cmu = make("efm32_cmu")
    cmu.write("HFCLKSEL", 2)

    assert (1, 19 * MHZ, 1) == (cmu.read("HFCLKSTATUS"), host.core_clock_hz, len(host.warnings))


def test_oscillators_are_switched_off_by_the_neighbouring_bit(make):
    cmu = make("efm32_cmu")
    cmu.write("OSCENCMD", 1 << 6 | 1 << 8)
    on = cmu.fields("STATUS", 6, 4)
    cmu.write("OSCENCMD", 1 << 7)

    assert (0b1111, 0b1100) == (on, cmu.fields("STATUS", 6, 4))


@pytest.mark.parametrize(
    ("control", "settings"),
    [
        (None, (1, True, True, False)),  # after reset
        (0x0300_0000, (3, False, True, False)),
        (0x0000_0108, (0, True, False, False)),
    ],
)
def test_series_1_flash_follows_its_read_control(control, settings, make, host):
    msc = make("efm32_msc")
    if control is not None:
        msc.write("READCTRL", control)

    assert settings == tuple(vars(host.flash).values())


@pytest.mark.parametrize(("kind", "name"), [("efm32_msc", "CACHECMD"), ("efr32_icache", "CMD")])
def test_invalidating_empties_the_cache(kind, name, make, host):
    make(kind).write(name, 1)

    assert 1 == host.calls.count("empty_flash_caches")


@pytest.mark.parametrize(("control", "wait_cycles"), [(None, 2), (0x0010_0000, 1), (0, 0)])
def test_series_2_flash_waits_as_its_read_control_says_and_leaves_the_cache_alone(
    control, wait_cycles, make, host
):
    msc = make("efr32_msc")
    if control is not None:
        msc.write("READCTRL", control)

    assert (wait_cycles, None) == (host.flash.wait_cycles, host.flash.instruction_cache_on)


def test_series_2_has_its_cache_on_until_it_is_disabled(make, host):
    icache = make("efr32_icache")
    seen = [host.unified_cache.is_on]
    icache.device.write(icache.offset("CTRL") + SET, 4, 1)
    seen.append(host.unified_cache.is_on)

    assert ([True, False], 2) == (seen, host.unified_cache.ways_count)


@pytest.fixture
def series_2(make):
    """The clock peripherals of series 2 with a crystal of 39 MHz, reset once they exist."""
    parts = {
        "hfxo": make("efr32_hfxo", hfxo_hz=39 * MHZ),
        "hfrco": make("efr32_hfrco"),
        "dpll": make("efr32_dpll"),
        "cmu": make("efr32_cmu"),
    }
    for part in parts.values():
        part.device.reset()
    return parts


@pytest.mark.parametrize(
    ("control", "core_hz"),
    [(1, 20 * MHZ), (2, 19 * MHZ), (3, 39 * MHZ), (3 | 1 << 12, 39 * MHZ // 2), (0, 20 * MHZ)],
)
def test_series_2_selects_and_divides_its_system_clock(control, core_hz, series_2, host):
    series_2["cmu"].write("SYSCLKCTRL", control)

    assert core_hz == host.core_clock_hz


def test_the_dpll_locks_the_hfrco_to_the_crystal(series_2, host):
    """39 MHz x 3840 / 1920 = 78 MHz, as Silicon Labs' device_init_dpll sets N = 3839 and M = 1919."""
    series_2["cmu"].write("DPLLREFCLKCTRL", 1)
    series_2["dpll"].write("CFG1", 3839 << 16 | 1919)
    series_2["dpll"].write("EN", 1)
    series_2["cmu"].write("SYSCLKCTRL", 2)

    assert (78 * MHZ, 0b11, 1) == (
        host.core_clock_hz,
        series_2["dpll"].read("STATUS"),
        series_2["dpll"].read("IF"),
    )


def test_the_crystal_is_ready_only_where_one_is_fitted(make):
    assert (0b11, 0) == (
        make("efr32_hfxo", hfxo_hz=39 * MHZ).fields("STATUS", 0, 2),
        make("efr32_hfxo").read("STATUS"),
    )


def test_set_clear_and_toggle_addresses_work_on_single_bits(make):
    cmu = make("efr32_cmu")
    for alias, value in ((SET, 0b1100), (CLEAR, 0b0100), (TOGGLE, 0b0011)):
        cmu.device.write(cmu.offset("CLKEN0") + alias, 4, value)

    assert [0b1011] * 4 == [
        cmu.device.read(cmu.offset("CLKEN0") + alias, 4) for alias in (0, SET, CLEAR, TOGGLE)
    ]


KINDS = ("efm32_usart", "efr32_usart", "efr32_eusart")


@pytest.mark.parametrize("kind", KINDS)
def test_a_byte_leaves_only_while_the_transmitter_is_on(kind, make, host):
    port = make(kind, name="PORT")
    port.write("TXDATA", ord("x"))
    port.write("CMD", 1 << 2)
    port.write("TXDATA", ord("A"))

    assert ({"PORT": b"A"}, 0b0110_0010) == (host.console, port.read("STATUS") & 0xFF)
    port.write("CMD", 1 << 3)
    assert 0 == port.fields("STATUS", 1, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_received_bytes_are_read_one_by_one_and_interrupt(kind, make, host):
    port = make(kind, irq_number=20)
    port.write("IEN", 1 << 2)
    port.write("CMD", 1)
    port.receive(b"h")
    seen = [host.irqs[20], port.fields("STATUS", 7, 1), port.read("RXDATA")]

    assert ([True, 1, ord("h")], False, False) == (seen, host.irqs[20], host.irqs[21])


def test_the_transmitter_has_the_next_interrupt(make, host):
    port = make("efm32_usart", irq_number=20)
    port.write("CMD", 1 << 2)
    port.write("IEN", 1)
    port.write("TXDATA", ord("A"))
    seen = (host.irqs[20], host.irqs[21])
    port.write("IFC", 1)

    assert ((False, True), False) == (seen, host.irqs[21])


def test_a_timed_byte_takes_ten_bits(make, host):
    """16 x (1 + CLKDIV / 256) clocks per bit: 16 x 2 for 256."""
    port = make("efm32_usart", is_timed=True)
    port.write("CLKDIV", 256)
    port.write("CMD", 1 << 2)
    port.write("TXDATA", ord("A"))
    host.advance(319)
    before = port.fields("STATUS", 5, 1)
    host.advance(1)

    assert (0, 1) == (before, port.fields("STATUS", 5, 1))


@pytest.mark.parametrize(("clears", "expected"), [(False, 0b1110), (True, 0b0100)])
def test_a_bit_region_sets_or_clears_bits_of_the_register_behind_it(clears, expected, host, make):
    region = make("efm32_bit_region_alias", clears=clears).device
    host.bus[0x4008_800C] = 0b0110

    region.write(0x8_800C, 4, 0b1010)

    assert (expected, expected) == (host.bus[0x4008_800C], region.read(0x8_800C, 4))


@pytest.mark.parametrize(("kind", "dout", "model"), [("efm32_gpio", 0x0C, 0x04), ("efr32_gpio", 0x40, 0x34)])
def test_set_clear_and_toggle_addresses_move_a_pin(kind, dout, model, host, make):
    gpio = make(kind).device
    gpio.write(model, 4, 4 << 4 * 2)
    seen = []
    for alias in (SET, CLEAR, TOGGLE):
        gpio.write(dout + alias, 4, 1 << 2)
        seen.append(host.pins["PA2"])

    assert [1, 0, 1] == seen
