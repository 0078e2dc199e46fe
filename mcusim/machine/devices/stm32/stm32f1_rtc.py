"""Real-time clock of the STM32F1: a 32-bit counter of seconds with an alarm (RM0008, RTC; CMSIS stm32f103xb.h).

It counts the line "RTC" of the clock net, also in Stop and Standby, and keeps its state over resets. Registers are
synchronised at once: RTOFF and RSF are always set.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, read_only
from mcusim.machine.devices.ticks import Alarm, TickCounter

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_SECF, _ALRF, _RSF, _CNF, _RTOFF = 1 << 0, 1 << 1, 1 << 3, 1 << 4, 1 << 5
_RETAINED = ("PRLH", "PRLL", "ALRH", "ALRL")


class Stm32F1Rtc(RegisterDevice):
    """Drives the wake-up line "RTC_ALARM" and its own interrupt."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CRH": Register(0x00, writable_mask=0b111),
        "CRL": Register(0x04, _RTOFF | _RSF, writable_mask=_CNF, zero_clears_mask=0b111),
        "PRLH": Register(0x08, writable_mask=0xF),
        "PRLL": Register(0x0C, 0x8000, writable_mask=0xFFFF),
        "DIVH": read_only(0x10),
        "DIVL": read_only(0x14, 0x8000),
        "CNTH": Register(0x18, writable_mask=0xFFFF),
        "CNTL": Register(0x1C, writable_mask=0xFFFF),
        "ALRH": Register(0x20, 0xFFFF, writable_mask=0xFFFF),
        "ALRL": Register(0x24, 0xFFFF, writable_mask=0xFFFF),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._counter = TickCounter(host)
        self._alarm = Alarm(host, self._ring)
        self._followed = 0
        host.clock_net.listen(self._restart)

    def reset(self) -> None:
        """The backup domain keeps counter, prescaler and alarm."""
        kept = {name: self.values[name] for name in _RETAINED}
        super().reset()
        self.values.update(kept)
        self._alarm.cancel()
        self._restart()

    def load(self, name: str) -> int:
        """The counter as of this very cycle."""
        self._follow()
        count = self._counter.count & 0xFFFF_FFFF
        return {"CNTH": count >> 16, "CNTL": count & 0xFFFF}.get(name, self.values[name])

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """Counter, prescaler and alarm are written in configuration mode only (RM0008, 18.3.4)."""
        self._follow()
        if name in ("CRH", "CRL") or self.values["CRL"] & _CNF:
            super().store(name, written, lanes_mask)

    def after_write(self, name: str, written: int) -> None:
        """A new count or prescaler."""
        count = self._counter.count & 0xFFFF_FFFF
        if name == "CNTH":
            self._set_count((written & 0xFFFF) << 16 | count & 0xFFFF)
        elif name == "CNTL":
            self._set_count(count & 0xFFFF_0000 | written & 0xFFFF)
        self._restart()

    def _set_count(self, count: int) -> None:
        self._counter.set_count(count)
        self._followed = count

    def _restart(self) -> None:
        prescaler = self.values["PRLH"] << 16 | self.values["PRLL"]
        clock_hz = self.host.clock_net.clock_hz("RTC")
        if clock_hz or self._counter.is_running:
            self._follow()
            self._counter.run_at(Fraction(clock_hz, prescaler + 1))
        self._update()

    def _follow(self) -> None:
        now, alarm_count = self._counter.count, self.values["ALRH"] << 16 | self.values["ALRL"]
        if now == self._followed:
            return
        self.values["CRL"] |= _SECF
        if self._followed < alarm_count <= now:
            self.values["CRL"] |= _ALRF
        self._followed = now

    def _ring(self) -> None:
        self._follow()
        self.host.power_net.count_wake()
        self._update()

    def _update(self) -> None:
        enables, alarm_count = self.values["CRH"], self.values["ALRH"] << 16 | self.values["ALRL"]
        due = [self._followed + 1] if enables & _SECF else []
        if alarm_count > self._followed:
            due.append(alarm_count)
        if self._counter.is_running and due:
            self._alarm.set(self._counter.reached_cycles(min(due)))
        else:
            self._alarm.cancel()
        net = self.host.power_net
        net.arm(self.spec.name, self._alarm.is_set and bool(enables))
        net.set_line("RTC_ALARM", bool(self.values["CRL"] & _ALRF))
        self.set_irq(bool(self.values["CRL"] & enables & 0b111))
