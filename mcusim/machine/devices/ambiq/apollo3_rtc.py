"""Real-time clock of the Apollo3: hundredths to years in BCD, and a repeating alarm as a wake-up source.

Offsets and fields: Ambiq's SVD file of the Apollo3. Not modelled: alarms by day of week, date and month (warned about),
the 12-hour format, the century bits. It runs from reset, at 1 January 2015.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.ambiq.apollo3_device import Apollo3Device, interrupt_registers
from mcusim.machine.devices.register_device import Register
from mcusim.machine.devices.ticks import Alarm, TickCounter

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_TICK_HZ = 100
_FIRST = datetime(2015, 1, 1)
_CENTURY = 2000
_WRITE_ENABLE, _STOP = 1 << 0, 1 << 4
_PERIODS_S = {4: 86_400, 5: 3600, 6: 60, 7: 1}  # RTCCTL.RPT: every day, hour, minute, second
_EVERY_HUNDREDTH, _EVERY_TENTH = 0xFF, 0xF0  # ALM100 with RPT = second
_ALARM = 1 << 0


def _bcd(number: int) -> int:
    return number // 10 << 4 | number % 10


def _number(bcd: int) -> int:
    return (bcd >> 4) * 10 + (bcd & 0xF)


class Apollo3Rtc(Apollo3Device):
    """Counts hundredths since `_FIRST`."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CTRLOW": Register(0x40),
        "CTRUP": Register(0x44),
        "ALMLOW": Register(0x48),
        "ALMUP": Register(0x4C),
        "RTCCTL": Register(0x50),
        **interrupt_registers(0x100),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._counter = TickCounter(host)
        self._alarm = Alarm(host, self._rang)
        host.clock_net.listen(self._clock_changed)

    def reset(self) -> None:
        """Start over."""
        super().reset()
        self._alarm.cancel()
        self._counter.run_at(_TICK_HZ)
        self._counter.set_count(0)

    def load(self, name: str) -> int:
        """The time, in the two words of the counter."""
        if name not in ("CTRLOW", "CTRUP"):
            return super().load(name)
        now = _FIRST + timedelta(milliseconds=10 * self._counter.count)
        if name == "CTRLOW":
            hundredths = _bcd(now.microsecond // 10_000)
            return _bcd(now.hour) << 24 | _bcd(now.minute) << 16 | _bcd(now.second) << 8 | hundredths
        weekday = now.isoweekday() % 7
        return weekday << 24 | _bcd(now.year - _CENTURY) << 16 | _bcd(now.month) << 8 | _bcd(now.day)

    def after_write(self, name: str, written: int) -> None:
        """Set the clock while writing is enabled; plan the alarm."""
        if name == "CTRUP" and self.values["RTCCTL"] & _WRITE_ENABLE:
            self._set_time()
        elif name == "RTCCTL":
            self._counter.run_at(0 if written & _STOP else _TICK_HZ)
        if name in ("CTRUP", "ALMLOW", "RTCCTL"):
            self._plan()
        super().after_write(name, written)

    def _set_time(self) -> None:
        low, high = self.values["CTRLOW"], self.values["CTRUP"]
        try:
            then = datetime(
                _CENTURY + _number(high >> 16 & 0xFF),
                _number(high >> 8 & 0x1F),
                _number(high & 0x3F),
                _number(low >> 24 & 0x3F),
                _number(low >> 16 & 0x7F),
                _number(low >> 8 & 0x7F),
                _number(low & 0xFF) * 10_000,
            )
        except ValueError:
            self.host.warn(f"{self.spec.name}: the firmware set an impossible date")
            return
        self._counter.set_count(int((then - _FIRST).total_seconds() * _TICK_HZ))

    def _plan(self) -> None:
        repeat = self.values["RTCCTL"] >> 1 & 0b111
        if repeat and repeat not in _PERIODS_S:
            self.host.warn(f"{self.spec.name}: alarms by day of week, date and month are not modelled")
        if repeat not in _PERIODS_S or not self._counter.is_running:
            self._alarm.cancel()
            self.host.power_net.arm(self.spec.name, False)
            return
        low = self.values["ALMLOW"]
        period = _PERIODS_S[repeat] * _TICK_HZ
        at = (_number(low >> 24 & 0x3F) * 60 + _number(low >> 16 & 0x7F)) * 60 + _number(low >> 8 & 0x7F)
        ticks = at * _TICK_HZ + _number(low & 0xFF)
        if repeat == 7 and low & 0xFF in (_EVERY_HUNDREDTH, _EVERY_TENTH):
            period, ticks = (1 if low & 0xFF == _EVERY_HUNDREDTH else 10), 0
        start = self._counter.count + 1
        self.host.power_net.arm(self.spec.name, True)
        self._alarm.set(self._counter.reached_cycles(start + (ticks - start) % period))

    def _rang(self) -> None:
        self.host.power_net.count_wake()
        self.interrupt(_ALARM)
        self._plan()

    def _clock_changed(self) -> None:
        if self._counter.is_running:
            self._counter.resync()
            self._plan()
