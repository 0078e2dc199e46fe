"""Real-time clock of the RP2040 (datasheet section 4.8): a calendar in fields, and one alarm.

Ticks with clk_rtc / (CLKDIV_M1 + 1). Not modelled: the time that changes take to reach its clock domain.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register, read_only
from mcusim.machine.devices.ticks import Alarm, TickCounter

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_ENABLE, _ACTIVE, _LOAD, _NO_LEAP_YEAR = 1 << 0, 1 << 1, 1 << 4, 1 << 8  # CTRL
_MATCH, _IS_MATCHING = 1 << 28, 1 << 29  # IRQ_SETUP_0
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SECONDS_PER_DAY = 86_400
_DAYS_SEARCHED = 62
_DATE_FIELDS = ((12, 0xFFF, 1 << 26), (8, 0xF, 1 << 25), (0, 0x1F, 1 << 24))  # year, month, day: IRQ_SETUP_0
_WEEK_DAY_FIELD = (24, 0b111, 1 << 31)  # IRQ_SETUP_1
_TIME_FIELDS = ((16, 0x1F, 1 << 30, 24), (8, 0x3F, 1 << 29, 60), (0, 0x3F, 1 << 28, 60))


_Day: TypeAlias = tuple[int, int, int, int]
"""Year, month, day, day of the week."""


def _day_after(date: _Day, *, has_leap_years: bool) -> _Day:
    """Years divisible by four are leap years, unless firmware says otherwise (pico-sdk hardware/regs/rtc.h)."""
    year, month, day, week_day = date
    is_leap_february = month == 2 and year % 4 == 0 and has_leap_years
    week_day = (week_day + 1) % 7
    if day < _DAYS[(month - 1) % 12] + is_leap_february:
        return year, month, day + 1, week_day
    return (year, month + 1, 1, week_day) if month < 12 else (year + 1 & 0xFFF, 1, 1, week_day)


class Rp2040Rtc(Rp2040Device):
    """Needs the clock line `clk_rtc`."""

    # Offsets and bits: pico-sdk 2.2, hardware/regs/rtc.h.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CLKDIV_M1": Register(0x00, writable_mask=0xFFFF),
        "SETUP_0": Register(0x04, writable_mask=0x00FF_FF1F),
        "SETUP_1": Register(0x08, writable_mask=0x071F_3F3F),
        "CTRL": Register(0x0C, writable_mask=_ENABLE | _NO_LEAP_YEAR),
        "IRQ_SETUP_0": Register(0x10, writable_mask=0x17FF_FF1F),
        "IRQ_SETUP_1": Register(0x14, writable_mask=0xF71F_3F3F),
        "RTC_1": read_only(0x18),
        "RTC_0": read_only(0x1C),
        "INTR": read_only(0x20),
        "INTE": Register(0x24, writable_mask=1),
        "INTF": Register(0x28, writable_mask=1),
        "INTS": read_only(0x2C),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._seconds = TickCounter(host)
        self._day: _Day = (0, 0, 0, 0)
        self._second = 0
        self._alarm = Alarm(host, self._tick)
        host.clock_net.listen(self._follow_clock)

    def reset(self) -> None:
        """Stopped."""
        super().reset()
        self._day, self._second = (0, 0, 0, 0), 0
        self._seconds.set_count(0)
        self._follow_clock()

    def load(self, name: str) -> int:
        """The time as of this very cycle."""
        value = super().load(name)
        if name == "CTRL":
            return value | (_ACTIVE if value & _ENABLE else 0)
        if name == "IRQ_SETUP_0":
            return value | (_IS_MATCHING if value & _MATCH else 0)
        if name in ("RTC_0", "RTC_1"):
            return self._fields()[name == "RTC_0"]
        if name in ("INTR", "INTS"):
            raw = int(self._is_matching())
            return raw if name == "INTR" else raw & self.values["INTE"] | self.values["INTF"]
        return value

    def after_write(self, name: str, written: int) -> None:
        """Load, run, set the alarm."""
        if name == "CTRL" and written & _LOAD:
            date, time = self.values["SETUP_0"], self.values["SETUP_1"]
            self._day = (date >> 12, date >> 8 & 0xF, date & 0x1F, time >> 24)
            self._second = (time >> 16 & 0x1F) * 3600 + (time >> 8 & 0x3F) * 60 + (time & 0x3F)
            self._seconds.set_count(0)
        self._follow_clock()

    def _follow_clock(self) -> None:
        clock_hz = self.host.clock_net.clock_hz("clk_rtc") if self.values["CTRL"] & _ENABLE else 0
        self._seconds.run_at(Fraction(clock_hz, self.values["CLKDIV_M1"] + 1))
        self._plan()

    def _now(self) -> tuple[_Day, int]:
        """The calendar moves on when somebody looks."""
        passed = self._seconds.count
        self._seconds.subtract(passed)
        days, self._second = divmod(self._second + passed, _SECONDS_PER_DAY)
        for _ in range(days):
            self._day = self._next_day(self._day)
        return self._day, self._second

    def _next_day(self, day: _Day) -> _Day:
        return _day_after(day, has_leap_years=not self.values["CTRL"] & _NO_LEAP_YEAR)

    def _fields(self) -> tuple[int, int]:
        """RTC_1 and RTC_0."""
        (year, month, day, week_day), second = self._now()
        time = second // 3600 << 16 | second // 60 % 60 << 8 | second % 60
        return year << 12 | month << 8 | day, week_day << 24 | time

    def _is_set(self) -> bool:
        """An alarm without any field to compare is taken as none."""
        date, time = self.values["IRQ_SETUP_0"], self.values["IRQ_SETUP_1"]
        return bool(date & _MATCH and (date & 0b111 << 24 or time & 0xF << 28))

    def _matches_day(self, day: _Day) -> bool:
        date, time = self.values["IRQ_SETUP_0"], self.values["IRQ_SETUP_1"]
        rules = [(date, *field) for field in _DATE_FIELDS] + [(time, *_WEEK_DAY_FIELD)]
        pairs = zip(rules, day, strict=True)
        return all(
            not word & enable or (word >> shift & mask) == number
            for (word, shift, mask, enable), number in pairs
        )

    def _next_second(self, earliest: int) -> int | None:
        """The first second of a day that matches, not before `earliest`."""
        time = self.values["IRQ_SETUP_1"]
        hours, minutes, seconds = (
            (time >> shift & mask,) if time & enable else range(count)
            for shift, mask, enable, count in _TIME_FIELDS
        )
        for hour in hours:
            for minute in minutes if hour * 3600 + 3599 >= earliest else ():
                for second in seconds if hour * 3600 + minute * 60 + 59 >= earliest else ():
                    if (found := hour * 3600 + minute * 60 + second) >= earliest:
                        return found
        return None

    def _is_matching(self) -> bool:
        day, second = self._now()
        is_running = self.values["CTRL"] & _ENABLE
        return (
            bool(is_running)
            and self._is_set()
            and self._matches_day(day)
            and self._next_second(second) == second
        )

    def _seconds_to_match(self) -> int | None:
        day, second = self._now()
        for days in range(_DAYS_SEARCHED):
            found = self._next_second(second + 1 if not days else 0) if self._matches_day(day) else None
            if found is not None:
                return days * _SECONDS_PER_DAY + found - second
            day = self._next_day(day)
        return None

    def _plan(self) -> None:
        """Wake up when a match begins, and when one ends."""
        delay = None
        if self._seconds.is_running and self._is_set():
            delay = 1 if self._is_matching() else self._seconds_to_match()
        if delay is None:
            self._alarm.cancel()
        else:
            self._alarm.set(self._seconds.reached_cycles(delay))
        self.host.power_net.arm(self.spec.name, self._alarm.is_set and bool(self.values["INTE"]))
        self._update_irq()

    def _tick(self) -> None:
        if self._is_matching() and self.values["INTE"]:
            self.host.power_net.count_wake()
        self._plan()

    def _update_irq(self) -> None:
        is_matching = self._seconds.is_running and self._is_matching()
        self.set_irq(bool(int(is_matching) & self.values["INTE"] | self.values["INTF"]))
