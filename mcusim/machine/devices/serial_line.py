"""The wire side of every UART: frames to the console and from whatever is connected, each in its time.

Not modelled: line errors, flow control, parity, break, overruns: the far end waits with the next byte until the
receiver has room, and until the line had the time for it. Unless the option `is_timed` is true, a byte that is sent
takes no time: firmware that waits for a transmission to end does not wait, which makes it faster than a board's.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.machine.devices.ticks import Alarm

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from mcusim.machine.devices.device import Host
    from mcusim.machine.devices.register_device import RegisterDevice

BITS_PER_FRAME = 10  # start bit, 8 data bits, stop bit


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class LineEvents:
    """What a UART does when something happened on its line."""

    on_sent: Callable[[], None]
    """The last byte has left (at once when untimed)."""
    on_received: Callable[[], None]
    """A byte has come."""
    on_quiet: Callable[[], None] | None = None
    """A frame's time has passed since the last byte, and no other comes."""


class SerialLine:
    """A transmitter that empties into the console, and a receiver of what the far end has.

    Option of the device: `is_timed` (frames that are sent take bit times).
    """

    def __init__(
        self,
        device: RegisterDevice,
        events: LineEvents,
        bit_cycles: Callable[[], Fraction],
        *,
        depth_bytes: int = 1,
    ) -> None:
        """`depth_bytes` wait in the receiver until firmware takes them."""
        self._host: Host = device.host
        self._channel = device.spec.name
        self._is_timed = device.bool_option("is_timed")
        self._events, self._bit_cycles, self._depth_bytes = events, bit_cycles, depth_bytes
        self._port = device.host.serial_port(self._channel)
        self._port.on_ready = self._expect
        self._received: deque[int] = deque()
        self._is_listening = False
        self._last_arrival_cycles = 0
        self._busy_until_cycles = 0
        self._sent_alarm = Alarm(device.host, events.on_sent)
        self._arrival_alarm = Alarm(device.host, self._arrive)
        self._quiet_alarm = Alarm(device.host, events.on_quiet or _nothing)

    @property
    def is_idle(self) -> bool:
        """Whether every byte sent has left."""
        return not self._sent_alarm.is_set

    @property
    def has_input(self) -> bool:
        """Whether a received byte waits."""
        return bool(self._received)

    @property
    def received_count(self) -> int:
        """Bytes that wait in the receiver."""
        return len(self._received)

    def reset(self) -> None:
        """Both directions off; the far end does not notice."""
        self._received.clear()
        self._is_listening = False
        self._busy_until_cycles = 0
        for alarm in (self._sent_alarm, self._arrival_alarm, self._quiet_alarm):
            alarm.cancel()
        self._port.restart()

    def listen(self, is_on: bool) -> None:
        """The receiver is on or off; cheap to call after every write that may have changed it."""
        if is_on == self._is_listening:
            return
        self._is_listening = is_on
        if is_on:
            self._last_arrival_cycles = self._host.now_cycles
            self._port.listen()
            self._expect()
        else:
            self._arrival_alarm.cancel()

    def take(self) -> int:
        """The next received byte, 0 when there is none."""
        if not self._received:
            return 0
        byte = self._received.popleft()
        self._expect()
        return byte

    def peek(self) -> int:
        """The next received byte, which stays; 0 when there is none."""
        return self._received[0] if self._received else 0

    def send(self, data: bytes) -> None:
        """Put bytes on the line; `on_sent` is called when the last one has left."""
        self._host.emit(self._channel, data)
        if not self._is_timed:
            self._events.on_sent()
            return
        start_cycles = max(self._host.now_cycles, self._busy_until_cycles)
        self._busy_until_cycles = start_cycles + len(data) * self._frame_cycles()
        self._sent_alarm.set(self._busy_until_cycles)

    def _frame_cycles(self) -> int:
        return max(1, round(BITS_PER_FRAME * self._bit_cycles()))

    def _expect(self) -> None:
        """The next byte comes a frame after the one before, as soon as there is room for it."""
        has_room = len(self._received) < self._depth_bytes
        if not (self._is_listening and has_room and self._port.has_bytes) or self._arrival_alarm.is_set:
            return
        now_cycles, frame_cycles = self._host.now_cycles, self._frame_cycles()
        is_first = now_cycles - self._last_arrival_cycles > frame_cycles  # nothing was on the line
        began_cycles = now_cycles if is_first else self._last_arrival_cycles
        self._quiet_alarm.cancel()
        self._arrival_alarm.set(began_cycles + frame_cycles)

    def _arrive(self) -> None:
        self._received.append(self._port.next_byte())
        self._last_arrival_cycles = self._host.now_cycles
        if self._events.on_quiet is not None and not self._port.has_bytes:
            self._quiet_alarm.set(self._host.now_cycles + self._frame_cycles())
        self._expect()
        self._events.on_received()
