"""TIMER0 to TIMER4 of the nRF52840 (PS v1.7, section 6.30).

Not modelled: one-shot compares of the nRF53. The base clock is 16 MHz, never the 1 MHz
one; they count alike.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mcusim.machine.devices.nordic.nrf52_compare import Nrf52CompareDevice
from mcusim.machine.devices.nordic.nrf52_device import INTERRUPT_REGISTERS, events, tasks, with_connections
from mcusim.machine.devices.register_device import Register

if TYPE_CHECKING:
    from collections.abc import Mapping

_BASE_CLOCK_HZ = 16_000_000
_CLEAR_SHORT_BIT, _STOP_SHORT_BIT = 0, 8
_CHANNELS_MAX = 6
_COUNTER_BITS = (16, 8, 24, 32)  # BITMODE


class Nrf52Timer(Nrf52CompareDevice):
    """Timer and counter modes, captures, compares; option `compares` (4 or 6 channels)."""

    def register_table(self) -> Mapping[str, Register]:
        """As many channels as this instance has."""
        channels = range(self.int_option("compares", 4))
        absent = range(len(channels), _CHANNELS_MAX)
        table = {
            **tasks({"START": 0x000, "STOP": 0x004, "COUNT": 0x008, "CLEAR": 0x00C, "SHUTDOWN": 0x010}),
            **tasks({f"CAPTURE{index}": 0x040 + 4 * index for index in channels}),
            **events({f"COMPARE{index}": 0x140 + 4 * index for index in channels}),
            **INTERRUPT_REGISTERS,
            "SHORTS": Register(0x200),
            "MODE": Register(0x504, writable_mask=0b11),
            "BITMODE": Register(0x508, writable_mask=0b11),
            "PRESCALER": Register(0x510, 4, writable_mask=0xF),
            **{f"CC{index}": Register(0x540 + 4 * index) for index in channels},
            # nrfx clears the events of six channels on every instance.
            **{f"ABSENT_COMPARE{index}": Register(0x140 + 4 * index, writable_mask=0) for index in absent},
            **{f"ABSENT_CC{index}": Register(0x540 + 4 * index, writable_mask=0) for index in absent},
        }
        return with_connections(table)

    @property
    def counter_bits(self) -> int:
        """BITMODE."""
        return _COUNTER_BITS[self.values["BITMODE"]]

    @property
    def tick_hz(self) -> Fraction:
        """16 MHz / 2^PRESCALER; in counter mode only COUNT moves the counter."""
        return (
            Fraction(0)
            if self.values["MODE"]
            else Fraction(_BASE_CLOCK_HZ, 1 << min(self.values["PRESCALER"], 9))
        )

    def run_task(self, task: str) -> None:
        """Start, stop, clear, count, capture."""
        if task.startswith("CAPTURE"):
            self.values[f"CC{task.removeprefix('CAPTURE')}"] = self.counter_value()
        elif task == "COUNT":
            if self.values["MODE"]:
                self.step()
        elif task == "SHUTDOWN":
            super().run_task("STOP")
            super().run_task("CLEAR")
        else:
            super().run_task(task)

    def compared(self, index: int) -> None:
        """A compare may clear or stop the timer."""
        super().compared(index)
        shorts = self.values["SHORTS"]
        if shorts >> (_CLEAR_SHORT_BIT + index) & 1:
            self.clear_at_match()
        if shorts >> (_STOP_SHORT_BIT + index) & 1:
            self.stop_at_match()
