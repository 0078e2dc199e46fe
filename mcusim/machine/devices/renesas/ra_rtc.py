"""Real-time clock of the RA6M4 in calendar mode: seconds to years in BCD, carry and periodic events, alarm; it wakes.

Offsets, bits: R7FA6M4AF.h; periods: periodic_irq_select of r_rtc_api.h; waits: r_rtc.c of FSP 6.
Not modelled: binary count mode, adjustment, 12-hour mode, time capture, day-of-week alarms. It counts 32.768 kHz
exactly, whichever clock is selected.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.packed_device import PackedDevice
from mcusim.machine.devices.period_counter import PeriodCounter
from mcusim.machine.devices.renesas.ra_icu import raise_event

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_R64CNT, _SECONDS, _WEEKDAY, _YEAR = 0x00, 0x02, 0x08, 0x0E
_PLACES = {0x02: "second", 0x04: "minute", 0x06: "hour", 0x0A: "day", 0x0C: "month"}
_ALARM_SHIFT, _YEAR_ALARM, _YEAR_ENABLE = 0x0E, 0x1C, 0x1E
_RCR1, _RCR2 = 0x22, 0x24
_AIE, _CIE, _PIE = 1 << 0, 1 << 1, 1 << 2
_START, _RESET, _HR24 = 1 << 0, 1 << 1, 1 << 6
_ALARM, _PERIOD, _CARRY = range(3)
_TICK_HZ, _FASTEST, _SLOWEST = 256, 6, 14  # PES: 6 is 1/256 s, each next one twice as long, 14 is 1 s, 15 2 s
_ENABLED = 1 << 7


def _bcd(value: int) -> int:
    return value // 10 << 4 | value % 10


class RaRtc(PackedDevice):
    """Option `event`: that of the alarm; period and carry follow."""

    SIZE_BYTES: ClassVar[int] = 0x80

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._ticks = PeriodCounter(host, self._ticked)
        self._ticks_count = 0
        host.clock_net.listen(self._resync)

    def reset(self) -> None:
        """Stopped; the real clock would go on over a reset of the chip."""
        super().reset()
        self._ticks.clear()
        self._ticks_count = 0
        self.set_field(0x0A, 1)
        self.set_field(0x0C, 1)

    def refresh(self, offset: int) -> None:
        """Up to now."""
        if self._ticks.is_running:
            _ = self._ticks.count
        self.set_field(_R64CNT, self._ticks_count * 128 // _TICK_HZ & 0x7F)

    def store_byte(self, offset: int, byte: int) -> None:
        """The software reset is done at once."""
        if offset == _RCR2 and byte & _RESET:
            self._ticks_count = 0
            byte &= ~_RESET
        super().store_byte(offset, byte)

    def was_written(self, offset: int, size_bytes: int) -> None:
        """START runs and holds."""
        is_on = bool(self.field(_RCR2) & _START)
        if is_on and not self._ticks.is_running:
            self._ticks.start(1, _TICK_HZ)
        elif not is_on:
            self._ticks.clear()
        self.host.power_net.arm(self.spec.name, is_on and bool(self.field(_RCR1) & (_AIE | _PIE | _CIE)))

    def _resync(self) -> None:
        if self._ticks.is_running:
            self._ticks.run_at(_TICK_HZ)

    def _ticked(self) -> None:
        self._ticks_count += 1
        control = self.field(_RCR1)
        period = control >> 4
        if period >= _FASTEST and self._ticks_count % (1 << period - _FASTEST) == 0:
            self._tell(_PIE, _PERIOD)
        if self._ticks_count % _TICK_HZ == 0:
            self._next_second()

    def _next_second(self) -> None:
        fields = {name: self._decimal(offset) for offset, name in _PLACES.items()}
        hour = self.field(0x06) & 0x3F
        fields["hour"] = (hour >> 4) * 10 + (hour & 0xF)
        try:
            now = datetime(2000 + self._decimal(_YEAR), **fields) + timedelta(seconds=1)  # type: ignore[arg-type]
        except ValueError:
            return  # no such time: firmware has not set it
        for offset, name in _PLACES.items():
            self.set_field(offset, _bcd(getattr(now, name)))
        self.set_field(_YEAR, _bcd(now.year % 100), 2)
        self.set_field(_WEEKDAY, (now.weekday() + 1) % 7)
        self._tell(_CIE, _CARRY)
        if self._is_alarm():
            self._tell(_AIE, _ALARM)

    def _decimal(self, offset: int) -> int:
        byte = self.field(offset)
        return (byte >> 4) * 10 + (byte & 0xF)

    def _is_alarm(self) -> bool:
        """Every enabled part agrees, and one is enabled."""
        pairs = [(self.field(offset + _ALARM_SHIFT), self.field(offset)) for offset in _PLACES]
        enabled = [(alarm & 0x7F, now) for alarm, now in pairs if alarm & _ENABLED]
        if self.field(_YEAR_ENABLE) & _ENABLED:
            enabled.append((self.field(_YEAR_ALARM), self.field(_YEAR)))
        return bool(enabled) and all(alarm == now for alarm, now in enabled)

    def _tell(self, enable: int, which: int) -> None:
        if self.field(_RCR1) & enable:
            self.host.power_net.count_wake(ends_standby=True)
            event = self.int_option("event", 0)
            raise_event(self.host, event and event + which)
