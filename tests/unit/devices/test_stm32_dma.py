"""DMA controllers of the STM32: what they move, when, and what they tell."""

from __future__ import annotations

import pytest

from mcusim.machine.devices.stm32.stm32_dma_mover import BEAT_HCLK_CYCLES

SOURCE, TARGET, PORT = 0x2000_0000, 0x2000_1000, 0x4000_4428
EN, TCIE, HTIE, DIR, CIRC, PINC, MINC, MEM2MEM = 1, 2, 4, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 14
WORDS = 0b10 << 8 | 0b10 << 10
GIF, TCIF, HTIF = 1, 2, 4


def _channel(bench, control, beats, peripheral=SOURCE, memory=TARGET):
    bench.write("CPAR1", peripheral)
    bench.write("CMAR1", memory)
    bench.write("CNDTR1", beats)
    bench.write("CCR1", control | EN)


def _fill(host, count, size_bytes=4):
    host.bus.update({SOURCE + size_bytes * n: 0x1111_1111 * (n + 1) for n in range(count)})


def test_a_copy_is_complete_after_its_beats_and_not_before(make, host):
    _fill(host, 4)
    bench = make("stm32_dma", irqs="11")
    _channel(bench, MEM2MEM | PINC | MINC | WORDS | TCIE, 4)
    host.advance(4 * BEAT_HCLK_CYCLES - 1)
    early = (bench.read("ISR") & TCIF, host.irqs[11])
    host.advance(1)

    assert ((0, False), (TCIF, True)) == (early, (bench.read("ISR") & TCIF, host.irqs[11]))
    assert [0x1111_1111 * n for n in range(1, 5)] == [host.bus[TARGET + 4 * n] for n in range(4)]


def test_beats_count_bus_cycles_of_a_bus_slower_than_the_core(make, host):
    host.clock_net.publish("hclk", host.core_clock_hz // 2)
    _fill(host, 1)
    bench = make("stm32_dma")
    _channel(bench, MEM2MEM | PINC | MINC | WORDS, 1)
    host.advance(2 * BEAT_HCLK_CYCLES - 1)
    early = bench.read("CNDTR1")
    host.advance(1)

    assert (1, 0) == (early, bench.read("CNDTR1"))


def test_the_half_is_told_once_and_clears_with_its_flag(make, host):
    _fill(host, 4)
    bench = make("stm32_dma", irqs="11")
    _channel(bench, MEM2MEM | PINC | MINC | WORDS | HTIE, 4)
    host.advance(3 * BEAT_HCLK_CYCLES)
    at_half = bench.read("ISR")
    bench.write("IFCR", HTIF)
    host.advance(100)

    assert (GIF | HTIF, GIF | TCIF) == (at_half, bench.read("ISR"))


def test_a_peripheral_gets_a_byte_whenever_it_asks(make, host):
    """CSELR 2 on channel 7 of DMA1 is USART2_TX (modm-devices, stm32l4-76_86)."""
    sent = []
    host.bus.update({SOURCE + n: byte for n, byte in enumerate(b"abc")})
    host.bus[PORT] = lambda value: (sent.append(value), host.dma_net.set_request("USART2_TX", False))
    bench = make("stm32_dma", requests="7:2=USART2_TX")
    bench.write("CSELR", 2 << 24)
    for name, value in (("CPAR7", PORT), ("CMAR7", SOURCE), ("CNDTR7", 3), ("CCR7", DIR | MINC | EN)):
        bench.write(name, value)
    host.advance(1000)
    for _ in range(3):
        host.dma_net.set_request("USART2_TX", True)
        host.advance(100)

    assert ([*b"abc"], TCIF) == (sent, bench.read("ISR") >> 24 & TCIF)


def test_a_circular_transfer_starts_over(make, host):
    samples = iter(range(10, 16))
    host.bus[PORT] = lambda _value: next(samples)
    bench = make("stm32_dma", requests="1=ADC1")
    _channel(bench, CIRC | MINC | WORDS, 4, peripheral=PORT)
    for _ in range(6):
        host.dma_net.set_request("ADC1", True)
        host.advance(BEAT_HCLK_CYCLES)
        host.dma_net.set_request("ADC1", False)

    assert [14, 15, 12, 13] == [host.bus[TARGET + 4 * n] for n in range(4)]
    assert 2 == bench.read("CNDTR1")


def test_signals_that_share_a_channel_are_both_served(make, host):
    """Channel 1 of the STM32F103 serves ADC1 and timers (RM0008, DMA1 requests)."""
    bench = make("stm32_dma", requests="1=ADC1,TIM2_CH3")
    _channel(bench, MINC | WORDS, 1, peripheral=PORT)
    host.dma_net.set_request("TIM2_CH3", True)
    host.advance(BEAT_HCLK_CYCLES)

    assert TCIF == bench.read("ISR") & TCIF


def test_the_multiplexer_connects_a_signal_that_asks_already(make, host):
    host.dma_net.set_request("ADC1", True)
    bench = make("stm32_dma", mux="MUX", mux_first=0)
    _channel(bench, MINC | WORDS, 1, peripheral=PORT)
    host.advance(100)
    before = bench.read("ISR") & TCIF
    make("stm32_dmamux", name="MUX", requests="5=ADC1").write("C0CR", 5)
    host.advance(BEAT_HCLK_CYCLES)

    assert (0, TCIF) == (before, bench.read("ISR") & TCIF)


@pytest.mark.parametrize(("p_size", "expected"), [(0, [0x44332211]), (2, [0x11])])
def test_a_stream_packs_items_of_the_peripheral_into_words_of_memory(p_size, expected, make, host):
    """RM0090 10.3.10: with the FIFO, four bytes become a word."""
    host.bus.update({SOURCE + n: 0x11 * (n + 1) for n in range(4)})
    bench = make("stm32_dma_streams")
    bench.write("S0PAR", SOURCE)
    bench.write("S0M0AR", TARGET)
    bench.write("S0NDTR", 4 >> p_size)
    bench.write("S0CR", 2 << 6 | 1 << 9 | 1 << 10 | p_size << 11 | 2 << 13 | EN)
    host.advance(100)

    assert expected == [host.bus[TARGET]]
    assert (0, 1 << 5) == (bench.read("S0CR") & EN, bench.read("LISR") & 1 << 5)


def test_a_linked_list_of_two_blocks_ends_with_one_interrupt(make, host):
    """RM0456, GPDMA linked-list programming: an item holds the registers whose update bits LLR has."""
    _fill(host, 2)
    item = 0x2000_0100
    host.bus.update({item: 4, item + 4: SOURCE + 4, item + 8: TARGET + 4, item + 12: 0})
    bench = make("stm32_gpdma", irqs="29", channels=1)
    bench.write("TR1.0", 2 | 1 << 3 | 2 << 16 | 1 << 19)
    bench.write("TR2.0", 1 << 9 | 0b11 << 30)
    bench.write("BR1.0", 4)
    bench.write("SAR.0", SOURCE)
    bench.write("DAR.0", TARGET)
    bench.write("LBAR.0", 0x2000_0000)
    bench.write("LLR.0", 0x0100 | 1 << 29 | 1 << 28 | 1 << 27 | 1 << 16)
    bench.write("CR.0", EN | 1 << 8)
    host.advance(BEAT_HCLK_CYCLES)
    after_one = bench.read("SR.0") & 1 << 8
    host.advance(BEAT_HCLK_CYCLES)

    assert (0, True) == (after_one, host.irqs[29])
    assert [0x1111_1111, 0x2222_2222] == [host.bus[TARGET], host.bus[TARGET + 4]]
    assert (0, 1) == (bench.read("CR.0") & EN, bench.read("SR.0") & 1)


def test_a_transfer_stands_still_while_the_clocks_do(make, host):
    _fill(host, 1)
    bench = make("stm32_dma")
    _channel(bench, MEM2MEM | PINC | MINC | WORDS, 1)
    host.power_net.deep_mode = type(host.power_net.deep_mode).STOP
    host.power_net.enter()
    host.advance(1000)
    stopped = bench.read("ISR")
    host.power_net.leave()
    host.advance(BEAT_HCLK_CYCLES)

    assert (0, TCIF) == (stopped, bench.read("ISR") & TCIF)
