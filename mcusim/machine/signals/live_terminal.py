"""A pseudo-terminal that a real serial client opens, as the far end of one UART; time then runs no faster than real."""

from __future__ import annotations

import os
import select
import sys
import time
from typing import TYPE_CHECKING

from mcusim.errors import UsageError

if TYPE_CHECKING:
    from mcusim.machine.signals.serial_ports import SerialPort, SerialPorts

_CHUNK_BYTES = 4096
_BACKLOG_BYTES = 1 << 16
_LISTENING_WITHIN_S = (
    0.1  # simulated; firmware that has sent but not switched a receiver on by then only sends
)


class LiveTerminal:
    """What firmware sends goes to the client, what the client writes to the firmware."""

    def __init__(self, channel: str, ports: SerialPorts) -> None:
        """An empty channel means the UART that the firmware uses."""
        if not hasattr(os, "openpty"):
            raise UsageError(
                "--uart-pty does not work on this system",
                why="it has no pseudo-terminals",
                fix="use --uart-in and --uart-out, or run on Linux or macOS",
            )
        import tty

        self._channel, self._ports = channel, ports
        self._port: SerialPort | None = None
        self.descriptor, self._client = os.openpty()
        tty.setraw(self._client)  # kept open: the settings would be lost with the last one who has it open
        os.set_blocking(self.descriptor, False)
        self._backlog = bytearray()
        sys.stderr.write(f"{channel or 'the serial port'} is {os.ttyname(self._client)}\n")
        sys.stderr.flush()

    def exchange(self, now_s: float) -> None:
        """Pass on what each side has for the other."""
        if self._port is None:
            self._port = self._chosen(now_s)
            if self._port is None:
                return
            self._backlog += self._port.output
            self._port.on_output = self._take
        self._send()
        try:
            data = os.read(self.descriptor, _CHUNK_BYTES)
        except BlockingIOError:
            return
        self._port.give(data)

    def close(self) -> None:
        """Give the client what is left, and hang up."""
        self._send()
        os.close(self._client)
        os.close(self.descriptor)

    def _chosen(self, now_s: float) -> SerialPort | None:
        if self._channel:
            return self._ports.port(self._channel)
        ports = self._ports.ports
        listening = next((port for port in ports if port.is_listening), None)
        if listening is None and now_s > _LISTENING_WITHIN_S:
            return next((port for port in ports if port.output), None)
        return listening

    def _take(self, data: bytes) -> None:
        self._backlog += data
        del self._backlog[:-_BACKLOG_BYTES]
        self._send()

    def _send(self) -> None:
        """As much as the client's buffer takes; nobody may be reading."""
        while self._backlog:
            try:
                count = os.write(self.descriptor, self._backlog[:_CHUNK_BYTES])
            except BlockingIOError:
                return
            del self._backlog[:count]


class RealTime:
    """Holds simulated time back where it would run ahead of the clock on the wall; being slow gives no credit."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()

    def wait(self, now_s: float, terminals: list[LiveTerminal]) -> None:
        """Wait until it is `now_s` in the real world too, and look after the terminals meanwhile."""
        descriptors = [each.descriptor for each in terminals]
        while True:
            for each in terminals:
                each.exchange(now_s)
            ahead_s = now_s - (time.monotonic() - self._began_s)
            if ahead_s <= 0:
                self._began_s -= ahead_s  # later: what took longer here is not made up for
                return
            select.select(descriptors, [], [], ahead_s)
