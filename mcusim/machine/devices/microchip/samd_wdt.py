"""Watchdog of the SAM D21 and D51: bites when it is not cleared in time, or cleared with a wrong key.

Not modelled: the window mode (warned about: only the end of the window counts), synchronisation.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, command
from mcusim.machine.devices.ticks import Alarm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_ENABLE, _WINDOW, _ALWAYS_ON = 1 << 1, 1 << 2, 1 << 7
_KEY = 0xA5
_CLOCK_HZ = 1024  # of the D51; the D21 takes a generic clock
_SHORTEST_TICKS = 8
_EARLY_WARNING = 1 << 0


class SamdWdt(RegisterDevice):
    """Options: `clear_offset` (of CLEAR), `clock` (a line of the clock net; without it 1024 Hz)."""

    # Offsets and fields: Microchip's SVD files of the ATSAMD21G18A and ATSAMD51J19A. CONTROL is CTRL (CTRLA), CONFIG
    # and EWCTRL; INTERRUPTS is INTENCLR, INTENSET and INTFLAG.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CONTROL": Register(0x0, 0x000B_BB00, writable_mask=0x000F_FF86),
        "INTERRUPTS": Register(0x4, writable_mask=0),
        "CLEAR": command(0x8),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._bite_alarm = Alarm(host, self._bite)
        self._warning_alarm = Alarm(host, self._warned)
        self._enables = self._flags = 0

    def register_table(self) -> Mapping[str, Register]:
        """CLEAR lies elsewhere on the D51, behind a word that always reads 0."""
        table = dict(self.REGISTERS)
        offset = self.int_option("clear_offset", 0x8)
        if offset != table["CLEAR"].offset:
            table["SYNCBUSY"] = command(0x8)
        table["CLEAR"] = command(offset)
        return table

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._enables = self._flags = 0
        self._restart()

    def load(self, name: str) -> int:
        """Enables under both names, and the flag."""
        if name == "INTERRUPTS":
            return self._enables | self._enables << 8 | self._flags << 16
        return super().load(name)

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """An always-on watchdog keeps its configuration."""
        if not (name == "CONTROL" and self.values["CONTROL"] & _ALWAYS_ON):
            super().store(name, written, lanes_mask)

    def after_write(self, name: str, written: int) -> None:
        """Configure, enable the warning, feed."""
        if name == "CONTROL":
            self._restart()
        elif name == "INTERRUPTS":
            self._enables = (self._enables & ~written | written >> 8) & _EARLY_WARNING
            self._flags &= ~(written >> 16)
        elif name == "CLEAR" and self._is_on():
            if written & 0xFF == _KEY:
                self._restart()
            else:
                self._bite()
        self.set_irq(bool(self._enables & self._flags))

    def _is_on(self) -> bool:
        return bool(self.values["CONTROL"] & (_ENABLE | _ALWAYS_ON))

    def _restart(self) -> None:
        control = self.values["CONTROL"]
        if not self._is_on():
            self._bite_alarm.cancel()
            self._warning_alarm.cancel()
            return
        ticks = _SHORTEST_TICKS << (control >> 8 & 0xF)
        if control & _WINDOW:
            self.host.warn(f"{self.spec.name}: the window of the watchdog is not modelled, only its end")
            ticks += _SHORTEST_TICKS << (control >> 12 & 0xF)
        self._bite_alarm.set(self.host.now_cycles + self._cycles(ticks))
        self._warning_alarm.set(self.host.now_cycles + self._cycles(_SHORTEST_TICKS << (control >> 16 & 0xF)))

    def _cycles(self, ticks: int) -> int:
        clock_hz = self.host.clock_net.clock_hz(self.text_option("clock", "")) or _CLOCK_HZ
        return max(1, round(Fraction(ticks * self.host.core_clock_hz, clock_hz)))

    def _warned(self) -> None:
        self._flags |= _EARLY_WARNING
        self.set_irq(bool(self._enables & self._flags))

    def _bite(self) -> None:
        self.host.power_net.reset_cause = "watchdog"
        self.host.request_reset(f"the watchdog {self.spec.name} was not cleared in time or with a wrong key")
