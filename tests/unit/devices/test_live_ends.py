"""A pseudo-terminal and SEGGER RTT as far ends of what firmware prints and reads."""

from __future__ import annotations

import os
import re
import select

import pytest

from mcusim.machine.signals.live_terminal import LiveTerminal, RealTime
from mcusim.machine.signals.rtt import RttProbe

BLOCK, UP, DOWN = 0x2000_0000, 0x2000_0100, 0x2000_0200


class Ram:
    """256 words of memory as the probe sees it."""

    def __init__(self):
        self.data = bytearray(0x400)

    def read(self, addr, size_bytes):
        return bytes(self.data[addr - BLOCK : addr - BLOCK + size_bytes])

    def write(self, addr, data):
        self.data[addr - BLOCK : addr - BLOCK + len(data)] = data
        return True

    def words(self, addr, *values):
        self.write(addr, b"".join(value.to_bytes(4, "little") for value in values))


@pytest.fixture
def ram():
    """A control block with one buffer of 8 bytes each way: the layout of SEGGER_RTT.h."""
    made = Ram()
    made.write(BLOCK, b"SEGGER RTT\0\0\0\0\0\0")
    made.words(BLOCK + 16, 1, 1, 0, UP, 8, 0, 0, 0, 0, DOWN, 8, 0, 0, 0)
    return made


def test_what_firmware_prints_is_taken_also_around_the_end_of_the_buffer(ram, host):
    probe = RttProbe(BLOCK, host, ram)
    ram.write(UP, b"lo!_hel\n")
    ram.words(BLOCK + 24 + 12, 3, 4)  # WrOff, RdOff
    probe.poll()
    probe.poll()

    assert ({"RTT": b"hel\nlo!"}, (3).to_bytes(4, "little")) == (host.console, ram.read(BLOCK + 24 + 16, 4))


def test_what_the_user_sends_fills_the_buffer_but_one_byte(ram, host):
    probe = RttProbe(BLOCK, host, ram)
    host.serial.port("RTT").give(b"123456789")
    probe.poll()
    first = (ram.read(DOWN, 7), ram.read(BLOCK + 48 + 12, 4))
    ram.words(BLOCK + 48 + 16, 7)  # the firmware has read all
    probe.poll()

    assert (b"1234567", (7).to_bytes(4, "little")) == first
    assert b"9234567" + b"8" == ram.read(DOWN, 8)


@pytest.mark.parametrize("damage", [(BLOCK, 0), (BLOCK + 24 + 8, 0), (BLOCK + 24 + 12, 99)])
def test_a_block_that_is_not_set_up_is_left_alone(damage, ram, host):
    ram.words(BLOCK + 24 + 12, 3)
    ram.words(*damage)
    before = bytes(ram.data)
    RttProbe(BLOCK, host, ram).poll()

    assert ({}, before) == (host.console, bytes(ram.data))


@pytest.fixture
def terminal(host, make, capsys):
    """A terminal for the UART that firmware uses, a switched-on UART, and a client's descriptor."""
    uart = make("stm32_usart", name="USART2", version=2)
    made = LiveTerminal("", host.serial)
    path = re.search(r"is (/\S+)\n", capsys.readouterr().err)[1]
    client = os.open(path, os.O_RDWR | os.O_NOCTTY)
    yield made, uart, client
    os.close(client)
    made.close()


def read_all(client, count=1):
    data = b""
    while len(data) < count and select.select([client], [], [], 5)[0]:
        data += os.read(client, 100)
    return data


def test_a_client_sees_what_was_sent_before_it_was_chosen_and_after(terminal):
    made, uart, client = terminal
    uart.write("CR1", 0b1101)
    uart.write("TDR", ord("a"))
    made.exchange(0.0)
    uart.write("TDR", 0xFF)

    assert b"a\xff" == read_all(client, 2)


def test_what_a_client_types_arrives_raw_at_the_line_s_pace(terminal, host):
    made, uart, client = terminal
    uart.write("BRR", 16)
    uart.write("CR1", 0b1101)
    os.write(client, b"\r\x03")
    select.select([made.descriptor], [], [], 5)
    made.exchange(0.0)
    host.advance(159)
    before = uart.fields("ISR", 5, 1)
    host.advance(1)
    first = uart.read("RDR")
    host.advance(160)

    assert (0, 0x0D, 0x03) == (before, first, uart.read("RDR"))


def test_firmware_that_only_sends_is_chosen_after_a_while(terminal):
    made, uart, client = terminal
    uart.write("CR1", 0b1001)
    uart.write("TDR", ord("a"))
    made.exchange(0.05)
    is_early = bool(select.select([client], [], [], 0)[0])
    made.exchange(0.2)

    assert (False, b"a") == (is_early, read_all(client))


def test_simulated_time_waits_for_the_real_one_and_gets_no_credit(monkeypatch):
    now_s, slept_s = [0.0], []

    def sleep(_read, _write, _errors, timeout_s):
        slept_s.append(round(timeout_s, 3))
        now_s[0] += timeout_s
        return [], [], []

    monkeypatch.setattr("time.monotonic", lambda: now_s[0])
    monkeypatch.setattr("select.select", sleep)
    real_time = RealTime()
    real_time.wait(0.25, [])
    now_s[0] += 10  # a long computation
    real_time.wait(0.5, [])
    real_time.wait(0.75, [])

    assert [0.25, 0.25] == slept_s
