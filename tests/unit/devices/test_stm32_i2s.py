"""I2S of the STM32: samples come as halfwords at the rate of the audio clock."""

from __future__ import annotations

# Bits: CMSIS stm32f446xx.h. PLLI2S 6.144 MHz, I2SDIV 6: 6.144 MHz / (12 x 32) = 16 kHz with 16 bits a side.


def master(make, host, configuration, samples):
    host.clock_net.publish("I2S", 6_144_000)
    host.feeds["I2S2"] = samples
    spi = make("stm32f4_spi", name="SPI2", irq_number=36)
    spi.write("I2SPR", 6)
    spi.write("I2SCFGR", 1 << 11 | configuration)
    spi.write("I2SCFGR", 1 << 11 | 1 << 10 | configuration)
    return spi


def test_a_master_receives_both_sides_of_a_frame_in_its_time(make, host):
    spi = master(make, host, 0b11 << 8, [-2, 5])
    spi.write("CR2", 1)
    host.advance(499)  # 16 MHz / 32 000
    before = host.dma_net.is_asking("SPI2_RX")
    host.advance(1)
    first = host.dma_net.is_asking("SPI2_RX"), spi.read("SR") & 4, spi.read("DR")
    host.advance(500)
    second = spi.read("SR") & 4, spi.read("DR")

    assert (False, (True, 4, 0xFFFE), (0, 5)) == (before, first, second)


def test_a_sample_of_24_bits_is_two_halfwords_left_aligned(make, host):
    spi = master(make, host, 0b11 << 8 | 0b01 << 1 | 1, [0x12_3456])
    halfwords = []
    for _ in range(2):
        host.advance(500)  # 6.144 MHz / (12 x 64) = 8 kHz, four halfwords a frame
        halfwords.append(spi.read("DR"))

    assert [0x1234, 0x5600] == halfwords


def test_an_unread_sample_overruns_and_reading_dr_and_sr_clears_it(make, host):
    spi = master(make, host, 0b11 << 8, [1, 2, 3])
    spi.write("CR2", 1 << 5)
    host.advance(500)
    before = host.irqs[36]
    host.advance(500)
    during = host.irqs[36], spi.read("SR") & 1 << 6
    spi.read("DR")
    spi.read("SR")

    assert (False, (True, 1 << 6), 0) == (before, during, spi.read("SR") & 1 << 6)


def test_a_sender_asks_for_the_next_halfword_in_its_time(make, host):
    spi = master(make, host, 0b10 << 8, [])
    spi.write("CR2", 2)
    spi.write("DR", 7)
    before = host.dma_net.is_asking("SPI2_TX")
    host.advance(500)

    assert (False, True) == (before, host.dma_net.is_asking("SPI2_TX"))


def test_a_slave_has_no_clock_here_and_says_what_is_assumed(make, host):
    spi = master(make, host, 0b01 << 8, [9])
    host.advance(500)  # 16 kHz, two sides

    assert (9, True) == (spi.read("DR"), any("16000 samples a second" in each for each in host.warnings))


def test_switched_off_i2s_leaves_spi_alone(make, host):
    spi = master(make, host, 0b11 << 8, [1, 2])
    host.feeds["SPI2"] = [0x5A]
    spi.write("I2SCFGR", 0)
    spi.write("CR1", 1 << 6 | 1 << 2)
    spi.device.write(0x0C, 1, 0)

    assert 0x5A == spi.device.read(0x0C, 1)


def test_both_names_can_be_fed(make):
    assert ("SPI2", "I2S2") == make("stm32f4_spi", name="SPI2").device.fed_names
