"""DMA, ADC and PWM of RP2040 and RP2350; registers from pico-sdk 2.2, hardware/regs, unless a line says otherwise."""

from __future__ import annotations

import zlib

import pytest

CTRL = {
    "rp2040_dma": (5, 11, 15, 23),
    "rp2350_dma": (6, 13, 17, 25),
}  # INCR_WRITE, CHAIN_TO, TREQ_SEL, SNIFF_EN
CHANNEL_BYTES = 0x40
FORCE = 63


def _control(kind, *, channel=0, chain_to=None, size=2, treq=FORCE, is_sniffed=False):
    incr_write, chain, request, sniff = CTRL[kind]
    to = channel if chain_to is None else chain_to
    return 1 | size << 2 | 1 << 4 | 1 << incr_write | to << chain | treq << request | is_sniffed << sniff


def _start(dma, channel, *words):
    """`words`: READ_ADDR, WRITE_ADDR, TRANS_COUNT, CTRL_TRIG."""
    for offset, word in zip((0, 4, 8, 12), words, strict=True):
        dma.device.write(CHANNEL_BYTES * channel + offset, 4, word)


@pytest.mark.parametrize("kind", CTRL)
def test_an_unpaced_channel_copies_and_then_interrupts(kind, make, host):
    dma = make(kind)
    host.bus.update({0x2000_0000 + 4 * index: index + 1 for index in range(8)})
    dma.write("INTE0", 1)
    _start(dma, 0, 0x2000_0000, 0x2000_1000, 8, _control(kind))
    early = host.irqs[7]
    host.advance(8)

    assert [1, 2, 3, 4, 5, 6, 7, 8] == [host.bus[0x2000_1000 + 4 * index] for index in range(8)]
    assert (False, True) == (early, host.irqs[7])


@pytest.mark.parametrize("kind", CTRL)
def test_a_paced_channel_moves_one_word_each_time_its_device_asks(kind, make, host):
    dma = make(kind)
    treq = {"rp2040_dma": 36, "rp2350_dma": 48}[kind]  # DREQ_ADC
    taken = []

    def read(_):
        taken.append(len(taken))
        host.dma_net.set_request("ADC", False)
        return taken[-1]

    host.bus[0x4004_C00C] = read
    _start(dma, 0, 0x4004_C00C, 0x2000_0000, 3, _control(kind, treq=treq) & ~(1 << 4))
    for _ in range(2):
        host.dma_net.set_request("ADC", True)

    assert ([0, 1], 1) == (taken, dma.device.read(8, 4))


def test_a_finished_channel_starts_the_one_it_is_chained_to(make, host):
    dma = make("rp2040_dma")
    host.bus[0x2000_0000], host.bus[0x2000_0004] = 11, 22
    _start(dma, 1, 0x2000_0004, 0x2000_2000, 1, 0)
    dma.device.write(CHANNEL_BYTES + 0x10, 4, _control("rp2040_dma", channel=1))  # AL1_CTRL does not start it
    before = host.bus.get(0x2000_2000)
    _start(dma, 0, 0x2000_0000, 0x2000_1000, 1, _control("rp2040_dma", chain_to=1))
    host.advance(2)

    assert (None, 11, 22) == (before, host.bus[0x2000_1000], host.bus[0x2000_2000])


def test_a_null_trigger_of_a_quiet_channel_interrupts(make, host):
    """RP2040 datasheet, 2.5.6.2: the end of a list of control blocks."""
    dma = make("rp2040_dma")
    dma.device.write(0x10, 4, _control("rp2040_dma") | 1 << 21)  # IRQ_QUIET
    dma.device.write(0x3C, 4, 0)  # AL3_READ_ADDR_TRIG

    assert 1 == dma.read("INTR")


@pytest.mark.parametrize("kind", CTRL)
def test_the_sniffer_computes_the_crc_32_of_zlib(kind, make, host):
    """pico-examples, sniff_crc: bit-reversed CRC-32, result reversed and inverted."""
    dma, text = make(kind), b"123456789"
    host.bus.update({0x2000_0000 + index: byte for index, byte in enumerate(text)})
    dma.write("SNIFF_DATA", 0xFFFF_FFFF)
    dma.write("SNIFF_CTRL", 1 | 1 << 5 | 1 << 10 | 1 << 11)
    _start(dma, 0, 0x2000_0000, 0x2000_1000, len(text), _control(kind, size=0, is_sniffed=True))

    assert zlib.crc32(text) == dma.read("SNIFF_DATA")


def test_a_conversion_takes_two_microseconds_and_gives_what_is_fed(make, host):
    """RP2040 datasheet, 4.9.2: 96 cycles of the 48 MHz clock."""
    host.feeds["ADC.2"] = [0x123]
    adc = make("rp2040_adc", name="ADC")
    adc.write("CS", 1 | 1 << 2 | 2 << 12)
    busy = adc.fields("CS", 8, 1)
    host.advance(2 * host.core_clock_hz // 1_000_000)

    assert (0, 1, 0x123) == (busy, adc.fields("CS", 8, 1), adc.read("RESULT"))


def test_free_running_conversions_fill_the_fifo_and_ask_for_dma(make, host):
    host.feeds["ADC.0"] = [10, 20, 30, 40, 50]
    adc = make("rp2040_adc", name="ADC")
    adc.write("FCS", 1 | 1 << 3 | 1 << 24)
    adc.write("DIV", 959 << 8)  # one sample every 960 clocks: 50 kHz
    adc.write("CS", 1 | 1 << 3)
    host.advance(3 * host.core_clock_hz // 50_000)
    is_asking = host.dma_net.is_asking("ADC")

    assert (True, [10, 20, 30], False) == (
        is_asking,
        [adc.read("FIFO") for _ in range(3)],
        host.dma_net.is_asking("ADC"),
    )


def test_an_input_that_nothing_feeds_reads_zero_and_is_reported(make, host):
    adc = make("rp2040_adc", name="ADC")
    adc.write("CS", 1 | 1 << 2)
    host.advance(100)

    assert (0, True) == (adc.read("RESULT"), "input 0" in host.warnings[0])


@pytest.mark.parametrize(("kind", "enable"), [("rp2040_pwm", "INTE"), ("rp2350_pwm", "IRQ0_INTE")])
def test_a_slice_interrupts_each_time_it_wraps(kind, enable, make, host):
    pwm = make(kind)
    host.clock_net.publish("clk_sys", host.core_clock_hz)
    pwm.write(enable, 1 << 2)
    pwm.write("CH2_TOP", 99)
    pwm.write("CH2_DIV", 3 << 3)  # 1.5
    pwm.write("CH2_CSR", 1)
    host.advance(149)
    early = host.irqs[7]
    host.advance(1)
    late = host.irqs[7]
    pwm.write("INTR", 1 << 2)

    assert (False, True, False, 0) == (early, late, host.irqs[7], pwm.read("CH2_CTR"))
