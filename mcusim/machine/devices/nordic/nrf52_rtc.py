"""RTC0 to RTC2 of the nRF52840 (PS v1.7, section 6.22); captures and shortcuts of the nRF53.

Not modelled: jitter between tasks and the 32.768 kHz clock (a task acts at once). It ticks whether or not
LFCLK was started; the TICK event comes only when its interrupt is on.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.nordic.nrf52_compare import Nrf52CompareDevice
from mcusim.machine.devices.nordic.nrf52_device import INTERRUPT_REGISTERS, events, tasks, with_connections
from mcusim.machine.devices.register_device import Register, command, read_only
from mcusim.machine.devices.ticks import Alarm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_CLOCK_HZ = 32_768
_BITS = 24
_TICK_ENABLE = 1 << 0
_TRIGGERED_COUNT = 0xFF_FFF0  # TASKS_TRIGOVRFLW


class Nrf52Rtc(Nrf52CompareDevice):
    """A 24-bit counter at 32.768 kHz / (PRESCALER + 1); option `compares` (3 or 4 channels)."""

    IS_LOW_POWER: ClassVar[bool] = True

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._tick_alarm = Alarm(host, self._ticked)

    def register_table(self) -> Mapping[str, Register]:
        """As many channels as this instance has."""
        channels = range(self.int_option("compares", 4))
        table = {
            **tasks({"START": 0x000, "STOP": 0x004, "CLEAR": 0x008, "TRIGOVRFLW": 0x00C}),
            **tasks({f"CAPTURE{index}": 0x040 + 4 * index for index in channels}),
            **events({"TICK": 0x100, "OVRFLW": 0x104}),
            **events({f"COMPARE{index}": 0x140 + 4 * index for index in channels}),
            **INTERRUPT_REGISTERS,
            "SHORTS": Register(0x200, writable_mask=0xF),
            "EVTEN": Register(0x340),
            "EVTENSET": command(0x344),
            "EVTENCLR": command(0x348),
            "COUNTER": read_only(0x504),
            "PRESCALER": Register(0x508, writable_mask=0xFFF),
            **{
                f"CC{index}": Register(0x540 + 4 * index, writable_mask=(1 << _BITS) - 1)
                for index in channels
            },
        }
        return with_connections(table)

    @property
    def counter_bits(self) -> int:
        """24."""
        return _BITS

    @property
    def tick_hz(self) -> Fraction:
        """The prescaled clock."""
        return Fraction(_CLOCK_HZ, self.values["PRESCALER"] + 1)

    def reset(self) -> None:
        """Stopped at 0."""
        super().reset()
        self._tick_alarm.cancel()

    def load(self, name: str) -> int:
        """COUNTER is live; EVTENSET and EVTENCLR read as EVTEN."""
        if name == "COUNTER":
            return self.counter_value()
        return super().load("EVTEN" if name in ("EVTENSET", "EVTENCLR") else name)

    def run_task(self, task: str) -> None:
        """Start, stop, clear, or jump close to the overflow."""
        if task == "TRIGOVRFLW":
            self.set_counter(_TRIGGERED_COUNT)
        elif task.startswith("CAPTURE"):
            self.values[f"CC{task.removeprefix('CAPTURE')}"] = self.counter_value()
        else:
            super().run_task(task)
        self._plan_tick()

    def after_write(self, name: str, written: int) -> None:
        """Event enables (they route events to PPI) and the tick interrupt."""
        if name in ("EVTENSET", "EVTENCLR"):
            self.set_bits("EVTEN", written, name == "EVTENSET")
        super().after_write(name, written)
        self._plan_tick()

    def compared(self, index: int) -> None:
        """A compare may clear the counter (nRF53: COMPAREn_CLEAR in SHORTS)."""
        super().compared(index)
        if self.values["SHORTS"] >> index & 1:
            self.clear_at_match()

    def overflowed(self) -> None:
        """OVRFLW."""
        self.fire("OVRFLW")

    def _plan_tick(self) -> None:
        is_routed = self.values["EVTEN"] & _TICK_ENABLE and self.is_awaited()
        if self.is_running and (self.values["INTEN"] & _TICK_ENABLE or is_routed):
            self._tick_alarm.set(self.next_tick_cycles())
        else:
            self._tick_alarm.cancel()

    def _ticked(self) -> None:
        self.fire("TICK")
        self._plan_tick()
