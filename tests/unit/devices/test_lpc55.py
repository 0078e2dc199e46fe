"""LPC55S6x peripherals; offsets and bits from NXP's SVD file of the LPC55S69, unless a line says otherwise."""

from __future__ import annotations

import pytest

MHZ = 1_000_000
CLKEN = 1 << 21


def _syscon(make):
    return make("lpc55_syscon", clkin_hz=16 * MHZ)


def test_the_sdk_s_sequence_ends_at_150_mhz(make, host):
    """BOARD_BootClockPLL150M: 16 MHz / 8 x 150 / (2 x 1)."""
    syscon = _syscon(make)
    before_hz = host.core_clock_hz
    for name, value in (("PLL0CLKSEL", 1), ("PLL0CTRL", CLKEN), ("PLL0NDEC", 8), ("PLL0PDEC", 1)):
        syscon.write(name, value)
    syscon.write("PLL0SSCG1", 150 << 10 | 1 << 28)
    syscon.write("MAINCLKSELB", 1)

    assert (12 * MHZ, 150 * MHZ, 1) == (before_hz, host.core_clock_hz, syscon.read("PLL0STAT"))


@pytest.mark.parametrize(
    ("writes", "core_hz"),
    [
        ({"MAINCLKSELA": 3}, 96 * MHZ),
        ({"MAINCLKSELA": 3, "AHBCLKDIV": 1}, 48 * MHZ),
        ({"MAINCLKSELA": 1}, 16 * MHZ),
        ({"MAINCLKSELA": 2}, 1 * MHZ),
        ({"MAINCLKSELB": 3}, 32_768),
        (
            {"PLL1CLKSEL": 1, "PLL1CTRL": CLKEN | 1 << 20, "PLL1NDEC": 4, "PLL1MDEC": 25, "MAINCLKSELB": 2},
            100 * MHZ,
        ),
        (
            {
                "PLL1CLKSEL": 1,
                "PLL1CTRL": CLKEN | 1 << 16 | 1 << 19,
                "PLL1MDEC": 9,
                "PLL1PDEC": 3,
                "MAINCLKSELB": 2,
            },
            48 * MHZ,
        ),
        ({"PLL1CLKSEL": 1, "PLL1CTRL": 1 << 15, "MAINCLKSELB": 2}, 16 * MHZ),
        ({"PLL1CLKSEL": 1, "PLL1MDEC": 9, "MAINCLKSELB": 2}, 12 * MHZ),  # no output: the old clock stays
    ],
)
def test_the_main_clock_is_selected_in_two_steps_and_divided(writes, core_hz, make, host):
    """Selections and PLL fields: fsl_clock.c of NXP's SDK."""
    syscon = _syscon(make)
    for name, value in writes.items():
        syscon.write(name, value)

    assert core_hz == host.core_clock_hz


def test_a_pll_without_reference_does_not_lock(make):
    assert (0, 0) == (make("lpc55_syscon").read("PLL0STAT"), make("lpc55_syscon").read("PLL1STAT"))


@pytest.mark.parametrize(
    ("control", "settings"), [(None, (2, False)), (0xB01A, (11, False)), (0x303A, (3, True))]
)
def test_flash_access_time_and_prefetch_are_in_fmccr(control, settings, make, host):
    syscon = _syscon(make)
    if control is not None:
        syscon.write("FMCCR", control)

    assert settings == (host.flash.wait_cycles, host.flash.prefetch_on)


def test_flushing_the_flash_buffers_empties_them(make, host):
    _syscon(make).write("FMCFLUSH", 1)

    assert 1 == host.calls.count("empty_flash_caches")


def test_gates_are_set_and_cleared_through_their_own_registers(make):
    syscon = _syscon(make)
    syscon.write("AHBCLKCTRLSET1", 0b1110)
    syscon.write("AHBCLKCTRLCLR1", 0b0100)
    syscon.write("PRESETCTRLSET2", 0b1)

    assert (0b1010, 0, 0b1) == tuple(
        syscon.read(name) for name in ("AHBCLKCTRL1", "AHBCLKCTRL0", "PRESETCTRL2")
    )


def _usart(make, **options):
    usart = make("lpc55_usart", name="FLEXCOMM0", irq_number=14, **options)
    usart.write("FIFOCFG", 0b11)
    usart.write("CFG", 1)
    return usart


def test_a_byte_leaves_only_while_port_and_fifo_are_on(make, host):
    make("lpc55_usart", name="FLEXCOMM0").write("FIFOWR", ord("x"))
    usart = _usart(make)
    usart.write("FIFOWR", ord("A"))

    assert ({"FLEXCOMM0": b"A"}, 0b0011_0000, 1) == (
        host.console,
        usart.read("FIFOSTAT"),
        usart.fields("STAT", 3, 1),
    )


def test_received_bytes_are_read_one_by_one(make):
    usart = _usart(make)
    usart.receive(b"hi")
    seen = [
        usart.fields("FIFOSTAT", 6, 1),
        usart.read("FIFORDNOPOP"),
        usart.read("FIFORD"),
        usart.read("FIFORD"),
        usart.fields("FIFOSTAT", 6, 1),
    ]

    assert [1, ord("h"), ord("h"), ord("i"), 0] == seen


def test_interrupts_come_for_the_enabled_levels_only(make, host):
    usart = _usart(make)
    seen = [host.irqs[14]]
    for name, value in (("FIFOINTENSET", 1 << 3), ("FIFOINTENSET", 1 << 2), ("FIFOINTENCLR", 1 << 2)):
        usart.write(name, value)
        seen.append(host.irqs[14])

    assert ([False, False, True, False], 1 << 3) == (seen, usart.read("FIFOINTENSET"))


def test_a_timed_byte_takes_ten_bits(make, host):
    """(BRG + 1) x (OSR + 1) clocks per bit: 2 x 16."""
    usart = _usart(make, is_timed=True)
    usart.write("BRG", 1)
    usart.write("FIFOWR", ord("A"))
    host.advance(319)
    before = usart.fields("STAT", 3, 1)
    host.advance(1)

    assert (0, 1) == (before, usart.fields("STAT", 3, 1))
