"""The far ends of serial lines: dialogues, the port that firmware uses, files, and bytes at the line's pace."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcusim.errors import UnknownNameError, UsageError
from mcusim.machine.signals.serial_ports import SerialPorts
from mcusim.report.signals import Signals, UartInput, UartOutput

MS_CYCLES = 16_000  # the far end answers after a millisecond; the host's core runs at 16 MHz
FRAME_CYCLES = 160  # ten bits of 16 cycles


@pytest.fixture
def connect(host):
    """connect(UartInput …, outputs=…) gives the ports of a host that UARTs made later use."""

    def build(*inputs, outputs=()):
        host.serial = SerialPorts(Signals(uart_inputs=inputs, uart_outputs=outputs), host)
        return host.serial

    yield build
    host.serial.close()


@pytest.fixture
def uart(make):
    """uart("USART1") is an STM32 UART that is off; `switch_on` turns its receiver and transmitter on."""

    def build(name):
        return make("stm32_usart", name=name, version=2, base_addr=0x4000_4400)

    return build


def switch_on(port):
    port.write("BRR", 16)
    port.write("CR1", 0b1101)


def received(port, host, cycles=1_000_000):
    """What firmware that polls reads within `cycles`."""
    data = bytearray()
    for _ in range(cycles // 10):
        host.advance(10)
        if port.read("ISR") & 1 << 5:
            data.append(port.read("RDR"))
    return bytes(data)


def say(port, text):
    for byte in text.encode():
        port.write("TDR", byte)


def test_bytes_come_a_frame_after_one_another_once_the_receiver_is_on(connect, uart, host):
    connect(UartInput("USART2", b"ab"))
    port = uart("USART2")
    host.advance(1_000_000)
    switch_on(port)
    seen = []
    for cycles in (FRAME_CYCLES - 1, 1, FRAME_CYCLES - 1, 1):
        host.advance(cycles)
        seen.append(port.read("ISR") >> 5 & 1 and chr(port.read("RDR")))

    assert [0, "a", 0, "b"] == seen


def test_a_byte_that_firmware_has_not_read_is_never_overrun(connect, uart, host):
    connect(UartInput("USART2", b"abc"))
    port = uart("USART2")
    switch_on(port)
    host.advance(100 * FRAME_CYCLES)

    assert b"abc" == received(port, host)


def test_an_answer_waits_for_its_prompt_and_a_millisecond(connect, uart, host):
    connect(UartInput("USART2", b"go", after=b"ready"))
    port = uart("USART2")
    switch_on(port)
    before = received(port, host)
    say(port, "rea")
    say(port, "dy\n")
    early = received(port, host, MS_CYCLES)

    assert (b"", b"", b"go") == (before, early, received(port, host))


def test_a_dialogue_goes_on_prompt_by_prompt_and_needs_each_anew(connect, uart, host):
    connect(*(UartInput("USART2", text, after=b"> ") for text in (b"one", b"two")), UartInput("USART2", b"!"))
    port = uart("USART2")
    switch_on(port)
    seen = []
    for text in ("> ", "busy", "> "):
        say(port, text)
        seen.append(received(port, host))

    assert [b"one", b"", b"two!"] == seen


def test_without_a_channel_the_first_receiver_that_is_switched_on_gets_the_input(connect, uart, host):
    ports = connect(UartInput("", b"x"))
    first, second = uart("USART1"), uart("USART2")
    switch_on(second)
    switch_on(first)
    seen = (received(first, host), received(second, host))
    ports.close()

    assert (b"", b"x") == seen
    assert ["--uart-in went to USART2; the firmware also listens on USART1"] == [
        text.partition(":")[0] for text in host.warnings
    ]


def test_without_a_channel_a_prompt_tells_which_port_is_meant(connect, uart, host):
    connect(UartInput("", b"x", after=b"ready"))
    first, second = uart("USART1"), uart("USART2")
    switch_on(first)
    say(second, "ready")  # its transmitter is off: nothing is sent
    switch_on(second)
    say(second, "ready")

    assert (b"x", b"") == (received(second, host), received(first, host))


def test_input_that_was_not_sent_is_said_with_the_prompt_that_never_came(connect, uart, host):
    ports = connect(UartInput("USART2", b"go", after=b"ready\r\n"))
    switch_on(uart("USART2"))
    ports.close()

    assert [
        "--uart-in: 2 bytes were not sent: the firmware never printed 'ready\\r\\n' on USART2"
    ] == host.warnings


def test_input_for_firmware_that_never_listens_is_said(connect, uart, host):
    ports = connect(UartInput("", b"go"))
    uart("USART2")
    ports.close()

    assert "switched no UART's receiver on" in host.warnings[0]


def test_input_that_firmware_did_not_read_is_said(connect, uart, host):
    ports = connect(UartInput("USART2", b"abc"))
    switch_on(uart("USART2"))
    host.advance(1_000_000)
    ports.close()

    assert "did not read all of the input for USART2" in host.warnings[0]


def test_an_answer_that_was_due_comes_after_a_reset_too(connect, uart, host):
    connect(UartInput("USART2", b"go", after=b"ready"))
    port = uart("USART2")
    switch_on(port)
    say(port, "ready")
    host.deadlines.clear()  # what the machine does at a reset
    port.device.reset()
    switch_on(port)

    assert b"go" == received(port, host)


def test_a_file_gets_what_the_firmware_sends_while_it_does(connect, uart, host, tmp_path):
    path = tmp_path / "log"
    ports = connect(outputs=(UartOutput("USART2", path),))
    first, second = uart("USART1"), uart("USART2")
    ports.check(())
    for port, text in ((first, "no"), (second, "yes")):
        switch_on(port)
        say(port, text)

    assert b"yes" == path.read_bytes()


def test_a_file_without_a_channel_gets_the_first_that_sends(connect, uart, tmp_path):
    path = tmp_path / "log"
    ports = connect(outputs=(UartOutput("", path),))
    first, second = uart("USART1"), uart("USART2")
    ports.check(())
    for port, text in ((second, "yes"), (first, "no"), (second, "!")):
        switch_on(port)
        say(port, text)

    assert b"yes!" == path.read_bytes()


def test_a_dash_is_standard_output(connect, uart, capfdbinary):
    connect(outputs=(UartOutput("", Path("-")),))
    port = uart("USART2")
    switch_on(port)
    say(port, "hello")

    assert b"hello" == capfdbinary.readouterr().out


def test_a_file_that_cannot_be_written_is_refused_before_the_run(connect, uart, tmp_path):
    ports = connect(outputs=(UartOutput("", tmp_path / "no" / "log"),))
    uart("USART2")

    with pytest.raises(UsageError, match="cannot write the file of --uart-out"):
        ports.check(())


@pytest.mark.parametrize(
    "signals",
    [
        Signals(uart_inputs=(UartInput("USRT2", b"x"),)),
        Signals(ptys=("USRT2",)),
        Signals(uart_outputs=(UartOutput("USRT2", Path("-")),)),
    ],
    ids=["in", "pty", "out"],
)
def test_an_unknown_channel_is_refused_with_the_board_s_names(signals, host):
    host.serial = SerialPorts(signals, host)
    host.serial_port("USART2")

    with pytest.raises(UnknownNameError) as caught:
        host.serial.check(("semihosting",))

    assert "USART2" in str(caught.value.fix)


def test_a_board_without_uart_has_nothing_to_connect_to(host):
    ports = SerialPorts(Signals(uart_inputs=(UartInput("", b"x"),)), host)

    with pytest.raises(UsageError, match="no UART"):
        ports.check(("semihosting",))


def test_output_of_a_console_that_is_no_uart_can_go_to_a_file(host, tmp_path):
    path = tmp_path / "log"
    host.serial = SerialPorts(Signals(uart_outputs=(UartOutput("semihosting", path),)), host)
    host.serial.check(("semihosting",))
    host.emit("semihosting", b"hello")
    host.serial.close()

    assert b"hello" == path.read_bytes()


def test_a_repeated_run_prints_only_what_goes_beyond_the_first(connect, host, uart, capfdbinary):
    """Files are written anew, the screen is not."""
    first = connect(outputs=(UartOutput("USART1", Path("-")),))
    first.port("USART1")
    first.check(())
    first.emitted("USART1", b"read")
    again = connect(outputs=(UartOutput("USART1", Path("-")),))
    again.port("USART1")
    again.skip_shown(first)
    again.check(())
    for text in (b"re", b"ady", b"!"):
        again.emitted("USART1", text)

    assert b"ready!" == capfdbinary.readouterr().out
