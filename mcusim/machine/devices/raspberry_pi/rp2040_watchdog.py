"""Watchdog of the RP2040, which also makes the timer's tick (datasheet section 4.7).

Not modelled: pausing for a debugger, what a watchdog reset spares (WDSEL): the whole chip restarts.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register, command
from mcusim.machine.devices.ticks import Alarm, TickCounter

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_TRIGGER, _ENABLE = 1 << 31, 1 << 30
_TIME_MASK = 0x00FF_FFFF
_TICK_CYCLES_MASK, _TICK_ENABLE, _TICK_RUNNING = 0x1FF, 1 << 9, 1 << 10
_REASON_TIMER, _REASON_FORCE = 1 << 0, 1 << 1
_COUNTS_PER_TICK = 2  # erratum RP2040-E1
_SCRATCHES = tuple(f"SCRATCH{index}" for index in range(8))


class Rp2040Watchdog(Rp2040Device):
    """Counts down on ticks; publishes `watchdog_tick` (clk_ref / TICK.CYCLES)."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CTRL": Register(0x00, 0x0700_0000, writable_mask=0x4700_0000),
        "LOAD": command(0x04),
        "REASON": Register(0x08, writable_mask=0),
        **{name: Register(0x0C + 4 * index) for index, name in enumerate(_SCRATCHES)},
        "TICK": Register(0x2C, _TICK_ENABLE, writable_mask=_TICK_CYCLES_MASK | _TICK_ENABLE),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._elapsed = TickCounter(host)
        self._loaded_count = 0
        self._alarm = Alarm(host, self._expired)
        host.clock_net.listen(self._follow_clock)

    def reset(self) -> None:
        """Off; scratch registers and the reason of the last reset stay."""
        kept = {name: self.values[name] for name in (*_SCRATCHES, "REASON")}
        super().reset()
        self.values.update(kept)
        self._loaded_count = 0
        self._elapsed.set_count(0)
        self._follow_clock()

    def load(self, name: str) -> int:
        """CTRL shows the time left, TICK that the tick runs."""
        value = super().load(name)
        if name == "CTRL":
            return value | self._left_count()
        if name == "TICK" and self._tick_hz():
            return value | _TICK_RUNNING
        return value

    def after_write(self, name: str, written: int) -> None:
        """Reload, enable, trigger."""
        if name == "LOAD":
            self._loaded_count = written & _TIME_MASK
            self._elapsed.set_count(0)
        elif name == "CTRL" and written & _TRIGGER:
            self._restart_chip(_REASON_FORCE, "the firmware triggered the watchdog")
            return
        self._follow_clock()

    def _tick_hz(self) -> Fraction:
        tick = self.values["TICK"]
        cycles = tick & _TICK_CYCLES_MASK
        if not tick & _TICK_ENABLE or not cycles:
            return Fraction(0)
        return Fraction(self.host.clock_net.clock_hz("clk_ref"), cycles)

    def _left_count(self) -> int:
        return max(0, self._loaded_count - _COUNTS_PER_TICK * self._elapsed.count)

    def _follow_clock(self) -> None:
        self.host.clock_net.publish("watchdog_tick", int(self._tick_hz()))
        is_enabled = bool(self.values["CTRL"] & _ENABLE)
        self._elapsed.run_at(self._tick_hz() if is_enabled else 0)
        if self._elapsed.is_running:
            ticks = -(-self._loaded_count // _COUNTS_PER_TICK)
            self._alarm.set(self._elapsed.reached_cycles(ticks))
        else:
            self._alarm.cancel()

    def _expired(self) -> None:
        if not self._left_count():
            self._restart_chip(_REASON_TIMER, "the watchdog was not reloaded in time")

    def _restart_chip(self, reason: int, why: str) -> None:
        self.values["REASON"] = reason
        self._alarm.cancel()
        self.host.request_reset(f"{self.spec.name}: {why}")
