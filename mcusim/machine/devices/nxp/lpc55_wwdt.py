"""Windowed watchdog of the LPC55; it bites.

Offsets, bits and reset values: NXP's SVD file of the LPC55S69; the feed sequence and the fixed prescaler of 4:
fsl_wwdt.c. The watchdog oscillator is FRO 1 MHz; its divider is not followed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only
from mcusim.machine.devices.ticks import Alarm, TickCounter

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_WDEN, _WDRESET, _WDTOF, _WDINT = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_FEED_KEYS = (0xAA, 0x55)
_TICK_HZ = 1_000_000 // 4
_TICKS_MIN, _NO_WINDOW = 0xFF, 0xFF_FFFF


class Lpc55Wwdt(RegisterDevice):
    """Counts down from TC; a feed reloads it, outside the window it bites."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "MOD": Register(0x00, writable_mask=0x33),
        "TC": Register(0x04, _TICKS_MIN, writable_mask=0xFF_FFFF),
        "FEED": command(0x08),
        "TV": read_only(0x0C, _TICKS_MIN),
        "WARNINT": Register(0x14, writable_mask=0x3FF),
        "WINDOW": Register(0x18, _NO_WINDOW, writable_mask=0xFF_FFFF),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._counter, self._alarm = TickCounter(host), Alarm(host, self._ring)
        self._fed = 0
        host.clock_net.listen(self._clock_changed)

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._counter.run_at(0)
        self._alarm.cancel()
        self._fed = 0
        self.set_irq(False)

    def load(self, name: str) -> int:
        """What is left."""
        return self._left if name == "TV" and self._counter.is_running else super().load(name)

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """WDEN and WDRESET are set once; flags: WDTOF is cleared by 0, WDINT by 1."""
        before = self.values["MOD"]
        super().store(name, written, lanes_mask)
        if name == "MOD":
            flags = before & _WDTOF & written | before & _WDINT & ~written
            self.values["MOD"] |= before & (_WDEN | _WDRESET) | flags
            self.set_irq(bool(flags & _WDINT))
        elif name == "FEED":
            self._feed(written & 0xFF)

    @property
    def _top_ticks(self) -> int:
        return max(self.values["TC"], _TICKS_MIN)

    @property
    def _left(self) -> int:
        return max(0, self._top_ticks - self._counter.count)

    def _feed(self, key: int) -> None:
        self._fed = self._fed + 1 if key == _FEED_KEYS[self._fed] else 0
        if self._fed < len(_FEED_KEYS) or not self.values["MOD"] & _WDEN:
            self._fed %= len(_FEED_KEYS)
            return
        self._fed = 0
        if self._counter.is_running and self._left > self.values["WINDOW"]:
            self._bite("was refreshed before its window")
            return
        self._counter.run_at(_TICK_HZ)
        self._counter.set_count(0)
        self._set_alarm()

    def _set_alarm(self) -> None:
        early_ticks = self._top_ticks - self.values["WARNINT"]
        is_early = self._counter.count < early_ticks
        self._alarm.set(self._counter.reached_cycles(early_ticks if is_early else self._top_ticks))

    def _ring(self) -> None:
        if self._counter.count < self._top_ticks:
            self.values["MOD"] |= _WDINT
            self.set_irq(True)
            self._set_alarm()
            return
        self._bite("was not refreshed in time")

    def _bite(self, why: str) -> None:
        self.values["MOD"] |= _WDTOF
        if self.values["MOD"] & _WDRESET:
            self.host.request_reset(f"the watchdog {self.spec.name} {why}")
        else:
            self.set_irq(True)

    def _clock_changed(self) -> None:
        if self._counter.is_running:
            self._counter.resync()
            self._set_alarm()
