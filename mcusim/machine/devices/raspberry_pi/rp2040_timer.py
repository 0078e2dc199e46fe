"""System timer of the RP2040: 64-bit microseconds and four alarms (datasheet section 4.6).

Not modelled: pausing for a debugger. It ticks as the watchdog's tick generator says: not at all until
firmware starts that (the SDK does).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import WORD_MASK, Register, read_only
from mcusim.machine.devices.ticks import Alarm, TickCounter

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_ALARMS_COUNT = 4
_ALARMS_MASK = (1 << _ALARMS_COUNT) - 1
_WORD_BITS = 32


class Rp2040Timer(Rp2040Device):
    """The spec's interrupt number is alarm 0's; the other three follow it."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "TIMEHW": Register(0x00),
        "TIMELW": Register(0x04),
        "TIMEHR": read_only(0x08),
        "TIMELR": read_only(0x0C),
        **{f"ALARM{index}": Register(0x10 + 4 * index) for index in range(_ALARMS_COUNT)},
        "ARMED": Register(0x20, writable_mask=0, one_clears_mask=_ALARMS_MASK),
        "TIMERAWH": read_only(0x24),
        "TIMERAWL": read_only(0x28),
        "DBGPAUSE": Register(0x2C, 0b111, writable_mask=0b110),
        "PAUSE": Register(0x30, writable_mask=1),
        "INTR": Register(0x34, writable_mask=0, one_clears_mask=_ALARMS_MASK),
        "INTE": Register(0x38, writable_mask=_ALARMS_MASK),
        "INTF": Register(0x3C, writable_mask=_ALARMS_MASK),
        "INTS": read_only(0x40),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._time = TickCounter(host)
        self._latched_high = 0
        self._targets_us = [0] * _ALARMS_COUNT
        self._alarms = [Alarm(host, self._fire_due) for _ in range(_ALARMS_COUNT)]
        host.clock_net.listen(self._follow_tick)

    def reset(self) -> None:
        """Time 0, nothing armed."""
        super().reset()
        self._time.set_count(0)
        self._latched_high = 0
        self._follow_tick()
        self._update_irqs()

    def load(self, name: str) -> int:
        """Time as of this very cycle; TIMELR latches TIMEHR."""
        time_us = self._time.count
        if name == "TIMELR":
            self._latched_high = time_us >> _WORD_BITS & WORD_MASK
        if name in ("TIMELR", "TIMERAWL"):
            return time_us & WORD_MASK
        if name == "TIMERAWH":
            return time_us >> _WORD_BITS & WORD_MASK
        if name == "TIMEHR":
            return self._latched_high
        self._fire_due()
        if name == "INTS":
            return self._interrupts()
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Arm, disarm, set the time, pause."""
        if name.startswith("ALARM"):
            self._arm(int(name.removeprefix("ALARM")), written)
        elif name == "TIMEHW":
            self._time.set_count(written << _WORD_BITS | self.values["TIMELW"])
            self._plan()
        elif name == "PAUSE":
            self._follow_tick()
        elif name == "ARMED":
            self._plan()
        self._update_irqs()

    def _follow_tick(self) -> None:
        tick_hz = self.host.clock_net.clock_hz("watchdog_tick")
        self._time.run_at(0 if self.values["PAUSE"] else tick_hz)
        self._plan()

    def _arm(self, index: int, low_us: int) -> None:
        """An alarm matches the low 32 bits of the time: at most 72 minutes ahead."""
        now_us = self._time.count
        self._targets_us[index] = now_us + 1 + ((low_us - now_us - 1) & WORD_MASK)
        self.set_bits("ARMED", 1 << index, True)
        self._plan()

    def _plan(self) -> None:
        for index, alarm in enumerate(self._alarms):
            if self._time.is_running and self.values["ARMED"] >> index & 1:
                alarm.set(self._time.reached_cycles(self._targets_us[index]))
            else:
                alarm.cancel()

    def _fire_due(self) -> None:
        for index in range(_ALARMS_COUNT):
            if self.values["ARMED"] >> index & 1 and self._time.count >= self._targets_us[index]:
                self.set_bits("ARMED", 1 << index, False)
                self.set_bits("INTR", 1 << index, True)
        self._plan()
        self._update_irqs()

    def _interrupts(self) -> int:
        return (self.values["INTR"] & self.values["INTE"]) | self.values["INTF"]

    def _update_irqs(self) -> None:
        for index in range(_ALARMS_COUNT):
            self.drive_irq(self.spec.irq_number + index, bool(self._interrupts() >> index & 1))
