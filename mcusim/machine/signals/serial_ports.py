"""The far ends of the board's serial lines: answers prepared by the user, files that get what the firmware sends."""

from __future__ import annotations

import sys
from collections import deque
from typing import TYPE_CHECKING

from mcusim.errors import UsageError, unknown_name
from mcusim.machine.devices.ticks import Alarm

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from mcusim.machine.devices.device import Host
    from mcusim.report.signals import Signals, UartInput, UartOutput

_ANSWERS_PER_S = 1000  # a host answers a prompt after a millisecond: assumed, USB polls at that rate
_HISTORY_BYTES = 1 << 16  # output that a prompt is looked for in, and that a terminal opened late still gets


class SerialPort:
    """What is connected to one UART: it has bytes for the receiver and sees what the firmware sends.

    Answers come in order; each is there once its prompt was printed after the answer before, and a millisecond
    more. How fast the bytes go over the line is the UART's business (`SerialLine`).
    """

    def __init__(self, name: str, host: Host) -> None:
        self.name = name
        self.is_listening = False
        """Whether the firmware has ever switched the receiver on."""
        self.output = bytearray()
        """What the firmware sent since the last prompt that was answered, at most the last 64 KiB."""
        self.taken_count = 0
        self.on_ready: Callable[[], None] = lambda: None
        """Called when there are bytes for the receiver that were not there before."""
        self.on_listening: Callable[[], None] = lambda: None
        """Called when the firmware switches the receiver on."""
        self.on_output: Callable[[bytes], None] = lambda _data: None
        """Called with what the firmware sends."""
        self._host = host
        self._dialogue: deque[UartInput] = deque()
        self._ready: deque[int] = deque()
        self._answer_alarm = Alarm(host, self._answer)

    @property
    def has_bytes(self) -> bool:
        """Whether the far end is ready to send a byte."""
        return bool(self._ready)

    @property
    def waiting(self) -> UartInput | None:
        """The answer that still waits for its prompt."""
        return self._dialogue[0] if self._dialogue else None

    def listen(self) -> None:
        """The firmware switched the receiver on."""
        self.is_listening = True
        self.on_listening()

    def next_byte(self) -> int:
        """The byte that goes onto the line now; only while `has_bytes`."""
        self.taken_count += 1
        return self._ready.popleft()

    def prepare(self, answer: UartInput) -> None:
        """Put an answer behind those that are there."""
        self._dialogue.append(answer)
        self._go_on()

    def give(self, data: bytes) -> None:
        """Bytes that somebody types now."""
        self._ready.extend(data)
        self.on_ready()

    def sees(self, data: bytes) -> None:
        """The firmware sends `data`."""
        self.on_output(data)
        self.output += data
        del self.output[:-_HISTORY_BYTES]
        self._go_on()

    def restart(self) -> None:
        """The chip was reset, which the far end does not notice: an answer that was due is due again."""
        if self._answer_alarm.is_set:
            self._answer_alarm.cancel()
            self._answer_soon()

    def _go_on(self) -> None:
        """Look for the prompts of the answers that come next."""
        while self._dialogue and not self._answer_alarm.is_set:
            prompt = self._dialogue[0].after
            if prompt:
                place = self.output.find(prompt)
                if place < 0:
                    return
                del self.output[: place + len(prompt)]
                self._answer_soon()
                return
            self.give(self._dialogue.popleft().data)

    def _answer_soon(self) -> None:
        self._answer_alarm.set(self._host.now_cycles + self._host.core_clock_hz // _ANSWERS_PER_S)

    def _answer(self) -> None:
        self.give(self._dialogue.popleft().data)
        self._go_on()


class SerialPorts:
    """The ports of one board, and what the user connected to them.

    What is connected to no named channel goes to the first port whose receiver the firmware switches on; an answer
    that waits for a prompt, to the first of those on which that prompt was printed.
    """

    def __init__(self, signals: Signals, host: Host) -> None:
        self._signals, self._host = signals, host
        self._ports: dict[str, SerialPort] = {}
        self._unnamed = [each for each in signals.uart_inputs if not each.channel]
        self._unnamed_port: SerialPort | None = None
        self._writers = [_Writer(each) for each in signals.uart_outputs]

    @property
    def ports(self) -> tuple[SerialPort, ...]:
        """In the order of the chip file."""
        return tuple(self._ports.values())

    @property
    def taken_count(self) -> int:
        """Bytes that went to receivers so far: a sign that something happens."""
        return sum(each.taken_count for each in self._ports.values())

    def port(self, channel: str) -> SerialPort:
        """The far end of the UART called `channel`."""
        if channel not in self._ports:
            port = self._ports[channel] = SerialPort(channel, self._host)
            port.on_listening = lambda: self._connect_unnamed(port)
            for each in self._signals.uart_inputs:
                if each.channel == channel:
                    port.prepare(each)
        return self._ports[channel]

    def check(self, other_outputs: tuple[str, ...]) -> None:
        """Refuse channels that the board lacks, and open the files; `other_outputs` are consoles without a port.

        Raises:
            UnknownNameError: a channel is no UART of this board.
            UsageError: the board has no UART, or a file cannot be written.
        """
        inputs = (*(each.channel for each in self._signals.uart_inputs), *self._signals.ptys)
        outputs = [each.channel for each in self._signals.uart_outputs]
        if not self._ports and (inputs or any(name not in other_outputs for name in outputs)):
            raise UsageError("this board has no UART", why="nothing can be connected", fix="drop --uart-...")
        for name in filter(None, inputs):
            if name not in self._ports:
                raise unknown_name("UART", name, tuple(self._ports), where="this board")
        for name in filter(None, outputs):
            if name not in self._ports and name not in other_outputs:
                raise unknown_name("output", name, (*self._ports, *other_outputs), where="this board")
        for writer in self._writers:
            writer.open()

    def emitted(self, channel: str, data: bytes) -> None:
        """The firmware sent `data`."""
        for writer in self._writers:
            writer.write(channel, data)
        port = self._ports.get(channel)
        if port is not None:
            port.sees(data)
            self._connect_unnamed(port)

    def skip_shown(self, previous: SerialPorts) -> None:
        """What `previous` printed on the screen comes again: leave out as many bytes of each output."""
        for writer, shown in zip(self._writers, previous._writers, strict=True):
            writer.skipped_bytes = shown.shown_bytes

    def close(self) -> None:
        """Close the files; tell what did not reach the firmware."""
        for writer in self._writers:
            writer.close()
        for text in self._complaints():
            self._host.warn(text)

    def _connect_unnamed(self, port: SerialPort) -> None:
        if not self._unnamed or not port.is_listening or self._unnamed[0].after not in port.output:
            return
        inputs, self._unnamed = self._unnamed, []
        self._unnamed_port = port
        for each in inputs:
            port.prepare(each)

    def _complaints(self) -> list[str]:
        texts = []
        for port in self._ports.values():
            if port.waiting is not None:
                texts.append(_never_printed(port.waiting, f"on {port.name}"))
            elif port.has_bytes:
                texts.append(f"--uart-in: the firmware did not read all of the input for {port.name}")
        if self._unnamed:
            listening = [port.name for port in self._ports.values() if port.is_listening]
            texts.append(
                _never_printed(self._unnamed[0], f"on {' or '.join(listening)}")
                if listening and self._unnamed[0].after
                else "--uart-in: nothing was sent, because the firmware switched no UART's receiver on"
            )
        if self._unnamed_port is not None:
            others = [each.name for each in self._ports.values() if each.is_listening]
            others.remove(self._unnamed_port.name)
            if others:
                texts.append(
                    f"--uart-in went to {self._unnamed_port.name}; the firmware also listens on "
                    f"{' and '.join(others)}: name the one that is meant, as in --uart-in {others[0]}=TEXT"
                )
        return texts


def _never_printed(waiting: UartInput, where: str) -> str:
    prompt = waiting.after.decode("utf-8", "backslashreplace")
    return (
        f"--uart-in: {len(waiting.data)} bytes were not sent: the firmware never printed {prompt!r} {where}"
    )


class _Writer:
    """A file that grows while the firmware sends."""

    def __init__(self, output: UartOutput) -> None:
        self._channel, self._path = output.channel, output.path
        self._is_screen = str(output.path) == "-"
        self._file: BinaryIO | None = None
        self.shown_bytes = 0
        """What was printed on the screen, or left out because it is there."""
        self.skipped_bytes = 0

    def write(self, channel: str, data: bytes) -> None:
        """Take what belongs to this file's channel; without one, to the first that sends."""
        self._channel = self._channel or channel
        if channel != self._channel:
            return
        if self._is_screen:
            skipped_bytes = max(0, self.skipped_bytes - self.shown_bytes)
            self.shown_bytes += len(data)
            data = data[skipped_bytes:]
        file = sys.stdout.buffer if self._is_screen else self._file
        if file is not None:
            file.write(data)
            file.flush()

    def close(self) -> None:
        """Nothing more comes."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def open(self) -> None:
        """Begin the file.

        Raises:
            UsageError: it cannot be written.
        """
        if self._is_screen:
            return
        try:
            self._file = self._path.open("wb")
        except OSError as error:
            raise UsageError(
                "cannot write the file of --uart-out", where=str(self._path), why=error.strerror or ""
            ) from error
