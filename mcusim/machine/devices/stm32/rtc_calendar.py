"""The calendar of the STM32's RTC: ticks to binary-coded time and date, and when an alarm matches next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

_DAYS_SEARCHED = 62  # a day of the month that is set comes within two months
_SECONDS_PER_DAY = 86_400


def from_bcd(value: int) -> int:
    """A two-digit number."""
    return (value >> 4) * 10 + (value & 0xF)


def to_bcd(number: int) -> int:
    """Two digits."""
    return number // 10 << 4 | number % 10


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """The registers ALRMxR and ALRMxSSR (RM0351, RTC alarm registers)."""

    fields_bits: int
    sub_second_bits: int

    def matches_day(self, day: date, week_day: int) -> bool:
        """MSK4, WDSEL and the day."""
        if self.fields_bits >> 31 & 1:
            return True
        wanted = from_bcd(self.fields_bits >> 24 & 0x3F)
        return week_day == self.fields_bits >> 24 & 0xF if self.fields_bits >> 30 & 1 else day.day == wanted

    def _allowed(self, mask_bit: int, shift: int, field_mask: int, count: int) -> range:
        if self.fields_bits >> mask_bit & 1:
            return range(count)
        value = from_bcd(self.fields_bits >> shift & field_mask)
        return range(value, min(value, count - 1) + 1)

    def second_of_day(self, earliest: int) -> int | None:
        """The first second of a matching day from `earliest` on; 12-hour alarms count their PM bit."""
        hours = self._allowed(23, 16, 0x3F, 24)
        if not self.fields_bits >> 23 & 1 and self.fields_bits >> 22 & 1:
            hours = range(hours.start % 12 + 12, hours.start % 12 + 13)
        for hour in hours:
            if hour * 3600 + 3599 < earliest:
                continue
            for minute in self._allowed(15, 8, 0x7F, 60):
                for second in self._allowed(7, 0, 0x7F, 60):
                    found = hour * 3600 + minute * 60 + second
                    if found >= earliest:
                        return found
        return None

    def tick_in_second(self, after_tick: int, ticks_per_s: int) -> int | None:
        """The first tick of a matching second that is later than `after_tick` of it (-1: any) and matches SS."""
        mask_bits = self.sub_second_bits >> 24 & 0xF
        if not mask_bits:
            return 0 if after_tick < 0 else None
        step = 1 << mask_bits
        wanted = self.sub_second_bits & (step - 1) & 0x7FFF
        # The sub-second register counts down from PREDIV_S, which is ticks_per_s - 1.
        first = (ticks_per_s - 1 - wanted) % step
        tick = first if after_tick < first else first + ((after_tick - first) // step + 1) * step
        return tick if tick < ticks_per_s else None


class Calendar:
    """What time it is a number of ticks after it was set."""

    def __init__(self) -> None:
        self.is_set = False
        self._day = date(2000, 1, 1)
        self._week_day = 1
        self._second = 0
        self._is_12_hours = False
        self._ticks_per_s = 256

    def set(self, time_bcd: int, date_bcd: int, prescaler: int) -> None:
        """Start from these registers; a date that does not exist starts at the first of its month."""
        hour = from_bcd(time_bcd >> 16 & 0x3F)
        self._is_12_hours = bool(time_bcd >> 22 & 1)
        if self._is_12_hours:
            hour = hour % 12 + 12
        self._second = hour * 3600 + from_bcd(time_bcd >> 8 & 0x7F) * 60 + from_bcd(time_bcd & 0x7F)
        year, month = 2000 + from_bcd(date_bcd >> 16 & 0xFF), min(max(from_bcd(date_bcd >> 8 & 0x1F), 1), 12)
        try:
            self._day = date(year, month, from_bcd(date_bcd & 0x3F))
        except ValueError:
            self._day = date(year, month, 1)
        self._week_day = date_bcd >> 13 & 0b111 or 1
        self._ticks_per_s = prescaler + 1
        self.is_set = year > 2000

    def _at(self, ticks: int) -> tuple[date, int, int]:
        """Day, day of the week and second of the day."""
        days, second = divmod(self._second + ticks // self._ticks_per_s, _SECONDS_PER_DAY)
        return self._day_after(days), (self._week_day - 1 + days) % 7 + 1, second

    def _day_after(self, days: int) -> date:
        day = self._day + timedelta(days=days)
        return day if day.year < 2100 else day.replace(year=2000 + day.year % 100)

    def time_bcd(self, ticks: int) -> int:
        """The register TR."""
        second = self._at(ticks)[2]
        hour, minute = second // 3600, second // 60 % 60
        if self._is_12_hours:
            hour, is_pm = hour % 12 or 12, hour >= 12
            return is_pm << 22 | to_bcd(hour) << 16 | to_bcd(minute) << 8 | to_bcd(second % 60)
        return to_bcd(hour) << 16 | to_bcd(minute) << 8 | to_bcd(second % 60)

    def date_bcd(self, ticks: int) -> int:
        """The register DR."""
        day, week_day, _ = self._at(ticks)
        return to_bcd(day.year % 100) << 16 | week_day << 13 | to_bcd(day.month) << 8 | to_bcd(day.day)

    def sub_second(self, ticks: int) -> int:
        """The register SSR, which counts down."""
        return self._ticks_per_s - 1 - ticks % self._ticks_per_s

    def next_match(self, rule: AlarmRule, ticks: int) -> int | None:
        """The first tick after `ticks` at which an alarm goes off; None: not within two months."""
        start = (self._second + ticks // self._ticks_per_s) // _SECONDS_PER_DAY
        now_second = (self._second + ticks // self._ticks_per_s) % _SECONDS_PER_DAY
        after_tick = ticks % self._ticks_per_s
        for days in range(start, start + _DAYS_SEARCHED):
            if not rule.matches_day(self._day_after(days), (self._week_day - 1 + days) % 7 + 1):
                continue
            earliest = now_second if days == start else 0
            while (second := rule.second_of_day(earliest)) is not None:
                is_now = days == start and second == now_second
                tick = rule.tick_in_second(after_tick if is_now else -1, self._ticks_per_s)
                if tick is not None:
                    return (days * _SECONDS_PER_DAY + second - self._second) * self._ticks_per_s + tick
                earliest = second + 1
        return None
