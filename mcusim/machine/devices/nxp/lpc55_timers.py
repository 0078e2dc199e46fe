"""Timers of the LPC55: CTIMER (match), MRT (four reload channels) and UTICK.

Offsets, bits and reset values: NXP's SVD file of the LPC55S69; modes: fsl_ctimer.h, fsl_mrt.h, fsl_utick.c. Not
modelled: capture, external counting, PWM and match pins, shadow registers, MRT's one-shot with bus stall.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.compare_timer import CompareTimer
from mcusim.machine.devices.nxp.nxp_clock import counted_hz
from mcusim.machine.devices.period_counter import PeriodCounter
from mcusim.machine.devices.register_device import WORD_MASK, Register, RegisterDevice, read_only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_CHANNELS = range(4)
_CEN, _CRST = 1 << 0, 1 << 1
_INTERRUPT, _RESET, _STOP = 1 << 0, 1 << 1, 1 << 2  # MCR, three bits per channel
_INTEN, _ONE_SHOT, _LOAD = 1 << 0, 1, 1 << 31
_INTFLAG, _RUN = 1 << 0, 1 << 1
_ACTIVE, _REPEAT = 1 << 1, 1 << 31
_UTICK_HZ = 1_000_000


class Lpc55Ctimer(RegisterDevice):
    """Options `clock` or `clock_hz`; without them it counts the core clock: CTIMERCLKSEL is not followed."""

    def register_table(self) -> Mapping[str, Register]:
        """Four match channels."""
        return {
            "IR": Register(0x00, writable_mask=0, one_clears_mask=0xFF),
            "TCR": Register(0x04, writable_mask=0x3),
            "TC": Register(0x08),
            "PR": Register(0x0C),
            "PC": Register(0x10),
            "MCR": Register(0x14, writable_mask=0x0F00_0FFF),
            **{f"MR{n}": Register(0x18 + 4 * n) for n in _CHANNELS},
            "CCR": Register(0x28),
            **{f"CR{n}": read_only(0x2C + 4 * n) for n in _CHANNELS},
            "EMR": Register(0x3C),
            "CTCR": Register(0x70),
            "PWMC": Register(0x74),
            **{f"MSR{n}": Register(0x78 + 4 * n) for n in _CHANNELS},
        }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._timer = CompareTimer(host, self._match_values, self._matched)
        host.clock_net.listen(self._run)

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._timer.clear()
        self.set_irq(False)

    def load(self, name: str) -> int:
        """The count; flags of what has matched by now."""
        if name in ("TC", "IR", "TCR"):
            count = self._timer.count
            return count if name == "TC" else self.values[name]
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """TCR runs and holds at 0; TC may be written."""
        if name == "TC":
            self._timer.set_count(self.values["TC"])
        elif name == "TCR" and self.values["TCR"] & _CRST:
            self._timer.set_count(0)
        self._run()
        self._update_irq()

    def _run(self) -> None:
        is_running = self.values["TCR"] & (_CEN | _CRST) == _CEN
        self._timer.run_at(Fraction(counted_hz(self), self.values["PR"] + 1) if is_running else 0)

    def _actions(self, n: int) -> int:
        return self.values["MCR"] >> 3 * n & 0b111

    def _match_values(self) -> list[int]:
        return [self.values[f"MR{n}"] for n in _CHANNELS if self._actions(n)]

    def _matched(self, count: int) -> None:
        actions = 0
        for n in _CHANNELS:
            if self.values[f"MR{n}"] == count:
                actions |= self._actions(n)
                self.values["IR"] |= (self._actions(n) & _INTERRUPT) << n
        if actions & _RESET:
            self._timer.restart_after(count)
        if actions & _STOP:
            self.values["TCR"] &= ~_CEN
            self._timer.run_at(0)
        self._update_irq()

    def _update_irq(self) -> None:
        self.set_irq(bool(self.values["IR"]))


class Lpc55Mrt(RegisterDevice):
    """Four counters down of 24 bits at the bus clock, which is the core's."""

    def register_table(self) -> Mapping[str, Register]:
        """Four channels of 16 bytes."""
        table: dict[str, Register] = {}
        for n in _CHANNELS:
            table |= {
                f"INTVAL{n}": Register(0x10 * n, writable_mask=0x00FF_FFFF),
                f"TIMER{n}": read_only(0x10 * n + 4, 0x00FF_FFFF),
                f"CTRL{n}": Register(0x10 * n + 8, writable_mask=0b111),
                f"STAT{n}": Register(0x10 * n + 12, writable_mask=0, one_clears_mask=_INTFLAG),
            }
        table |= {"MODCFG": Register(0xF0, 0x173, writable_mask=1 << 31), "IDLE_CH": read_only(0xF4)}
        return table | {"IRQ_FLAG": Register(0xF8, writable_mask=0)}

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._counters = [PeriodCounter(host, partial(self._expired, n)) for n in _CHANNELS]
        host.clock_net.listen(self._clock_changed)

    def reset(self) -> None:
        """Off."""
        super().reset()
        for counter in self._counters:
            counter.clear()
        self._update_irq()

    def load(self, name: str) -> int:
        """What is left; the flags; the first idle channel."""
        if name == "IDLE_CH":
            return next((n for n in _CHANNELS if not self._counters[n].is_running), len(_CHANNELS)) << 4
        if name == "IRQ_FLAG":
            return sum(self._status(n) & _INTFLAG and 1 << n for n in _CHANNELS)
        if name.startswith("TIMER") and self._counters[int(name[-1])].is_running:
            return self._counters[int(name[-1])].left
        return self._status(int(name[-1])) if name.startswith("STAT") else super().load(name)

    def _status(self, n: int) -> int:
        counter = self._counters[n]
        if counter.is_running and counter.count >= 0:  # asking catches up
            return self.values[f"STAT{n}"] | (_RUN if counter.is_running else 0)
        return self.values[f"STAT{n}"]

    def after_write(self, name: str, written: int) -> None:
        """An interval with LOAD, or into an idle channel, starts at once; 0 with LOAD stops."""
        if name.startswith("INTVAL"):
            n, ticks = int(name[-1]), self.values[name]
            if written & _LOAD and not ticks:
                self._counters[n].clear()
            elif ticks and (written & _LOAD or not self._counters[n].is_running):
                self._counters[n].start(ticks, self.host.core_clock_hz)
        elif name == "IRQ_FLAG":
            for n in _CHANNELS:
                self.set_bits(f"STAT{n}", written >> n & _INTFLAG, False)
        self._update_irq()

    def _expired(self, n: int) -> None:
        self.values[f"STAT{n}"] |= _INTFLAG
        if self.values[f"CTRL{n}"] >> 1 & 0b11 == _ONE_SHOT or not self.values[f"INTVAL{n}"]:
            self._counters[n].clear()
        else:
            self._counters[n].use_period(self.values[f"INTVAL{n}"])
        self._update_irq()

    def _clock_changed(self) -> None:
        for counter in self._counters:
            if counter.is_running:
                counter.run_at(self.host.core_clock_hz)

    def _update_irq(self) -> None:
        self.set_irq(
            any(self.values[f"STAT{n}"] & self.values[f"CTRL{n}"] & (_INTFLAG & _INTEN) for n in _CHANNELS)
        )


class Lpc55Utick(RegisterDevice):
    """One delay of DELAYVAL + 1 microseconds (FRO 1 MHz), once or repeated; it counts in deep sleep, too."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CTRL": Register(0x0),
        "STAT": Register(0x4, writable_mask=0, one_clears_mask=_INTFLAG),
        "CFG": Register(0x8),
        "CAPCLR": Register(0xC, writable_mask=0),
        **{f"CAP{n}": read_only(0x10 + 4 * n) for n in _CHANNELS},
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._counter = PeriodCounter(host, self._expired)
        host.clock_net.listen(self._clock_changed)

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._counter.clear()
        self.set_irq(False)

    def load(self, name: str) -> int:
        """Active while it counts."""
        if name == "STAT" and self._counter.is_running and self._counter.count >= 0:
            return self.values["STAT"] | (_ACTIVE if self._counter.is_running else 0)
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """A delay starts it, 0 stops it."""
        delay_ticks = self.values["CTRL"] & WORD_MASK >> 1
        if name == "CTRL":
            if delay_ticks:
                self._counter.start(delay_ticks + 1, _UTICK_HZ)
            else:
                self._counter.clear()
            self.host.power_net.arm(self.spec.name, bool(delay_ticks))
        self.set_irq(bool(self.values["STAT"] & _INTFLAG))

    def _expired(self) -> None:
        self.values["STAT"] |= _INTFLAG
        self.host.power_net.count_wake()
        if not self.values["CTRL"] & _REPEAT:
            self._counter.clear()
            self.host.power_net.arm(self.spec.name, False)
        self.set_irq(True)

    def _clock_changed(self) -> None:
        if self._counter.is_running:
            self._counter.run_at(_UTICK_HZ)
