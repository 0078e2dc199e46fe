"""Event generator units: a task raises the event, and with it an interrupt (nRF52840 PS v1.7, section 6.7)."""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.nordic.nrf52_device import INTERRUPT_REGISTERS, Nrf52Device, events, tasks
from mcusim.machine.devices.register_device import Register

_CHANNELS_COUNT = 16


class Nrf52Egu(Nrf52Device):
    """Sixteen channels."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        **tasks({f"TRIGGER{index}": 4 * index for index in range(_CHANNELS_COUNT)}),
        **events({f"TRIGGERED{index}": 0x100 + 4 * index for index in range(_CHANNELS_COUNT)}),
        **INTERRUPT_REGISTERS,
    }

    def run_task(self, task: str) -> None:
        """TRIGGER[n] makes TRIGGERED[n]."""
        self.fire(task.replace("TRIGGER", "TRIGGERED"))
