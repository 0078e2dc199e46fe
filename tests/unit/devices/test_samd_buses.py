"""SERCOM as SPI and I2C master, DMAC, DSU, EIC of the SAM D21 and D51 (CMSIS-Atmel; Arduino's SERCOM.cpp)."""

from __future__ import annotations

from types import SimpleNamespace
from zlib import crc32

import pytest

_CTRLA, _CTRLB, _INTFLAG, _STATUS, _ADDR, _DATA = 0x00, 0x04, 0x18, 0x1A, 0x24, 0x28
_MB, _SB, _RXNACK = 1 << 0, 1 << 1, 1 << 2


@pytest.fixture
def spi(make):
    device = make("samd_sercom", name="SERCOM4").device
    device.write(_CTRLA, 4, 3 << 2)
    device.write(_CTRLB, 4, 1 << 17)
    device.write(_CTRLA, 4, 3 << 2 | 1 << 1)
    return device


@pytest.fixture
def i2c(make):
    device = make("samd_sercom", name="SERCOM3").device
    device.write(_CTRLA, 4, 5 << 2)
    device.write(_CTRLA, 4, 5 << 2 | 1 << 1)
    device.write(_STATUS, 2, 1 << 4)  # BUSSTATE: idle
    return device


def test_a_byte_sent_over_spi_brings_a_fed_byte_back(spi, host):
    host.feeds = {"SERCOM4": [0xA5, 0x5A]}
    seen = []
    for byte in (1, 2, 3):
        spi.write(_DATA, 2, byte)
        seen.append((spi.read(_INTFLAG, 1) & 0b111, spi.read(_DATA, 1), spi.read(_INTFLAG, 1) & 0b100))

    assert [(7, 0xA5, 0), (7, 0x5A, 0), (7, 0, 0)] == seen


def test_an_i2c_address_that_nothing_is_fed_to_is_refused(i2c, host):
    i2c.write(_ADDR, 4, 0x40 << 1)

    assert (_MB, _RXNACK) == (i2c.read(_INTFLAG, 1), i2c.read(_STATUS, 2) & _RXNACK)
    assert any("SERCOM3.0x40" in text for text in host.warnings)


def test_registers_of_an_i2c_device_are_read_as_wire_does_it(i2c, host):
    host.feeds = {"SERCOM3.0x68": [0x71, 0x72]}
    i2c.write(_ADDR, 4, 0x68 << 1)
    after_address = (i2c.read(_INTFLAG, 1), i2c.read(_STATUS, 2) >> 4 & 0b11)
    i2c.write(_DATA, 1, 0x75)
    i2c.write(_ADDR, 4, 0x68 << 1 | 1)
    first = (i2c.read(_INTFLAG, 1), i2c.read(_DATA, 1))
    i2c.write(_CTRLB, 4, 2 << 16)  # acknowledge and read on
    second = (i2c.read(_INTFLAG, 1), i2c.read(_DATA, 1))
    i2c.write(_CTRLB, 4, 1 << 18 | 3 << 16)  # refuse and stop

    assert (_MB, 2) == after_address
    assert ((_SB, 0x71), (_SB, 0x72)) == (first, second)
    assert (0, 1) == (i2c.read(_INTFLAG, 1), i2c.read(_STATUS, 2) >> 4 & 0b11)


def test_in_smart_mode_reading_a_byte_fetches_the_next(i2c, host):
    host.feeds = {"SERCOM3.0x68": [1, 2, 3, 4]}
    i2c.write(_CTRLB, 4, 1 << 8)
    i2c.write(_ADDR, 4, 0x68 << 1 | 1)

    assert [1, 2, 3] == [i2c.read(_DATA, 1) for _ in range(3)]


def test_the_bus_lines_interrupt(i2c, host):
    host.feeds = {"SERCOM3.0x68": [1]}
    i2c.write(0x16, 1, _SB)
    i2c.write(_ADDR, 4, 0x68 << 1 | 1)
    is_there = host.irqs[7]

    i2c.write(_CTRLB, 4, 1 << 18 | 3 << 16)

    assert (True, False) == (is_there, host.irqs[7])


# --- DMAC ---

_BASE = 0x2000_0000
_VALID, _SRCINC, _DSTINC = 1 << 0, 1 << 10, 1 << 11


def _descriptor(control, count, source, target, following=0):
    words = (control | count << 16, source, target, following)
    return b"".join(word.to_bytes(4, "little") for word in words)


@pytest.fixture
def dmac(host, make):
    device = make("samd_dmac", triggers="1=SERCOM0_RX 2=SERCOM0_TX").device
    device.write(0x34, 4, _BASE)
    device.write(0x00, 2, 1 << 1 | 0xF << 8)
    return device


def _enable(dmac, channel, source, action):
    dmac.write(0x3F, 1, channel)
    dmac.write(0x44, 4, source << 8 | action << 22)
    dmac.write(0x4D, 1, 1 << 1)
    dmac.write(0x40, 1, 1 << 1)


def test_firmware_triggers_a_copy_between_memories(dmac, host):
    host.bus = {0x100 + 4 * index: index + 1 for index in range(4)}
    control = _VALID | 2 << 8 | _SRCINC | _DSTINC
    host.memory[_BASE] = _descriptor(control, 4, 0x110, 0x210)  # the ends of the blocks
    _enable(dmac, 0, 0, 0)
    host.advance(1000)
    before = host.bus.get(0x200)

    dmac.write(0x10, 4, 1)
    host.advance(1000)

    assert (None, [1, 2, 3, 4]) == (before, [host.bus[0x200 + 4 * index] for index in range(4)])
    assert (True, 1 << 1, 0) == (host.irqs[7], dmac.read(0x4E, 1), dmac.read(0x40, 1) & 1 << 1)


def test_a_transaction_runs_through_its_chain_of_descriptors(dmac, host):
    host.bus = {0x100: 7, 0x180: 8}
    host.memory[_BASE] = _descriptor(_VALID, 1, 0x100, 0x200, 0x2000_1000)
    host.memory[0x2000_1000] = _descriptor(_VALID, 1, 0x180, 0x280)
    _enable(dmac, 0, 0, 3)

    dmac.write(0x10, 4, 1)
    host.advance(1000)

    assert (7, 8) == (host.bus[0x200], host.bus[0x280])


def test_a_peripheral_gives_a_beat_each_time_it_asks(dmac, host):
    data = SimpleNamespace(left=[5, 6, 7])

    def register(_written):
        byte = data.left.pop(0)
        host.dma_net.set_request("SERCOM0_RX", bool(data.left))
        return byte

    host.bus = {0x2A: register}
    host.memory[_BASE + 16 * 3] = _descriptor(_VALID | _DSTINC, 3, 0x2A, 0x303)
    _enable(dmac, 3, 1, 2)
    host.dma_net.set_request("SERCOM0_RX", True)
    host.advance(1000)

    assert ([5, 6, 7], True) == ([host.bus[0x300 + index] for index in range(3)], host.irqs[7])


def test_a_descriptor_that_is_not_valid_is_an_error(dmac, host):
    host.memory[_BASE] = _descriptor(0, 4, 0x110, 0x210)
    _enable(dmac, 0, 0, 0)

    assert 1 << 0 == dmac.read(0x4E, 1)


def test_spi_sends_and_fetches_by_dma_without_losing_a_byte(host, make):
    spi = make("samd_sercom", name="SERCOM0").device
    spi.write(_CTRLB, 4, 1 << 17)
    spi.write(_CTRLA, 4, 3 << 2 | 1 << 1)
    host.feeds = {"SERCOM0": list(range(64))}
    host.bus = {0x42: lambda written: spi.read(_DATA, 1) if written is None else spi.write(_DATA, 1, written)}
    dmac = make("samd_dmac", layout="d51", triggers="4=SERCOM0_RX 5=SERCOM0_TX").device
    dmac.write(0x34, 4, _BASE)
    dmac.write(0x00, 2, 1 << 1)
    host.memory[_BASE] = _descriptor(_VALID | _DSTINC, 64, 0x42, 0x340)
    host.memory[_BASE + 16] = _descriptor(_VALID | _SRCINC, 64, 0x540, 0x42)
    for channel, trigger in ((0, 4), (1, 5)):
        dmac.write(0x4D + 16 * channel, 1, 1 << 1)
        dmac.write(0x40 + 16 * channel, 4, trigger << 8 | 2 << 20 | 1 << 1)
    host.advance(10_000)

    assert list(range(64)) == [host.bus.get(0x300 + index) for index in range(64)]
    assert (True, True) == (host.irqs[7], host.irqs[8])


# --- DSU, EIC, serial number ---


def test_dsu_tells_the_chip_and_makes_a_checksum(host, make):
    dsu = make("samd_dsu", device_id=0x1001_0005).device
    host.memory[0x1000] = b"123456789012"
    dsu.write(0x4, 4, 0x1000)
    dsu.write(0x8, 4, 12)
    dsu.write(0xC, 4, 0xFFFF_FFFF)
    dsu.write(0x0, 1, 1 << 2)

    assert 0x1001_0005 == dsu.read(0x18, 4)  # samd21g18a.h: DSU_DID_RESETVALUE
    assert (1, crc32(b"123456789012") ^ 0xFFFF_FFFF) == (dsu.read(0x1, 1) & 1, dsu.read(0xC, 4))


@pytest.mark.parametrize(("layout", "enable_set"), [("d21", 0x0C), ("d51", 0x10)])
def test_waiting_for_a_pin_is_said_to_be_in_vain(layout, enable_set, host, make):
    eic = make("samd_eic", name="EIC", layout=layout).device
    eic.write(enable_set, 4, 1 << 5)

    assert (1 << 5, 1) == (eic.read(enable_set - 4, 4), len(host.warnings))
    assert "nothing outside moves a pin" in host.warnings[0]


def test_the_serial_number_is_read_only(make):
    device = make("samd_serial_number", words_at="0x1FC 0x010 0x014 0x018").device
    before = device.read(0x1FC, 4)
    device.write(0x1FC, 4, 0)

    assert (True, before) == (before != 0, device.read(0x1FC, 4))
