"""Real-time clocks of the Kinetis K and the LPC55: seconds, alarm, and the LPC55's wake-up timer; they wake the chip.

Offsets, bits: MK64F12.h, LPC55S69_cm33_core0.h of mcux-sdk; alarms: fsl_rtc.c. They count 32.768 kHz exactly.
Not modelled: compensation, locks, subseconds of the LPC55, deep power-down; that they go on over a reset of the chip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.period_counter import PeriodCounter
from mcusim.machine.devices.register_device import WORD_MASK, Register, RegisterDevice, read_only

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_TIF, _TOF, _TAF, _TCE = 1 << 0, 1 << 1, 1 << 2, 1 << 4
_SWRESET, _ALARM_1HZ, _WAKE_1KHZ, _EN_1KHZ, _EN = 1 << 0, 1 << 2, 1 << 3, 1 << 6, 1 << 7
_PRESCALER_HZ = 32_768


class KinetisRtc(RegisterDevice):
    """The invalid flag is set by a reset until TSR is written; the alarm comes when TSR leaves TAR's second."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "TSR": Register(0x00),
        "TPR": Register(0x04, writable_mask=0xFFFF),
        "TAR": Register(0x08),
        "TCR": Register(0x0C),
        "CR": Register(0x10),
        "SR": Register(0x14, _TIF, writable_mask=_TCE),
        "LR": Register(0x18, 0xFF),
        "IER": Register(0x1C, 0x7),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._prescaler = PeriodCounter(host, self._next_second)
        host.clock_net.listen(self._resync)

    def reset(self) -> None:
        """Stopped, with an invalid time."""
        super().reset()
        self._prescaler.clear()

    def load(self, name: str) -> int:
        """Up to now."""
        if self._prescaler.is_running:
            self.values["TPR"] = self._prescaler.count
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """TCE runs and holds; TSR makes the time valid; TAR clears its flag; CR.SWR resets."""
        if name == "CR" and written & 1:
            self.reset()
        elif name == "TSR":
            self.set_bits("SR", _TIF | _TOF, False)
        elif name == "TAR":
            self.set_bits("SR", _TAF, False)
        is_on = bool(self.values["SR"] & _TCE)
        if is_on and not self._prescaler.is_running:
            self._prescaler.start(
                _PRESCALER_HZ, _PRESCALER_HZ, at_ticks=self.values["TPR"] & _PRESCALER_HZ - 1
            )
        elif not is_on:
            self._prescaler.clear()
        self.host.power_net.arm(self.spec.name, is_on and bool(self.values["IER"] & 0x14))
        self._update_irq()

    def _resync(self) -> None:
        if self._prescaler.is_running:
            self._prescaler.run_at(_PRESCALER_HZ)

    def _next_second(self) -> None:
        if self.values["TSR"] == self.values["TAR"]:
            self.values["SR"] |= _TAF
        self.values["TSR"] = self.values["TSR"] + 1 & WORD_MASK
        if not self.values["TSR"]:
            self.values["SR"] |= _TOF
        is_each_second = bool(self.values["IER"] & 1 << 4)
        if is_each_second and self.spec.irq_number >= 0:  # its own line, a pulse
            self.drive_irq(self.spec.irq_number + 1, True)
            self.drive_irq(self.spec.irq_number + 1, False)
        if is_each_second or self.values["SR"] & self.values["IER"] & _TAF:
            self.host.power_net.count_wake(ends_standby=True)
        self._update_irq()

    def _update_irq(self) -> None:
        self.set_irq(bool(self.values["SR"] & self.values["IER"] & 0b111))


class Lpc55Rtc(RegisterDevice):
    """Seconds with a match, and 16 bits of milliseconds down."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CTRL": Register(0x00, _SWRESET, writable_mask=0x7F3, one_clears_mask=_ALARM_1HZ | _WAKE_1KHZ),
        "MATCH": Register(0x04, WORD_MASK),
        "COUNT": Register(0x08),
        "WAKE": Register(0x0C, writable_mask=0xFFFF),
        "SUBSEC": read_only(0x10),
        **{f"GPREG{n}": Register(0x40 + 4 * n) for n in range(8)},
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._seconds = PeriodCounter(host, self._next_second)
        self._wake = PeriodCounter(host, self._woke)
        host.clock_net.listen(self._resync)

    def reset(self) -> None:
        """Held."""
        super().reset()
        self._seconds.clear()
        self._wake.clear()
        self.set_irq(False)

    def load(self, name: str) -> int:
        """What is left of the wake-up time."""
        for counter in (self._seconds, self._wake):
            if counter.is_running:
                _ = counter.count
        if name == "WAKE" and self._wake.is_running:
            return self._wake.left + 1
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Enable, and start the wake-up timer by writing it."""
        control = self.values["CTRL"]
        is_on = bool(control & _EN and not control & _SWRESET)
        if is_on and not self._seconds.is_running:
            self._seconds.start(_PRESCALER_HZ, _PRESCALER_HZ)
        elif not is_on:
            self._seconds.clear()
            self._wake.clear()
        if name == "WAKE" and is_on and control & _EN_1KHZ and self.values["WAKE"]:
            self._wake.start(self.values["WAKE"], 1000)
        self.host.power_net.arm(self.spec.name, is_on)
        self._update_irq()

    def _resync(self) -> None:
        if self._seconds.is_running:
            self._seconds.run_at(_PRESCALER_HZ)
        if self._wake.is_running:
            self._wake.run_at(1000)

    def _next_second(self) -> None:
        self.values["COUNT"] = self.values["COUNT"] + 1 & WORD_MASK
        if self.values["COUNT"] == self.values["MATCH"]:
            self._tell(_ALARM_1HZ)

    def _woke(self) -> None:
        self._wake.clear()
        self.values["WAKE"] = 0
        self._tell(_WAKE_1KHZ)

    def _tell(self, flag: int) -> None:
        self.values["CTRL"] |= flag
        self.host.power_net.count_wake()
        self._update_irq()

    def _update_irq(self) -> None:
        self.set_irq(bool(self.values["CTRL"] & (_ALARM_1HZ | _WAKE_1KHZ)))
