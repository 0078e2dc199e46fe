"""Low-power timers of the STM32 (version 1: RM0351, LPTIM; version 2 of the U5, U3 and H5: RM0456; CMSIS headers).

A timer counts the line of its own name on the clock net, in Stop too while that clock runs. Not modelled: external
clocks and triggers, encoder mode, outputs, repetition and the second channel (remembered), DMA. Registers are
synchronised at once.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only
from mcusim.machine.devices.ticks import Alarm, TickCounter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_CMPM, _ARRM = 1 << 0, 1 << 1
_ENABLE, _SINGLE, _CONTINUOUS, _COUNT_RESET, _RESET_ON_READ = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 4
_ACKNOWLEDGES = {"CMP": 1 << 3, "ARR": 1 << 4, "RCR": 1 << 8, "IER": 1 << 24, "CCR2": 1 << 19}
_EXTERNAL_MASK = 1 << 0 | 1 << 23 | 1 << 24  # CKSEL, COUNTMODE, ENC


class Stm32Lptim(RegisterDevice):
    """Option: `version` (1 or 2; the second acknowledges IER and has compare channels)."""

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._is_second = self.int_option("version", 1) == 2
        self._counter = TickCounter(host)
        self._alarm = Alarm(host, self._ring)
        self._followed_ticks = 0
        self._is_single = False
        self._is_started = False
        host.clock_net.listen(self._clock_changed)

    def register_table(self) -> Mapping[str, Register]:
        """Version 2 has more registers behind the same ones."""
        table = {
            "ISR": read_only(0x00),
            "ICR": command(0x04),
            "IER": Register(0x08),
            "CFGR": Register(0x0C),
            "CR": Register(0x10, writable_mask=_ENABLE | _RESET_ON_READ),
            "CMP": Register(0x14, writable_mask=0xFFFF),
            "ARR": Register(0x18, 0x0001, writable_mask=0xFFFF),
            "CNT": read_only(0x1C),
            "OR": Register(0x20),
            "CFGR2": Register(0x24),
            "RCR": Register(0x28, writable_mask=0xFF),
        }
        if self.int_option("version", 1) == 2:
            table |= {"CCMR1": Register(0x2C), "CCR2": Register(0x34, writable_mask=0xFFFF)}
        return table

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._is_started = False
        self._counter.run_at(0)
        self._counter.set_count(0)
        self._followed_ticks = 0
        self._update()

    def load(self, name: str) -> int:
        """The count and flags as of this very cycle."""
        self._follow()
        if name == "CNT":
            return self._counter.count % self._period_ticks
        return super().load(name)

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """Catch up before a register changes."""
        self._follow()
        count = self._counter.count % self._period_ticks
        super().store(name, written, lanes_mask)
        if name == "ARR":
            self._counter.set_count(count % self._period_ticks)
            self._followed_ticks = self._counter.count
        self._update()

    def after_write(self, name: str, written: int) -> None:
        """Start, stop, acknowledge."""
        if name == "ICR":
            self.values["ISR"] &= ~written
        elif name == "CR":
            self._control(written)
        elif name == "CFGR" and written & _EXTERNAL_MASK:
            self.host.warn(f"{self.spec.name}: counts internal clocks only; another was asked for")
        if name in _ACKNOWLEDGES and (self._is_second or name in ("CMP", "ARR")):
            self.values["ISR"] |= _ACKNOWLEDGES[name]

    def _control(self, written: int) -> None:
        if not written & _ENABLE:
            self._is_started = False
        elif written & (_SINGLE | _CONTINUOUS):
            self._is_single = not written & _CONTINUOUS
            self._is_started = True
        if not self._is_started or written & (_COUNT_RESET | _SINGLE):
            self._counter.set_count(0)
            self._followed_ticks = 0
        self._counter.run_at(self._tick_hz())

    @property
    def _period_ticks(self) -> int:
        return self.values["ARR"] + 1

    def _tick_hz(self) -> Fraction:
        clock_hz = self.host.clock_net.clock_hz(self.spec.name)
        return (
            Fraction(clock_hz, 1 << (self.values["CFGR"] >> 9 & 0b111)) if self._is_started else Fraction(0)
        )

    def _clock_changed(self) -> None:
        if self._is_started:
            self._follow()
            self._counter.run_at(self._tick_hz())
            self._update()

    def _follow(self) -> None:
        """Raise the flags of what was passed since the last look."""
        now_ticks, before = self._counter.count, self._followed_ticks
        if now_ticks == before:
            return
        period, compare = self._period_ticks, self.values["CMP"]
        if now_ticks // period > before // period:
            self.values["ISR"] |= _ARRM
        if compare < period and (now_ticks - compare) // period > (before - compare) // period:
            self.values["ISR"] |= _CMPM
        self._followed_ticks = now_ticks
        if self._is_single and now_ticks >= period:
            self._is_started = False
            self._counter.run_at(0)
            self._counter.set_count(0)
            self._followed_ticks = 0

    def _ring(self) -> None:
        before = self.values["ISR"]
        self._follow()
        if self.values["ISR"] & ~before & self.values["IER"]:
            self.host.power_net.count_wake()
        self._update()

    def _update(self) -> None:
        """The interrupt line, and the next moment that may change it."""
        wanted = self.values["IER"] & ~self.values["ISR"] & (_CMPM | _ARRM)
        if self._counter.is_running and wanted:
            self._alarm.set(self._counter.reached_cycles(self._next_ticks(wanted)))
        else:
            self._alarm.cancel()
        self.host.power_net.arm(self.spec.name, self._alarm.is_set)
        self.set_irq(bool(self.values["ISR"] & self.values["IER"] & (_CMPM | _ARRM)))

    def _next_ticks(self, wanted: int) -> int:
        period, compare, now_ticks = self._period_ticks, self.values["CMP"], self._followed_ticks
        overflow = (now_ticks // period + 1) * period
        if not wanted & _CMPM or compare >= period:
            return overflow
        match = (now_ticks - compare) // period * period + period + compare
        return min(match, overflow) if wanted & _ARRM else match
