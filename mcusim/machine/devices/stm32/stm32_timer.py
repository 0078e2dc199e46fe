"""Time base of the STM32 timers TIM2 to TIM7, TIM9 to TIM14 (RM0390 rev 6, 17.4 and 19.4; RM0432 alike).

The four compare flags and interrupts are there, and TRGO: the clock net's line "TIM6_TRGO" is its rate in millionths of
a hertz, which paces ADCs. Not modelled: capture, outputs, external clocks and triggers, DMA, down- and centre-aligned
counting (warned about), a TRGO that is a reset or enable. ARR takes effect at once, also with ARPE set, and a count
beyond it wraps; PSC waits for the next update.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, command
from mcusim.machine.devices.stm32.stm32_rcc import bus_of
from mcusim.machine.devices.ticks import Alarm, TickCounter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_CEN, _UDIS, _URS, _OPM = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_DIRECTION_MASK = 0b111 << 4  # DIR and CMS
_UIE = _UIF = _UG = 1 << 0
_FLAGS_MASK = 0b11111  # UIF and CC1IF to CC4IF of SR; their enables are there in DIER
_CHANNELS = (1, 2, 3, 4)
_UPDATE_TRGO, _FIRST_COMPARE_TRGO = 2, 4  # CR2.MMS: RM0390 17.4.2
_REMEMBERED = {
    "CR2": 0x04,
    "SMCR": 0x08,
    "CCMR1": 0x18,
    "CCMR2": 0x1C,
    "CCER": 0x20,
    "DCR": 0x48,
    "DMAR": 0x4C,
}


class Stm32Timer(RegisterDevice):
    """An up-counter with prescaler, auto-reload, update flag and interrupt; options `counter_bits`, `bus`."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR1": Register(0x00, writable_mask=0x0BFF),
        "DIER": Register(0x0C, writable_mask=0x5F5F),
        "SR": Register(0x10, writable_mask=0, zero_clears_mask=0x1E5F),
        "EGR": command(0x14),
        "CNT": command(0x24),
        "PSC": Register(0x28, writable_mask=0xFFFF),
        "ARR": Register(0x2C),
        "CCR1": Register(0x34),
        "CCR2": Register(0x38),
        "CCR3": Register(0x3C),
        "CCR4": Register(0x40),
        "OR": Register(0x50),
        **{name: Register(offset) for name, offset in _REMEMBERED.items()},
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._clock_line = bus_of(self) + "_timer"
        self._active_prescaler = 0
        self._seen_ticks = 0
        self._counter = TickCounter(host)
        self._update_alarm = Alarm(host, self._follow_counter)
        host.clock_net.listen(self._clock_changed)

    def register_table(self) -> Mapping[str, Register]:
        """The auto-reload value starts at the largest count."""
        mask = (1 << self.int_option("counter_bits", 16)) - 1
        return {**self.REGISTERS, "ARR": Register(0x2C, mask, writable_mask=mask)}

    def reset(self) -> None:
        """Stopped at 0."""
        super().reset()
        self._active_prescaler = 0
        self._counter.run_at(0)
        self._counter.set_count(0)
        self._update_alarm.cancel()
        self._seen_ticks = 0
        self.set_irq(False)

    def load(self, name: str) -> int:
        """CNT and SR as of this very cycle."""
        self._follow_counter()
        return self._counter.count if name == "CNT" else super().load(name)

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """Catch up with the counter before a register changes."""
        self._follow_counter()
        super().store(name, written, lanes_mask)

    def after_write(self, name: str, written: int) -> None:
        """React to what changes counting."""
        if name == "CNT":
            self._counter.set_count(written & self.registers["ARR"].writable_mask)
            self._seen_ticks = self._counter.count
        elif name == "EGR" and written & _UG:
            self._update_event(is_software=True)
            self._counter.set_count(0)
            self._seen_ticks = 0
        elif name == "DIER" and self.values["DIER"] & ~_FLAGS_MASK:
            self.host.warn(
                f"{self.spec.name}: no DMA requests or trigger interrupts are modelled; some were enabled"
            )
        elif name == "CR1" and self.values["CR1"] & _DIRECTION_MASK:
            self.host.warn(f"{self.spec.name}: counts up only; another direction was asked for")
        self._restart()

    def _clock_changed(self) -> None:
        if self.values["CR1"] & _CEN:
            self._follow_counter()
            self._restart()

    def _restart(self) -> None:
        self._counter.run_at(self._tick_hz())
        self._set_alarm()
        self._publish_trigger()

    def _publish_trigger(self) -> None:
        mode = self.values["CR2"] >> 4 & 0b111
        is_periodic = mode == _UPDATE_TRGO or mode >= _FIRST_COMPARE_TRGO
        net, line = self.host.clock_net, f"{self.spec.name}_TRGO"
        rate = self._tick_hz() / (self.values["ARR"] + 1) if is_periodic else Fraction(0)
        if rate or net.is_driven(line):
            net.publish(line, round(rate * 1_000_000))

    def _tick_hz(self) -> Fraction:
        if not self.values["CR1"] & _CEN or not self.values["ARR"]:
            return Fraction(0)  # an auto-reload value of 0 blocks the counter (RM0390 17.4.12)
        net, line = self.host.clock_net, self._clock_line
        clock_hz = net.clock_hz(line) if net.is_driven(line) else self.host.core_clock_hz
        return Fraction(clock_hz, self._active_prescaler + 1)

    def _set_alarm(self) -> None:
        wanted = self.values["DIER"] & ~self.values["SR"] & _FLAGS_MASK
        ticks = self._next_ticks(wanted) if self._counter.is_running and wanted else None
        if ticks is None:
            self._update_alarm.cancel()
        else:
            self._update_alarm.set(self._counter.reached_cycles(ticks))
        self.set_irq(bool(self.values["SR"] & self.values["DIER"] & _FLAGS_MASK))

    def _next_ticks(self, wanted: int) -> int | None:
        """The count at which the first wanted flag rises."""
        period_ticks = self.values["ARR"] + 1
        moments = [period_ticks] if wanted & _UIF else []
        for channel in _CHANNELS:
            compare = self.values[f"CCR{channel}"]
            if wanted >> channel & 1 and compare < period_ticks:
                moments.append(compare if compare > self._seen_ticks else compare + period_ticks)
        return min(moments, default=None)

    def _follow_counter(self) -> None:
        """Take the matches and overflows since the last look; several of one kind set its flag once."""
        period_ticks = self.values["ARR"] + 1
        if self._counter.is_running:
            self._compare(self._counter.count, period_ticks)
        while self._counter.is_running and self._counter.count >= period_ticks:
            self._overflow(period_ticks)
        self._seen_ticks = self._counter.count
        self._set_alarm()

    def _compare(self, now_ticks: int, period_ticks: int) -> None:
        for channel in _CHANNELS:
            compare = self.values[f"CCR{channel}"]
            if (
                compare < period_ticks
                and (now_ticks - compare) // period_ticks > (self._seen_ticks - compare) // period_ticks
            ):
                self.set_bits("SR", 1 << channel, True)

    def _overflow(self, period_ticks: int) -> None:
        overflow_cycles = self._counter.reached_cycles(period_ticks)
        is_same_rate = self._active_prescaler == self.values["PSC"]
        self._update_event(is_software=False)
        if self.values["CR1"] & _OPM:
            self.set_bits("CR1", _CEN, False)
            self._counter.run_at(0)
            self._counter.set_count(0)
        elif is_same_rate:
            self._counter.subtract(self._counter.count // period_ticks * period_ticks)
        else:
            self._counter.restart(self._tick_hz(), overflow_cycles)

    def _update_event(self, *, is_software: bool) -> None:
        if self.values["CR1"] & _UDIS:
            return
        self._active_prescaler = self.values["PSC"]
        if not (is_software and self.values["CR1"] & _URS):
            self.set_bits("SR", _UIF, True)
