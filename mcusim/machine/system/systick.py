"""SysTick: a 24-bit down counter computed from the cycle count, so that it never drifts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.machine.system.priority import SYS_TICK
from mcusim.machine.system.register import Register, RegisterMap, constant, merged

if TYPE_CHECKING:
    from mcusim.machine.devices.device import Host
    from mcusim.machine.exceptions import ExceptionModel

CSR, RVR, CVR, CALIB = 0xE010, 0xE014, 0xE018, 0xE01C
_ENABLE, _TICKINT, _CLKSOURCE, _COUNTFLAG = 1 << 0, 1 << 1, 1 << 2, 1 << 16
_COUNTER_MASK = 0xFFFFFF
_CALIB_NOREF = 1 << 31


@dataclass(frozen=True, slots=True)
class SysTickClock:
    """The reference clock of SysTick (CSR.CLKSOURCE = 0): a divider of the core clock, or a fixed rate."""

    core_divisor: int = 8
    """STM32: HCLK/8 (ST PM0214, section 4.5)."""
    fixed_hz: int = 0
    """When not 0, used instead of the divider."""
    calib: int = 0
    """The value of SYST_CALIB."""


class SysTick:
    """SYST_CSR, RVR, CVR, CALIB (ARMv7-M ARM, B3.3). Keeps counting in sleep.

    The counter is stored as its value at one moment; every access moves that moment to now. One tick after 0
    it holds RVR again, so a period is RVR + 1 ticks.
    """

    def __init__(self, exceptions: ExceptionModel, host: Host, clock: SysTickClock) -> None:
        self._exceptions, self._host, self._clock = exceptions, host, clock
        self._schedule_id = 0
        self._clock_hz = host.core_clock_hz
        self.reset()

    def reset(self) -> None:
        """Stopped at zero."""
        self._control = _CLKSOURCE if self._clock.calib & _CALIB_NOREF else 0
        self._load = self._value = 0
        self._is_stopped = False
        self._has_counted = False
        self._base_cycles = self._host.now_cycles
        self._fraction = 0
        self._clock_hz = self._host.core_clock_hz
        self._schedule_id += 1

    def registers(self) -> RegisterMap:
        """All registers of this device."""
        return {
            CSR: Register(self._read_csr, self._write_csr),
            RVR: Register(lambda: self._load, self._write_rvr),
            CVR: Register(self._read_cvr, self._write_cvr),
            CALIB: constant(self._clock.calib),
        }

    def core_clock_changed(self) -> None:
        """The core clock has a new rate from now on; matters for a reference clock of fixed rate."""
        self._move_to_now()
        old_denominator = self._rate()[1]
        self._clock_hz = self._host.core_clock_hz
        self._fraction = self._fraction * self._rate()[1] // old_denominator
        self._schedule()

    def clocks_stopped(self, is_stopped: bool) -> None:
        """Stand still, or go on, in a low-power mode that stops the chip's clocks."""
        self._move_to_now()
        self._is_stopped = is_stopped
        self._schedule()

    def _rate(self) -> tuple[int, int]:
        """Ticks per core cycle as a fraction."""
        if self._control & _CLKSOURCE:
            return 1, 1
        return (
            (self._clock.fixed_hz, self._clock_hz) if self._clock.fixed_hz else (1, self._clock.core_divisor)
        )

    def _move_to_now(self) -> None:
        """Advance the stored value to this cycle; pend the exception for every zero passed."""
        elapsed_cycles = self._host.now_cycles - self._base_cycles
        self._base_cycles += elapsed_cycles
        if not self._control & _ENABLE or self._is_stopped:
            return
        numerator, denominator = self._rate()
        ticks, self._fraction = divmod(elapsed_cycles * numerator + self._fraction, denominator)
        if ticks < self._value or ticks == 0:
            self._value -= ticks
            return
        ticks_after_zero = ticks - self._value
        has_reached_zero = self._value > 0 or (self._load > 0 and ticks_after_zero > self._load)
        phase = ticks_after_zero % (self._load + 1)
        self._value = self._load + 1 - phase if phase else 0
        if has_reached_zero:
            self._has_counted = True
            if self._control & _TICKINT:
                self._exceptions.pend(SYS_TICK)

    def _schedule(self) -> None:
        """Ask for a call at the next zero; earlier requests become void."""
        self._schedule_id += 1
        ticks = self._value or (self._load + 1 if self._load else 0)
        if self._control & (_ENABLE | _TICKINT) != _ENABLE | _TICKINT or ticks == 0 or self._is_stopped:
            return
        numerator, denominator = self._rate()
        cycles = -((self._fraction - ticks * denominator) // numerator)
        schedule_id = self._schedule_id
        self._host.at(self._base_cycles + cycles, lambda: self._wake(schedule_id))

    def _wake(self, schedule_id: int) -> None:
        if schedule_id == self._schedule_id:
            self._move_to_now()
            self._schedule()

    def _read_csr(self) -> int:
        self._move_to_now()
        value = self._control | (_COUNTFLAG if self._has_counted else 0)
        self._has_counted = False
        return value

    def _write_csr(self, value: int, mask: int) -> None:
        self._move_to_now()
        was_enabled, old_rate = self._control & _ENABLE, self._rate()
        control = merged(self._control, value, mask) & (_ENABLE | _TICKINT | _CLKSOURCE)
        self._control = control | (_CLKSOURCE if self._clock.calib & _CALIB_NOREF else 0)
        if not was_enabled or self._rate() != old_rate:
            self._fraction = 0
        self._schedule()

    def _write_rvr(self, value: int, mask: int) -> None:
        """The new value counts from the next reload on (ARMv7-M ARM, B3.3.4)."""
        self._move_to_now()
        self._load = merged(self._load, value, mask) & _COUNTER_MASK
        self._schedule()

    def _read_cvr(self) -> int:
        self._move_to_now()
        return self._value

    def _write_cvr(self, value: int, mask: int) -> None:
        """Any write clears the counter and COUNTFLAG, and pends nothing (ARMv7-M ARM, B3.3.5)."""
        self._move_to_now()
        self._value, self._has_counted = 0, False
        self._schedule()
