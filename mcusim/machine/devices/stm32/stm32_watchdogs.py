"""The two watchdogs of the STM32: independent (IWDG) and windowed (WWDG); they bite.

RM0351, IWDG and WWDG; early wake-up of the IWDG (U5, H5: EWCR) is remembered only. Freezing while a debugger holds
the core does not apply.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only
from mcusim.machine.devices.stm32.stm32_rcc import bus_of
from mcusim.machine.devices.ticks import Alarm, TickCounter

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_START, _REFRESH, _UNLOCK = 0xCCCC, 0xAAAA, 0x5555
_LSI_HZ = 32_000
_NO_WINDOW = 0xFFF
_WDGA, _T_MASK, _T6 = 1 << 7, 0x7F, 0x40
_EWIF, _EWI = 1 << 0, 1 << 9
_WWDG_CLOCKS = 4096


class Stm32Iwdg(RegisterDevice):
    """Counts down LSI ticks, in every low-power mode; option `lsi_hz` (32 kHz unless given)."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "KR": command(0x00),
        "PR": Register(0x04, writable_mask=0xF),
        "RLR": Register(0x08, 0xFFF, writable_mask=0xFFF),
        "SR": read_only(0x0C),
        "WINR": Register(0x10, _NO_WINDOW, writable_mask=0xFFF),
        "EWCR": Register(0x14),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._counter = TickCounter(host)
        self._alarm = Alarm(host, self._bite)
        self._is_unlocked = False
        host.clock_net.listen(self._clock_changed)

    def reset(self) -> None:
        """Off: the chip's reset is the only way to stop it."""
        super().reset()
        self._counter.run_at(0)
        self._alarm.cancel()
        self._is_unlocked = False
        self.host.power_net.arm(self.spec.name, False)

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """Everything but the key is protected; writing the window refreshes (RM0351, IWDG_WINR)."""
        if name == "KR":
            self._key(written & 0xFFFF)
        elif self._is_unlocked:
            super().store(name, written, lanes_mask)
            if self._counter.is_running:
                self._reload()

    def _key(self, key: int) -> None:
        self._is_unlocked = key == _UNLOCK
        if key == _START and not self._counter.is_running:
            self._reload()
        elif key == _REFRESH and self._counter.is_running:
            left_ticks = self.values["RLR"] - self._counter.count
            if self.values["WINR"] < min(left_ticks, _NO_WINDOW):
                self._bite("was refreshed outside its window")
            else:
                self._reload()

    def _reload(self) -> None:
        # A run does not end asleep while the watchdog waits to bite; only refreshing it again and again is no work.
        self.host.power_net.arm(self.spec.name, True)
        self.host.power_net.count_wake()
        lsi_hz = self.int_option("lsi_hz", _LSI_HZ)
        self._counter.run_at(Fraction(lsi_hz, 4 << min(self.values["PR"], 8)))
        self._counter.set_count(0)
        self._set_alarm()

    def _set_alarm(self) -> None:
        self._alarm.set(self._counter.reached_cycles(self.values["RLR"] + 1))

    def _clock_changed(self) -> None:
        if self._counter.is_running:
            self._counter.resync()
            self._set_alarm()

    def _bite(self, why: str = "was not refreshed in time") -> None:
        self.host.power_net.reset_cause = "iwdg"
        self.host.request_reset(f"the independent watchdog {self.spec.name} {why}")


class Stm32Wwdg(RegisterDevice):
    """Counts down the APB clock / 4096; options `timebase_shift` (7, or 11 where CFR has three bits) and `bus`."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR": Register(0x00, _T_MASK, writable_mask=0xFF),
        "CFR": Register(0x04, _T_MASK, writable_mask=0x3FFF),
        "SR": Register(0x08, writable_mask=0, zero_clears_mask=_EWIF),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._clock_line = "pclk" + bus_of(self)[-1]
        self._counter = TickCounter(host)
        self._alarm = Alarm(host, self._ring)
        host.clock_net.listen(self._clock_changed)

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._counter.run_at(0)
        self._alarm.cancel()
        self.set_irq(False)

    def load(self, name: str) -> int:
        """T counts down."""
        value = super().load(name)
        if name == "CR" and value & _WDGA:
            return value & ~_T_MASK | max(0, (value & _T_MASK) - self._counter.count)
        return value

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """A refresh while T is above the window resets; so does a value without T6."""
        is_early = name == "CR" and self.load("CR") & _T_MASK > self.values["CFR"] & _T_MASK
        was_on = self.values["CR"] & _WDGA
        super().store(name, written, lanes_mask)
        if name == "SR":
            self._update_irq()
        if not self.values["CR"] & _WDGA and not was_on:
            return
        self.values["CR"] |= _WDGA  # only a reset switches it off
        if name == "CR" and was_on and is_early:
            self._bite("was refreshed before its window")
        elif name == "CR":
            self._reload()
        elif name == "CFR":
            self._clock_changed()

    def _reload(self) -> None:
        self._counter.set_count(0)
        self._counter.run_at(self._tick_hz())
        self._set_alarm()

    def _tick_hz(self) -> Fraction:
        net = self.host.clock_net
        clock_hz = (
            net.clock_hz(self._clock_line) if net.is_driven(self._clock_line) else self.host.core_clock_hz
        )
        shift = self.int_option("timebase_shift", 7)
        width_mask = 0b111 if shift > 7 else 0b11
        return Fraction(clock_hz, _WWDG_CLOCKS << (self.values["CFR"] >> shift & width_mask))

    def _clock_changed(self) -> None:
        if self.values["CR"] & _WDGA:
            self._counter.run_at(self._tick_hz())
            self._set_alarm()

    def _set_alarm(self) -> None:
        if not self._counter.is_running:
            self._alarm.cancel()
            return
        to_early = (self.values["CR"] & _T_MASK) - _T6
        is_early_due = self._counter.count < to_early
        self._alarm.set(self._counter.reached_cycles(to_early if is_early_due else to_early + 1))

    def _ring(self) -> None:
        if self.load("CR") & _T6:
            self.values["SR"] |= _EWIF
            self._update_irq()
            self._set_alarm()
        else:
            self._bite("was not refreshed in time")

    def _update_irq(self) -> None:
        self.set_irq(bool(self.values["SR"] & _EWIF and self.values["CFR"] & _EWI))

    def _bite(self, why: str) -> None:
        self.host.power_net.reset_cause = "wwdg"
        self.host.request_reset(f"the window watchdog {self.spec.name} {why}")
