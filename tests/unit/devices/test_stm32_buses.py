"""I2C and SPI of the STM32: what the user feeds is what firmware reads, polled, with interrupt and by DMA."""

from __future__ import annotations

import pytest

TXIS, RXNE, NACKF, STOPF, TC, TCR, BUSY = (1 << bit for bit in (1, 2, 4, 5, 6, 7, 15))  # I2C version 2, ISR
START, STOP, RELOAD, AUTOEND, READ = 1 << 13, 1 << 14, 1 << 24, 1 << 25, 1 << 10


@pytest.fixture
def i2c(make, host):
    host.feeds["I2C1.0x68"] = [1, 2, 3, 4]
    bus = make("stm32l4_i2c", name="I2C1", irq_number=31)
    bus.write("CR1", 1)
    return bus


@pytest.fixture
def old_i2c(make, host):
    host.feeds["I2C1.0x68"] = [1, 2, 3, 4]
    bus = make("stm32f4_i2c", name="I2C1", irq_number=31)
    bus.write("CR1", 1)
    return bus


def transfer(address, count, flags):
    return address << 1 | count << 16 | flags | START


# --- I2C version 2 ---


def test_a_read_gives_its_bytes_and_ends_by_itself(i2c):
    i2c.write("CR2", transfer(0x68, 2, READ | AUTOEND))
    seen = [(i2c.read("ISR") & ~1, i2c.read("RXDR")) for _ in range(2)]

    assert ([(BUSY | RXNE, 1), (BUSY | RXNE, 2)], STOPF) == (seen, i2c.read("ISR") & ~1)


def test_a_register_is_read_with_a_repeated_start(i2c):
    i2c.write("CR2", transfer(0x68, 1, 0))
    asked = i2c.read("ISR") & (TXIS | TC)
    i2c.write("TXDR", 0x75)
    written = i2c.read("ISR") & (TXIS | TC)
    i2c.write("CR2", transfer(0x68, 1, READ | AUTOEND))

    assert (TXIS, TC, 1, STOPF) == (asked, written, i2c.read("RXDR"), i2c.read("ISR") & ~1)


def test_an_address_that_nobody_feeds_does_not_acknowledge(i2c, host):
    i2c.write("CR1", 1 | 1 << 4)
    i2c.write("CR2", transfer(0x50, 1, READ))
    seen = (i2c.read("ISR") & ~1, host.irqs[31])
    i2c.write("ICR", NACKF | STOPF)

    assert ((NACKF | STOPF, True), 0, False) == (seen, i2c.read("ISR") & ~1, host.irqs[31])
    assert "--feed I2C1.0x50=FILE" in host.warnings[0]


def test_a_long_transfer_goes_on_when_it_is_reloaded(i2c):
    i2c.write("CR2", transfer(0x68, 1, READ | RELOAD))
    first = (i2c.read("RXDR"), i2c.read("ISR") & (TCR | RXNE))
    i2c.write("CR2", 0x68 << 1 | 1 << 16 | READ | AUTOEND)

    assert ((1, TCR), 2, STOPF) == (first, i2c.read("RXDR"), i2c.read("ISR") & ~1)


def test_dma_is_asked_for_each_byte_of_a_transfer(i2c, host):
    i2c.write("CR1", 1 | 1 << 15 | 1 << 14)
    i2c.write("CR2", transfer(0x68, 2, READ | AUTOEND))
    data = []
    while host.dma_net.is_asking("I2C1_RX"):
        data.append(i2c.read("RXDR"))
    i2c.write("CR2", transfer(0x68, 2, AUTOEND))
    sent = 0
    while host.dma_net.is_asking("I2C1_TX"):
        i2c.write("TXDR", 0)
        sent += 1

    assert ([1, 2], 2) == (data, sent)


def test_stop_ends_a_transfer(i2c):
    i2c.write("CR2", transfer(0x68, 0, 0))
    i2c.write("CR2", STOP)

    assert STOPF == i2c.read("ISR") & ~1


# --- I2C version 1 ---

SB, ADDR, BTF, OLD_RXNE, OLD_TXE, AF = (1 << bit for bit in (0, 1, 2, 6, 7, 10))
PE, OLD_START, OLD_STOP, ACK = 1, 1 << 8, 1 << 9, 1 << 10


def address_old(bus, byte):
    bus.write("CR1", PE | ACK | OLD_START)
    started = bus.read("SR1")
    bus.write("DR", byte)
    return started


def test_the_old_bus_writes_and_reads_a_register(old_i2c):
    started = address_old(old_i2c, 0x68 << 1)
    addressed = old_i2c.read("SR1")
    old_i2c.read("SR2")
    old_i2c.write("DR", 0x75)
    written = old_i2c.read("SR1")
    address_old(old_i2c, 0x68 << 1 | 1)
    old_i2c.write("CR1", PE)  # one byte: no acknowledge
    old_i2c.read("SR2")
    old_i2c.write("CR1", PE | OLD_STOP)

    assert (SB, ADDR, OLD_TXE | BTF) == (started, addressed, written)
    assert (OLD_RXNE, 1, 0) == (old_i2c.read("SR1") & OLD_RXNE, old_i2c.read("DR"), old_i2c.read("SR1"))


def test_the_old_bus_still_has_two_bytes_after_a_stop(old_i2c):
    address_old(old_i2c, 0x68 << 1 | 1)
    old_i2c.read("SR2")
    first = old_i2c.read("DR")
    old_i2c.write("CR1", PE | OLD_STOP)
    rest = [old_i2c.read("DR"), old_i2c.read("DR")]

    assert (1, [2, 3], 0) == (first, rest, old_i2c.read("SR1"))


def test_the_old_bus_interrupts_for_a_missing_device_on_its_error_line(old_i2c, host):
    old_i2c.write("CR2", 1 << 8 | 1 << 9)
    address_old(old_i2c, 0x50 << 1)
    seen = (old_i2c.read("SR1"), host.irqs[31], host.irqs[32])
    old_i2c.write("SR1", 0xFFFF & ~AF)

    assert ((AF, False, True), 0, False) == (seen, old_i2c.read("SR1"), host.irqs[32])


def test_the_old_bus_asks_dma(old_i2c, host):
    old_i2c.write("CR2", 1 << 11)
    address_old(old_i2c, 0x68 << 1 | 1)
    before = host.dma_net.is_asking("I2C1_RX")
    old_i2c.read("SR2")

    assert (False, True, False) == (
        before,
        host.dma_net.is_asking("I2C1_RX"),
        host.dma_net.is_asking("I2C1_TX"),
    )


# --- SPI ---


@pytest.mark.parametrize("has_fifo", [False, True], ids=["F4", "L4"])
def test_a_byte_sent_brings_a_byte_fed(has_fifo, make, host):
    host.feeds["SPI1"] = [0x11, 0x22]
    spi = make("stm32f4_spi", name="SPI1", irq_number=35, has_fifo=has_fifo)
    spi.write("CR2", 1 << 6 | 7 << 8 | 1 << 12)
    spi.device.write(0x0C, 1, 0xFF)
    off = spi.read("SR") & 1
    spi.write("CR1", 1 << 6)
    spi.device.write(0x0C, 1, 0xFF)
    seen = (spi.read("SR") & 0b11, host.irqs[35], spi.device.read(0x0C, 1), spi.read("SR") & 1, host.irqs[35])

    assert (0, (0b11, True, 0x11, 0, False)) == (off, seen)


def test_a_fifo_packs_two_bytes_into_a_halfword_and_an_f4_takes_a_frame_of_two(make, host):
    host.feeds |= {"SPI1": [1, 2], "SPI2": [3, 4]}
    packed, wide = make("stm32f4_spi", name="SPI1", has_fifo=True), make("stm32f4_spi", name="SPI2")
    packed.write("CR2", 7 << 8)
    packed.write("CR1", 1 << 6)
    wide.write("CR1", 1 << 6 | 1 << 11)
    for spi in (packed, wide):
        spi.device.write(0x0C, 2, 0)

    assert (0x0201, 0x0403) == (packed.device.read(0x0C, 2), wide.device.read(0x0C, 2))


def test_spi_asks_dma_to_send_and_then_to_take(make, host):
    host.feeds["SPI1"] = [9]
    spi = make("stm32f4_spi", name="SPI1")
    spi.write("CR2", 0b11)
    spi.write("CR1", 1 << 6)
    before = (host.dma_net.is_asking("SPI1_TX"), host.dma_net.is_asking("SPI1_RX"))
    spi.device.write(0x0C, 1, 0)
    between = host.dma_net.is_asking("SPI1_RX")
    spi.device.read(0x0C, 1)

    assert ((True, False), True, False) == (before, between, host.dma_net.is_asking("SPI1_RX"))


def test_a_receiver_alone_always_has_the_next_byte(make, host):
    host.feeds["SPI1"] = [5, 6]
    spi = make("stm32f4_spi", name="SPI1")
    spi.write("CR1", 1 << 6 | 1 << 10)

    assert (1, 5, 6) == (spi.read("SR") & 1, spi.device.read(0x0C, 1), spi.device.read(0x0C, 1))


def test_a_sized_transfer_of_the_h7_ends_after_its_frames(make, host):
    host.feeds["SPI1"] = [1, 2, 3]
    spi = make("stm32h7_spi", name="SPI1", irq_number=35)
    spi.write("CR2", 2)
    spi.write("IER", 1 << 3)
    spi.write("CR1", 1)
    spi.write("CR1", 1 | 1 << 9)
    running = spi.read("CR1")
    seen = []
    for _ in range(2):
        spi.device.write(0x20, 1, 0)
        seen.append((spi.read("SR") & 0b1001, spi.device.read(0x30, 1)))
    ended = (host.irqs[35], spi.read("CR1"))
    spi.write("IFCR", 1 << 3)

    assert (1 | 1 << 9, [(1, 1), (0b1001, 2)]) == (running, seen)
    assert ((True, 1), False) == (ended, host.irqs[35])
