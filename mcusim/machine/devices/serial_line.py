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
_ANSWERS_PER_S = 1000  # a host answers a prompt after a millisecond: assumed, USB polls at that rate


class SerialLine:
    """A transmitter that empties into the console, and a receiver with input prepared in the board file.

    Options of the device: `input` (text for the receiver), `input_after` (the other end waits until the firmware
    has sent this text, a prompt, and a millisecond more, as a person or script does; without it the input is there
    from the start), `is_timed` (frames take bit times).
    """

    def __init__(self, device: RegisterDevice, on_idle: Callable[[], None]) -> None:
        self._host: Host = device.host
        self._channel = device.spec.name
        self._is_timed = device.bool_option("is_timed")
        self._input = device.text_option("input", "").encode()
        self._waiting = deque(self._input)
        self._prompt = device.text_option("input_after", "").encode()
        self._sent = b""
        self._is_answering = not self._prompt
        self._answer_alarm = Alarm(device.host, self._answer)
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
        return bool(self._waiting) and self._is_answering

    def reset(self) -> None:
        """Stop sending; the input starts over."""
        self._waiting = deque(self._input)
        self._sent = b""
        self._is_answering = not self._prompt
        self._answer_alarm.cancel()
        self._busy_until_cycles = 0
        self._idle_alarm.cancel()

    def take(self) -> int:
        """The next received byte, 0 when there is none."""
        return self._waiting.popleft() if self.has_input else 0

    def send(self, data: bytes, bit_cycles: Fraction) -> None:
        """Put bytes on the line; `on_idle` is called when the last one has left (at once when untimed)."""
        self._host.emit(self._channel, data)
        self._look_for_prompt(data)
        if not self._is_timed:
            self._on_idle()
            return
        start_cycles = max(self._host.now_cycles, self._busy_until_cycles)
        self._busy_until_cycles = start_cycles + round(BITS_PER_FRAME * len(data) * bit_cycles)
        self._idle_alarm.set(self._busy_until_cycles)

    def _look_for_prompt(self, data: bytes) -> None:
        if self._is_answering or self._answer_alarm.is_set:
            return
        self._sent = (self._sent + data)[-len(self._prompt) - len(data) :]
        if self._prompt in self._sent:
            self._answer_alarm.set(self._host.now_cycles + self._host.core_clock_hz // _ANSWERS_PER_S)

    def _answer(self) -> None:
        self._is_answering = True
        self._on_idle()
