"""Real-time clock of the STM32 but the F1's: calendar, alarms A and B, wake-up timer, backup registers.

Version 2 is that of the F0, F3, F4, F7, L0, L1, L4 and H7 (RM0351 and RM0090, RTC; CMSIS stm32l476xx.h), version 3
that of the G0, G4, H5, U3 and U5 (RM0444 and RM0456, RTC; CMSIS stm32g071xx.h). It counts the line "RTC" of the
clock net, also in Stop and Standby, and keeps its state over resets. Registers are synchronised at once. Not modelled:
time stamps, tampering, calibration, shifts, daylight saving, binary mode.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only
from mcusim.machine.devices.stm32.rtc_calendar import AlarmRule, Calendar
from mcusim.machine.devices.ticks import Alarm, TickCounter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_DR_RESET, _PRER_RESET = 0x2101, 0x007F_00FF
_VERSION_2 = {
    "TR": 0x00, "DR": 0x04, "CR": 0x08, "ISR": 0x0C, "PRER": 0x10, "WUTR": 0x14, "CALIBR": 0x18, "ALRMAR": 0x1C,
    "ALRMBR": 0x20, "WPR": 0x24, "SSR": 0x28, "SHIFTR": 0x2C, "TSTR": 0x30, "TSDR": 0x34, "TSSSR": 0x38, "CALR": 0x3C,
    "TAMPCR": 0x40, "ALRMASSR": 0x44, "ALRMBSSR": 0x48, "OR": 0x4C,
}  # fmt: skip
_VERSION_3 = {
    "TR": 0x00, "DR": 0x04, "SSR": 0x08, "ISR": 0x0C, "PRER": 0x10, "WUTR": 0x14, "CR": 0x18, "PRIVCFGR": 0x1C,
    "SECCFGR": 0x20, "WPR": 0x24, "CALR": 0x28, "SHIFTR": 0x2C, "TSTR": 0x30, "TSDR": 0x34, "TSSSR": 0x38,
    "ALRMAR": 0x40, "ALRMASSR": 0x44, "ALRMBR": 0x48, "ALRMBSSR": 0x4C, "SR": 0x50, "MISR": 0x54, "SMISR": 0x58,
    "SCR": 0x5C, "ALRABINR": 0x70, "ALRBBINR": 0x74,
}  # fmt: skip
_FREE = ("WPR", "ISR", "TAMPCR", "OR", "SCR", "PRIVCFGR", "SECCFGR")
"""Not behind the write protection (RM0351, RTC register write protection)."""
_PROTECTED_3 = ("TR", "DR", "PRER", "CALR", "SHIFTR")
"""Version 3 protects only the calendar: ST's stm32u5xx_hal_rtc_ex.c sets the wake-up timer without the keys."""
_KEYS = (0xCA, 0x53)
_WUTWF, _INITS, _RSF, _INITF, _INIT = 1 << 2, 1 << 4, 1 << 5, 1 << 6, 1 << 7
_ALRAE, _ALRBE, _WUTE = 1 << 8, 1 << 9, 1 << 10
_ALARMS_MASK, _WAKEUP_MASK = 0b011, 0b100  # of the flags in the order A, B, wake-up
_FLAGS_SHIFT, _ENABLES_SHIFT = 8, 12  # where version 2 has them in ISR, and both in CR
_RETAINED = (
    "TR",
    "DR",
    "CR",
    "PRER",
    "WUTR",
    "CALR",
    "ALRMAR",
    "ALRMBR",
    "ALRMASSR",
    "ALRMBSSR",
    "TAMPCR",
    "OR",
)


class Stm32Rtc(RegisterDevice):
    """Options: `version` (2 or 3) and `backup_registers` (how many at +0x50, version 2 only).

    Drives the wake-up lines "RTC_ALARM" and "RTC_WAKEUP", and its own interrupt where it has one.
    """

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._is_third = self.int_option("version", 2) == 3
        self._flags = 0
        self._unlocked = 0
        self._calendar = Calendar()
        self._counter = TickCounter(host)
        self._wake_counter = TickCounter(host)
        self._alarms = [Alarm(host, lambda n=n: self._alarm(n)) for n in range(2)]  # type: ignore[misc]
        self._wake_alarm = Alarm(host, self._wake)
        host.clock_net.listen(self._clock_changed)

    def register_table(self) -> Mapping[str, Register]:
        """The table of the version."""
        offsets = _VERSION_3 if self.int_option("version", 2) == 3 else _VERSION_2
        table = {name: Register(offset) for name, offset in offsets.items()}
        table |= {
            "DR": Register(offsets["DR"], _DR_RESET),
            "PRER": Register(offsets["PRER"], _PRER_RESET, writable_mask=0x007F_7FFF),
            "WUTR": Register(offsets["WUTR"], 0xFFFF, writable_mask=0xFFFF),
            "ISR": Register(offsets["ISR"], writable_mask=_INIT),
            "WPR": command(offsets["WPR"]),
            "SHIFTR": command(offsets["SHIFTR"]),
            **{name: read_only(offsets[name]) for name in ("SSR", "TSTR", "TSDR", "TSSSR")},
        }
        if "SR" in offsets:
            table |= {name: read_only(offsets[name]) for name in ("SR", "MISR", "SMISR")}
            table["SCR"] = command(offsets["SCR"])
            return table
        return table | {
            f"BKP{n}R": Register(0x50 + 4 * n) for n in range(self.int_option("backup_registers", 20))
        }

    def reset(self) -> None:
        """A system reset changes nothing in the backup domain; what it interrupted waits again."""
        kept = {
            name: value for name, value in self.values.items() if name in _RETAINED or name.startswith("BKP")
        }
        super().reset()
        self.values.update(kept)
        self._unlocked = 0
        for each in (*self._alarms, self._wake_alarm):
            each.cancel()  # the machine forgot its deadlines with the reset
        self._restart()

    def load(self, name: str) -> int:
        """Time as of this very cycle, and flags."""
        if name in ("TR", "DR", "SSR") and not self.values["ISR"] & _INIT:
            return self._now(name)
        if name == "ISR":
            return self._status()
        if name == "SR":
            return self._flags
        if name == "MISR":
            return self._flags & self.values["CR"] >> _ENABLES_SHIFT
        return super().load(name)

    def _now(self, name: str) -> int:
        ticks, calendar = self._counter.count, self._calendar
        if name == "SSR":
            return calendar.sub_second(ticks)
        return calendar.time_bcd(ticks) if name == "TR" else calendar.date_bcd(ticks)

    def _status(self) -> int:
        control = self.values["CR"]
        status = self.values["ISR"] & _INIT
        status |= (_INITF if status else 0) | _RSF
        status |= 0 if control & _WUTE else _WUTWF
        status |= (0 if control & _ALRAE else 1) | (0 if control & _ALRBE else 2)
        status |= _INITS if self.values["DR"] & 0xFF_0000 or self._calendar.is_set else 0
        return status if self._is_third else status | self._flags << _FLAGS_SHIFT

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """Nothing is written without the keys but what is not protected."""
        if self._is_free(name) or self._unlocked == len(_KEYS):
            before = self.values[name]
            super().store(name, written, lanes_mask)
            self._stored(name, written, before, lanes_mask)

    def _is_free(self, name: str) -> bool:
        if self._is_third:
            return name not in _PROTECTED_3
        return name in _FREE or name.startswith("BKP")

    def _stored(self, name: str, written: int, before: int, lanes_mask: int) -> None:
        if name == "WPR":
            is_next = self._unlocked < len(_KEYS) and written & 0xFF == _KEYS[self._unlocked]
            self._unlocked = self._unlocked + 1 if is_next else 0
        elif name == "SCR":
            self._flags &= ~written
        elif name == "ISR":
            if not self._is_third:
                self._flags &= ~(~written & lanes_mask) >> _FLAGS_SHIFT | ~0b111  # rc_w0
            self._init(was_on=bool(before & _INIT))
        elif name == "CR" and (before ^ self.values["CR"]) & _WUTE:
            self._start_wake_up()
        if name in ("CR", "ALRMAR", "ALRMBR", "ALRMASSR", "ALRMBSSR"):
            self._set_alarms()
        self._update_lines()

    def _init(self, *, was_on: bool) -> None:
        is_on = bool(self.values["ISR"] & _INIT)
        if is_on and not was_on:
            ticks = self._counter.count
            self.values["TR"], self.values["DR"] = (
                self._calendar.time_bcd(ticks),
                self._calendar.date_bcd(ticks),
            )
            self._counter.run_at(0)
        elif was_on and not is_on:
            self._calendar.set(self.values["TR"], self.values["DR"], self.values["PRER"] & 0x7FFF)
            self._counter.set_count(0)
            if not self.host.clock_net.clock_hz("RTC"):
                self.host.warn(f"{self.spec.name}: has no clock (none is selected, or it is not modelled)")
            self._restart()

    def _restart(self) -> None:
        """Count with the prescalers and the clock of now."""
        clock_hz = 0 if self.values["ISR"] & _INIT else self.host.clock_net.clock_hz("RTC")
        self._counter.run_at(Fraction(clock_hz, (self.values["PRER"] >> 16 & 0x7F) + 1))
        self._wake_counter.run_at(self._wake_hz())
        self._set_alarms()
        self._set_wake_alarm()

    def _clock_changed(self) -> None:
        if self._counter.is_running or self._wake_counter.is_running or self.host.clock_net.clock_hz("RTC"):
            self._restart()

    def _set_alarms(self) -> None:
        for n, (alarm, letter) in enumerate(zip(self._alarms, "AB", strict=True)):
            rule = AlarmRule(self.values[f"ALRM{letter}R"], self.values[f"ALRM{letter}SSR"])
            is_on = self.values["CR"] & _ALRAE << n and self._counter.is_running
            ticks = self._calendar.next_match(rule, self._counter.count) if is_on else None
            if ticks is None:
                alarm.cancel()
            else:
                alarm.set(self._counter.reached_cycles(ticks))
        self._arm()

    def _alarm(self, n: int) -> None:
        self._raise(1 << n)
        self._set_alarms()

    def _wake_hz(self) -> Fraction:
        control, clock_hz = self.values["CR"], self.host.clock_net.clock_hz("RTC")
        if not control & _WUTE:
            return Fraction(0)
        if control & 0b100:
            prescalers = self.values["PRER"]
            return Fraction(clock_hz, ((prescalers >> 16 & 0x7F) + 1) * ((prescalers & 0x7FFF) + 1))
        return Fraction(clock_hz, 16 >> (control & 0b11))

    def _start_wake_up(self) -> None:
        self._wake_counter.run_at(self._wake_hz())
        self._wake_counter.set_count(0)
        self._set_wake_alarm()

    def _set_wake_alarm(self) -> None:
        if self._wake_counter.is_running:
            self._wake_alarm.set(self._wake_counter.reached_cycles(self._wake_ticks()))
        else:
            self._wake_alarm.cancel()
        self._arm()

    def _wake_ticks(self) -> int:
        is_long = self.values["CR"] & 0b110 == 0b110
        return self.values["WUTR"] + 1 + (1 << 16 if is_long else 0)

    def _wake(self) -> None:
        self._wake_counter.subtract(self._wake_ticks())
        self._raise(_WAKEUP_MASK)
        self._set_wake_alarm()

    def _raise(self, flag: int) -> None:
        self._flags |= flag
        self.host.power_net.count_wake()
        # A flag that firmware left set is a new event for an edge detector all the same: the line pulses.
        self._update_lines(masked=flag)
        self._update_lines()

    def _arm(self) -> None:
        enables = self.values["CR"] >> _ENABLES_SHIFT
        waits = [each.is_set for each in (*self._alarms, self._wake_alarm)]
        self.host.power_net.arm(
            self.spec.name, any(wait and enables >> n & 1 for n, wait in enumerate(waits))
        )

    def _update_lines(self, masked: int = 0) -> None:
        active = self._flags & self.values["CR"] >> _ENABLES_SHIFT
        net = self.host.power_net
        net.set_line("RTC_ALARM", bool(active & ~masked & _ALARMS_MASK))
        net.set_line("RTC_WAKEUP", bool(active & ~masked & _WAKEUP_MASK))
        self.set_irq(bool(active))
