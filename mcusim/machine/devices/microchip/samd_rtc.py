"""Real-time counter of the SAM D21 and D51: 32 or 16 bits with compare values, or a calendar with an alarm.

It goes on counting while the core sleeps, and wakes it. Not modelled: periodic events and interrupts (PER0 to PER7),
tampering, frequency correction, the second alarm of the D51 in calendar mode; that it survives a reset of the chip.
Offsets and fields: CMSIS-Atmel, samd21 and samd51: component/rtc.h.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.packed_device import PackedDevice
from mcusim.machine.devices.ticks import Alarm, TickCounter

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_SWRST, _ENABLE, _HOURS_12, _MATCH_CLEAR = 1 << 0, 1 << 1, 1 << 6, 1 << 7
_CALENDAR = 2  # CTRL.MODE
_PM = 0x10  # of HOUR when there are 12
_SECONDS_PER_DAY = 86_400
_FIRST_DAY = date(2000, 1, 1)  # years are counted from a leap year; 64 of them
_DAYS = 64 * 365 + 16
_DAYS_SEARCHED_MAX = 4 * 366


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the registers lie; flags of compare values, then overflow."""

    enable_clear_offset: int
    enable_set_offset: int
    flag_offset: int
    flag_bytes: int
    count_offset: int
    compare_offset: int
    mask_offset: int
    compare_shift_bits: int
    overflow_shift_bits: int
    undivided_index: int


_LAYOUTS = {
    "d21": _Layout(0x06, 0x07, 0x08, 1, 0x10, 0x18, 0x1C, 0, 7, 0),
    "d51": _Layout(0x08, 0x0A, 0x0C, 2, 0x18, 0x20, 0x24, 8, 15, 1),
}


@dataclass(frozen=True, slots=True)
class _Moment:
    """A time as CLOCK and ALARM have it."""

    year_index: int
    month_index: int
    day_index: int
    second_s: int

    @classmethod
    def of_word(cls, word: int, *, is_12_hours: bool) -> _Moment:
        """SECOND, MINUTE, HOUR, DAY, MONTH, YEAR from bit 0 up."""
        hour = word >> 12 & 0x1F
        if is_12_hours:
            hour = (hour & 0xF) % 12 + (12 if hour & _PM else 0)
        second = hour * 3600 + (word >> 6 & 0x3F) * 60 + (word & 0x3F)
        return cls(word >> 26 & 0x3F, word >> 22 & 0xF, word >> 17 & 0x1F, second)

    @classmethod
    def after(cls, seconds: int) -> _Moment:
        """So many seconds after the calendar's beginning."""
        days, second = divmod(seconds, _SECONDS_PER_DAY)
        day = _FIRST_DAY + timedelta(days=days % _DAYS)
        return cls(day.year - _FIRST_DAY.year, day.month, day.day, second)

    def seconds(self) -> int:
        """Since the calendar's beginning; a day or a month that does not exist is the first."""
        try:
            day = date(_FIRST_DAY.year + self.year_index, max(self.month_index, 1), max(self.day_index, 1))
        except ValueError:
            day = date(_FIRST_DAY.year + self.year_index, min(max(self.month_index, 1), 12), 1)
        return (day - _FIRST_DAY).days * _SECONDS_PER_DAY + self.second_s

    def word(self, *, is_12_hours: bool) -> int:
        """As a register has it."""
        hour, rest = divmod(self.second_s, 3600)
        if is_12_hours:
            hour = (hour % 12 or 12) | (_PM if hour >= 12 else 0)
        return (
            self.year_index << 26
            | self.month_index << 22
            | self.day_index << 17
            | hour << 12
            | rest // 60 << 6
            | rest % 60
        )

    def next_match(self, now_s: int, selection: int) -> int | None:
        """The first second after `now_s` that this alarm matches under MASK.SEL; None: no such comes."""
        if not 1 <= selection <= 6:
            return None
        if selection <= 3:
            period_s = (60, 3600, _SECONDS_PER_DAY)[selection - 1]
            return now_s + 1 + (self.second_s - now_s - 1) % period_s
        first = now_s // _SECONDS_PER_DAY
        for days in range(first, first + (_DAYS if selection == 6 else _DAYS_SEARCHED_MAX)):
            at_s = days * _SECONDS_PER_DAY + self.second_s
            other = _Moment.after(at_s)
            is_day = other.day_index == self.day_index and (
                selection < 5 or other.month_index == self.month_index
            )
            if at_s > now_s and is_day and (selection < 6 or other.year_index == self.year_index):
                return at_s
        return None


class SamdRtc(PackedDevice):
    """Options: `layout` ("d21" or "d51"), `clock` (a line of the clock net)."""

    SIZE_BYTES: ClassVar[int] = 0x80

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._layout = _LAYOUTS[self.text_option("layout", "d21")]
        self._ticks, self._alarm = TickCounter(host), Alarm(host, self._due)
        self._flags = self._enables = 0
        self._planned: Callable[[], None] | None = None
        host.clock_net.listen(self._clock_changed)

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._alarm.cancel()
        self._ticks = TickCounter(self.host)
        self._flags = self._enables = 0
        self._update_irq()

    def refresh(self, offset: int) -> None:
        """Count, enables and flags."""
        layout = self._layout
        for place, value in (
            (layout.enable_clear_offset, self._enables),
            (layout.enable_set_offset, self._enables),
            (layout.flag_offset, self._flags),
        ):
            self.set_field(place, value, layout.flag_bytes)
        if self._is_calendar():
            now = _Moment.after(self._ticks.count if self._ticks.is_running else self._held())
            self.set_field(layout.count_offset, now.word(is_12_hours=self._has_12_hours()), 4)
        elif self._ticks.is_running:
            self.set_field(layout.count_offset, max(0, self._ticks.count), 4)

    def store_byte(self, offset: int, byte: int) -> None:
        """Enables and flags; the rest is stored."""
        layout = self._layout
        for place in (layout.enable_clear_offset, layout.enable_set_offset, layout.flag_offset):
            if 0 <= offset - place < layout.flag_bytes:
                bits = byte << 8 * (offset - place)
                if place == layout.flag_offset:
                    self._flags &= ~bits
                else:
                    self._enables = (
                        self._enables | bits if place == layout.enable_set_offset else self._enables & ~bits
                    )
                return
        self.set_field(offset, byte)

    def was_written(self, offset: int, size_bytes: int) -> None:
        """Reset, start, stop, set the time."""
        if self.field(0) & _SWRST:
            self.reset()
            return
        if not self._ticks.is_running or self._layout.count_offset <= offset < self._layout.count_offset + 4:
            self._ticks.set_count(self._held())
        self._ticks.run_at(self._tick_hz())
        self._plan()
        self._update_irq()

    def _held(self) -> int:
        """The count that is stored."""
        word = self.field(self._layout.count_offset, 4)
        if self._is_calendar():
            return _Moment.of_word(word, is_12_hours=self._has_12_hours()).seconds()
        return word & self._limit()

    def _mode(self) -> int:
        return self.field(0) >> 2 & 0b11

    def _is_calendar(self) -> bool:
        return self._mode() == _CALENDAR

    def _has_12_hours(self) -> bool:
        return bool(self.field(0) & _HOURS_12)

    def _limit(self) -> int:
        return 0xFFFF if self._mode() else 0xFFFF_FFFF

    def _tick_hz(self) -> Fraction:
        if not self.field(0) & _ENABLE:
            return Fraction(0)
        clock_hz = self.host.clock_net.clock_hz(self.text_option("clock", ""))
        return Fraction(clock_hz, 1 << max(0, (self.field(1) & 0xF) - self._layout.undivided_index))

    def _clock_changed(self) -> None:
        if self._ticks.is_running or self.field(0) & _ENABLE:
            self._ticks.run_at(self._tick_hz())
            self._plan()

    def _plan(self) -> None:
        """Wait for the next compare value, alarm or overflow."""
        if not self._ticks.is_running:
            self._alarm.cancel()
        else:
            at_ticks, self._planned = self._next_event()
            self._alarm.set(self._ticks.reached_cycles(at_ticks))
        self.host.power_net.arm(self.spec.name, self._alarm.is_set and bool(self._enables))

    def _next_event(self) -> tuple[int, Callable[[], None]]:
        layout, now = self._layout, self._ticks.count
        if self._is_calendar():
            alarm = _Moment.of_word(self.field(layout.compare_offset, 4), is_12_hours=self._has_12_hours())
            found = alarm.next_match(now, self.field(layout.mask_offset) & 0b111)
            end = _DAYS * _SECONDS_PER_DAY
            return (end, self._wrap) if found is None or found >= end else (found, partial(self._match, 0))
        size_bytes = 2 if self._mode() else 4
        top = self.field(layout.count_offset + 4, 2) if self._mode() else self._limit()
        events: list[tuple[int, Callable[[], None]]] = [((top or self._limit()) + 1, self._wrap)]
        for index in range(1 if layout.flag_bytes == 1 and not self._mode() else 2):
            value = self.field(layout.compare_offset + index * size_bytes, size_bytes)
            if value > now:
                events.append((value, partial(self._match, index)))
        return min(events, key=lambda each: each[0])

    def _due(self) -> None:
        assert self._planned is not None
        self._planned()
        self.host.power_net.count_wake(ends_standby=bool(self._enables))
        self._plan()
        self._update_irq()

    def _match(self, index: int) -> None:
        self._flags |= 1 << self._layout.compare_shift_bits + index
        if index == 0 and self.field(0) & _MATCH_CLEAR and not self._is_calendar():
            self._ticks.subtract(self._ticks.count + 1)  # 0 comes with the next tick

    def _wrap(self) -> None:
        self._flags |= 1 << self._layout.overflow_shift_bits
        self._ticks.subtract(self._ticks.count)

    def _update_irq(self) -> None:
        self.set_irq(bool(self._flags & self._enables))
