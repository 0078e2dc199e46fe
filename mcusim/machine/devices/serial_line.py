"""The wire side of every UART: bytes to the console, bytes from the board file, and optionally their time.

Not modelled: line errors, flow control, parity, break. Unless the option `is_timed` is true, a byte takes
no time: firmware that waits for a transmission to end does not wait, which makes it faster than a board's.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from mcusim.machine.devices.ticks import Alarm

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from mcusim.machine.devices.device import Host
    from mcusim.machine.devices.register_device import RegisterDevice

BITS_PER_FRAME = 10  # start bit, 8 data bits, stop bit


class SerialLine:
    """A transmitter that empties into the console, and a receiver that holds its input from the start.

    Options of the device: `input` (text that waits in the receiver), `is_timed` (frames take bit times).
    """

    def __init__(self, device: RegisterDevice, on_idle: Callable[[], None]) -> None:
        self._host: Host = device.host
        self._channel = device.spec.name
        self._is_timed = device.bool_option("is_timed")
        self._input = device.text_option("input", "").encode()
        self._waiting = deque(self._input)
        self._on_idle = on_idle
        self._busy_until_cycles = 0
        self._idle_alarm = Alarm(device.host, on_idle)

    @property
    def is_idle(self) -> bool:
        """Whether every byte sent has left."""
        return not self._idle_alarm.is_set

    @property
    def has_input(self) -> bool:
        """Whether a received byte waits."""
        return bool(self._waiting)

    def reset(self) -> None:
        """Stop sending; the input starts over."""
        self._waiting = deque(self._input)
        self._busy_until_cycles = 0
        self._idle_alarm.cancel()

    def take(self) -> int:
        """The next received byte, 0 when there is none."""
        return self._waiting.popleft() if self._waiting else 0

    def send(self, data: bytes, bit_cycles: Fraction) -> None:
        """Put bytes on the line; `on_idle` is called when the last one has left (at once when untimed)."""
        self._host.emit(self._channel, data)
        if not self._is_timed:
            self._on_idle()
            return
        start_cycles = max(self._host.now_cycles, self._busy_until_cycles)
        self._busy_until_cycles = start_cycles + round(BITS_PER_FRAME * len(data) * bit_cycles)
        self._idle_alarm.set(self._busy_until_cycles)
