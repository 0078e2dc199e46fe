"""GPIOTE of the nRF52 and nRF53: tasks that drive pins (nRF52840 PS v1.7, section 6.10).

Not modelled: events of input pins. Nothing outside changes a pin during a run, so there are none; what a task drives
is seen in the pins' edges but not read back through the port.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.nordic.nrf52_device import INTERRUPT_REGISTERS, Nrf52Device, events, tasks
from mcusim.machine.devices.register_device import Register

_CHANNELS_COUNT = 8
_TASK_MODE = 3
_LOW_TO_HIGH, _HIGH_TO_LOW, _TOGGLE = 1, 2, 3  # CONFIG.POLARITY: what the OUT task does


class Nrf52Gpiote(Nrf52Device):
    """Eight channels; in task mode a channel owns its pin."""

    # Offsets and fields: Nordic's SVD files.
    REGISTERS: ClassVar[dict[str, Register]] = {
        **tasks({f"OUT{index}": 4 * index for index in range(_CHANNELS_COUNT)}),
        **tasks({f"SET{index}": 0x30 + 4 * index for index in range(_CHANNELS_COUNT)}),
        **tasks({f"CLR{index}": 0x60 + 4 * index for index in range(_CHANNELS_COUNT)}),
        **events({f"IN{index}": 0x100 + 4 * index for index in range(_CHANNELS_COUNT)}),
        **events({"PORT": 0x17C}),
        **INTERRUPT_REGISTERS,
        "LATENCY": Register(0x504, 1, writable_mask=1),
        **{f"CONFIG{index}": Register(0x510 + 4 * index) for index in range(_CHANNELS_COUNT)},
    }

    def reset(self) -> None:
        """No channel owns a pin."""
        super().reset()
        self._levels = [0] * _CHANNELS_COUNT

    def run_task(self, task: str) -> None:
        """Set, clear, or what POLARITY says."""
        action, channel = task[:-1], int(task[-1])
        polarity = self.values[f"CONFIG{channel}"] >> 16 & 0b11
        if action == "SET" or (action == "OUT" and polarity == _LOW_TO_HIGH):
            self._drive(channel, 1)
        elif action == "CLR" or (action == "OUT" and polarity == _HIGH_TO_LOW):
            self._drive(channel, 0)
        elif polarity == _TOGGLE:
            self._drive(channel, 1 - self._levels[channel])

    def after_write(self, name: str, written: int) -> None:
        """A channel that becomes a task channel drives its first level (OUTINIT)."""
        if name.startswith("CONFIG"):
            self._drive(int(name.removeprefix("CONFIG")), self.values[name] >> 20 & 1)
        super().after_write(name, written)

    def _drive(self, channel: int, level: int) -> None:
        configuration = self.values[f"CONFIG{channel}"]
        if configuration & 0b11 != _TASK_MODE:
            return
        self._levels[channel] = level
        self.host.set_pin(f"P{configuration >> 13 & 1}.{configuration >> 8 & 0x1F:02}", level)
