"""SPI, I2C, PIO, SHA-256 and random numbers of RP2040 and RP2350; registers from pico-sdk 2.2, hardware/regs."""

from __future__ import annotations

import hashlib

import pytest

SCRATCH_ABSENT = 0x11
ENABLE, MASTER = 0b10, 0x65  # SSPCR1.SSE; IC_CON after reset
READ, STOP = 1 << 8, 1 << 9


def _spi(make, host, control=7):
    spi = make("rp2040_spi", name="SPI0")
    host.clock_net.publish("clk_peri", 16_000_000)
    spi.write("SSPCPSR", 4)
    spi.write("SSPCR0", control)
    spi.write("SSPCR1", ENABLE)
    return spi


def test_spi_brings_in_a_fed_byte_for_each_byte_sent_and_takes_its_time(make, host):
    host.feeds["SPI0"] = [0x11, 0x22]
    spi = _spi(make, host)
    spi.write("SSPDR", 0xAA)
    spi.write("SSPDR", 0xBB)

    # 8 bits at the core's clock / 4 are 32 cycles; SSPSR: BSY 0x10, RNE 4, TNF 2, TFE 1.
    host.advance(31)
    early = spi.read("SSPSR")
    host.advance(1)
    middle = spi.read("SSPSR"), spi.read("SSPDR")
    host.advance(32)

    assert (0x12, (0x16, 0x11), 0x07, 0x22) == (early, middle, spi.read("SSPSR"), spi.read("SSPDR"))


def test_spi_reads_zeros_without_a_feed(make, host):
    spi = _spi(make, host)
    spi.write("SSPDR", 0xAA)
    host.advance(32)

    assert (0x07, 0) == (spi.read("SSPSR"), spi.read("SSPDR"))


def test_a_long_spi_frame_takes_two_fed_bytes_the_low_one_first(make, host):
    host.feeds["SPI0"] = [0x34, 0x12]
    spi = _spi(make, host, control=15)
    spi.write("SSPDR", 0)
    host.advance(64)

    assert spi.read("SSPDR") == 0x1234


def test_spi_in_loop_back_receives_what_it_sent(make, host):
    host.feeds["SPI0"] = [0x11]
    spi = _spi(make, host)
    spi.write("SSPCR1", ENABLE | 1)
    spi.write("SSPDR", 0x5A)
    host.advance(32)

    assert spi.read("SSPDR") == 0x5A


def test_the_ninth_unread_spi_frame_is_an_overrun_until_acknowledged(make, host):
    spi = _spi(make, host)
    for _ in range(9):
        spi.write("SSPDR", 1)
        host.advance(32)

    before = spi.read("SSPRIS") & 1
    spi.write("SSPICR", 1)

    assert (1, 0) == (before, spi.read("SSPRIS") & 1)


def test_spi_asks_dma_while_it_has_room_and_while_it_has_data(make, host):
    spi = _spi(make, host)
    spi.write("SSPDMACR", 0b11)
    at_first = host.dma_net.is_asking("SPI0_TX"), host.dma_net.is_asking("SPI0_RX")
    for _ in range(8):
        spi.write("SSPDR", 1)
    when_full = host.dma_net.is_asking("SPI0_TX")
    host.advance(32)

    assert ((True, False), False, True) == (at_first, when_full, host.dma_net.is_asking("SPI0_RX"))


def _i2c(make, address):
    i2c = make("rp2040_i2c", name="I2C0")
    i2c.write("IC_CON", MASTER | 1 << 8)  # TX_EMPTY_CTRL, as the SDK sets it
    i2c.write("IC_TAR", address)
    i2c.write("IC_FS_SCL_HCNT", 10)
    i2c.write("IC_FS_SCL_LCNT", 10)
    i2c.write("IC_ENABLE", 1)
    return i2c


def test_i2c_reads_the_fed_bytes_of_its_device(make, host):
    host.feeds["I2C0.0x68"] = [0x68, 0x01]
    i2c = _i2c(make, 0x68)
    i2c.write("IC_DATA_CMD", READ)
    i2c.write("IC_DATA_CMD", READ | STOP)

    # Address and first byte are 2 x 9 clocks of 20 cycles, the second byte 9 more.
    host.advance(359)
    early = i2c.read("IC_RXFLR")
    host.advance(181)

    assert (0, 2, 0x68, 0x01) == (
        early,
        i2c.read("IC_RXFLR"),
        i2c.read("IC_DATA_CMD"),
        i2c.read("IC_DATA_CMD"),
    )
    assert i2c.read("IC_RAW_INTR_STAT") & STOP == STOP  # STOP_DET is bit 9 too


def test_i2c_aborts_where_nobody_acknowledges_until_firmware_clears_it(make, host):
    i2c = _i2c(make, SCRATCH_ABSENT)
    i2c.write("IC_DATA_CMD", 0x75)
    host.advance(360)

    assert (1, 1 << 6) == (i2c.read("IC_TX_ABRT_SOURCE") & 1, i2c.read("IC_RAW_INTR_STAT") & 1 << 6)
    i2c.read("IC_CLR_TX_ABRT")
    assert (0, 0) == (i2c.read("IC_TX_ABRT_SOURCE"), i2c.read("IC_RAW_INTR_STAT") & 1 << 6)
    assert any("I2C0.0x11" in each for each in host.warnings)


def test_i2c_says_that_it_has_sent_only_after_the_byte_is_on_the_bus(make, host):
    host.feeds["I2C0.0x68"] = [0]
    i2c = _i2c(make, 0x68)
    i2c.write("IC_DATA_CMD", 0x75 | STOP)
    before = i2c.read("IC_RAW_INTR_STAT") & 1 << 4
    host.advance(360)

    assert (0, 1 << 4) == (before, i2c.read("IC_RAW_INTR_STAT") & 1 << 4)


def test_switching_i2c_off_empties_its_fifos(make, host):
    host.feeds["I2C0.0x68"] = [1, 2]
    i2c = _i2c(make, 0x68)
    i2c.write("IC_DATA_CMD", READ | STOP)
    host.advance(360)

    i2c.write("IC_ENABLE", 0)

    assert (0, 0) == (i2c.read("IC_RXFLR"), i2c.read("IC_ENABLE_STATUS"))


@pytest.mark.parametrize("kind", ["rp2040_pio", "rp2350_pio"])
def test_a_pio_state_machine_takes_words_for_ever_and_the_report_says_that_they_are_lost(kind, make, host):
    pio = make(kind, name="PIO0")
    pio.write("CTRL", 0b0010)
    for _ in range(20):
        pio.write("TXF1", 0xFF00)

    assert (0x0F00_0F00, 0b0010 << 24) == (pio.read("FSTAT"), pio.read("FDEBUG"))
    assert (True, False) == (host.dma_net.is_asking("PIO0_TX1"), host.dma_net.is_asking("PIO0_TX0"))
    assert any("do not run" in each for each in host.warnings)


def test_waiting_for_data_from_pio_ends_the_run(make, host):
    pio = make("rp2040_pio", name="PIO0")
    for _ in range(9_999):
        pio.read("FSTAT")
    before = list(host.endings)
    pio.read("FSTAT")

    assert ([], 1) == (before, len(host.endings))


def _hashed(make, host, message, access_bytes):
    sha = make("rp2350_sha256", name="SHA256")
    sha.write("CSR", 1 << 12 | 1)  # BSWAP, START
    bits = (8 * len(message)).to_bytes(8, "big")
    padded = message + b"\x80" + bytes(-(len(message) + 9) % 64) + bits
    for place in range(0, len(padded), access_bytes):
        if not sha.read("CSR") & 0b10:
            host.advance(57)
        sha.device.write(4, access_bytes, int.from_bytes(padded[place : place + access_bytes], "little"))
    host.advance(57)
    assert sha.read("CSR") & 0b110 == 0b110
    return b"".join(sha.read(f"SUM{index}").to_bytes(4, "big") for index in range(8))


@pytest.mark.parametrize("access_bytes", [1, 4])
@pytest.mark.parametrize("size_bytes", [0, 3, 55, 56, 200])
def test_sha256_gives_what_the_host_gives(size_bytes, access_bytes, make, host):
    message = bytes(range(size_bytes))

    assert hashlib.sha256(message).digest() == _hashed(make, host, message, access_bytes)


def test_data_for_a_busy_sha256_is_an_error_that_the_clear_alias_acknowledges(make):
    sha = make("rp2350_sha256")
    sha.write("CSR", 1)
    for _ in range(17):
        sha.write("WDATA", 0)
    before = sha.read("CSR") & 1 << 4
    sha.device.write(0x3000, 4, 1 << 4)

    assert (1 << 4, 0) == (before, sha.read("CSR") & 1 << 4)


def test_the_trng_gives_new_words_each_time_and_the_same_in_every_run(make):
    def six(trng):
        return [trng.read(f"EHR_DATA{index}") for index in range(6)]

    first, again = make("rp2350_trng"), make("rp2350_trng")
    for each in (first, again):
        each.write("RND_SOURCE_ENABLE", 1)
    words = six(first)

    assert (words, 12, 1) == (six(again), len({*words, *six(first)}), first.read("TRNG_VALID"))


def test_an_unmasked_trng_interrupts_until_acknowledged(make, host):
    trng = make("rp2350_trng")
    trng.write("RNG_IMR", 0b1110)
    trng.write("RND_SOURCE_ENABLE", 1)
    before = host.irqs[7]
    trng.write("RNG_ICR", 1)

    assert (True, False) == (before, host.irqs[7])


@pytest.mark.parametrize("kind", ["rp2040_busctrl", "rp2350_busctrl"])
def test_a_bus_performance_counter_is_free_after_reset(kind, make):
    # pico_rand stops with an assertion when no PERFSEL has its reset value (pico_rand/rand.c).
    assert [0x1F] * 4 == [make(kind).read(f"PERFSEL{index}") for index in range(4)]


@pytest.mark.parametrize("kind", ["rp2040_adc", "rp2040_spi", "rp2040_i2c"])
def test_what_can_be_fed_says_under_which_name(kind, make):
    assert make(kind, name="X0").device.fed_names == ("X0",)
