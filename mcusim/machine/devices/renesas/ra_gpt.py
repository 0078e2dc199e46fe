"""General PWM timer of the RA6M4: saw waves up or down with six compare values, whose matches and ends are events.

Offsets and bits: R7FA6M4AF.h; what a start, a period and a protected register are: r_gpt.c of FSP 6. It counts PCLKD.
Not modelled: triangle waves (counted as saw waves, with a warning), pins, capture, start by events, buffers but the
period's, dead time, starting other channels through this one's registers.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.period_compare import PeriodCompare
from mcusim.machine.devices.register_device import WORD_MASK, Register, RegisterDevice, command
from mcusim.machine.devices.renesas.ra_icu import raise_event

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_CST, _SOFTWARE, _UP, _UP_FLAG = 1 << 0, 1 << 31, 1 << 0, 1 << 15
_TCFPO, _TCFPU, _FLAGS = 1 << 6, 1 << 7, 0xFF
_OVERFLOW_EVENT, _UNDERFLOW_EVENT = 6, 7
_MATCH_EVENTS = {
    0: 0,
    1: 1,
    2: 2,
    4: 3,
    3: 4,
    5: 5,
}  # GTCCR A, B, C, E, D, F by place; events and flags A to F
_FIRST_TRIANGLE_MODE = 4
_DIVIDER_SHIFT, _PROTECT = 23, 1 << 0
_PLAIN = (
    *range(0x24, 0x2C, 4), 0x34, 0x38, 0x40, 0x44, *range(0x6C, 0xC8, 4), 0xD0, 0xD4, 0xE0, 0xE4, 0xEC,
)  # fmt: skip


class RaGpt(RegisterDevice):
    """Options: `channel`, `bits` (16 or 32), `event` (that of compare match A; seven more follow)."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "GTWP": Register(0x00, writable_mask=0x1F),
        "GTSTR": command(0x04),
        "GTSTP": command(0x08),
        "GTCLR": command(0x0C),
        "GTSSR": Register(0x10),
        "GTPSR": Register(0x14),
        "GTCSR": Register(0x18),
        "GTUPSR": Register(0x1C),
        "GTDNSR": Register(0x20),
        "GTCR": Register(0x2C),
        "GTUDDTYC": Register(0x30, 1),
        "GTST": Register(0x3C, _UP_FLAG, writable_mask=0, zero_clears_mask=_FLAGS),
        "GTCNT": Register(0x48),
        **{f"GTCCR{n}": Register(0x4C + 4 * n, WORD_MASK) for n in range(6)},
        "GTPR": Register(0x64, WORD_MASK),
        "GTPBR": Register(0x68, WORD_MASK),
        **{f"MORE_{offset:02X}": Register(offset) for offset in _PLAIN},
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._timer = PeriodCompare(host, self._match_ticks, self._matched, self._wrapped)
        self._mask = (1 << self.int_option("bits", 32)) - 1
        host.clock_net.listen(self._run)
        host.power_net.listen(lambda _: self._run())

    def reset(self) -> None:
        """Stopped."""
        super().reset()
        self._timer.clear(self._mask + 1)

    @property
    def _is_up(self) -> bool:
        return bool(self.values["GTUDDTYC"] & _UP)

    @property
    def _period_ticks(self) -> int:
        return (self.values["GTPR"] & self._mask) + 1

    def load(self, name: str) -> int:
        """The count, in its direction; the upper half of a 16-bit channel reads 0."""
        if name == "GTCNT":
            count = self._timer.count
            return (count if self._is_up else self._timer.period_ticks - 1 - count) & self._mask
        if name == "GTST":
            self._timer.settle()
            return self.values["GTST"] & ~_UP_FLAG | (_UP_FLAG if self._is_up else 0)
        is_value = name.startswith(("GTCCR", "GTPR", "GTPBR"))
        return super().load(name) & self._mask if is_value else super().load(name)

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """GTWP protects everything else, and needs its key; GTST and starts are free."""
        if name == "GTWP" and written & 0xFF00 != 0xA500:
            return
        if self.values["GTWP"] & _PROTECT and name not in ("GTWP", "GTST", "GTSTR", "GTSTP", "GTCLR"):
            return
        self._timer.settle()
        super().store(name, written, lanes_mask)

    def after_write(self, name: str, written: int) -> None:
        """Start, stop, clear, set up."""
        is_mine = bool(written >> self.int_option("channel", 0) & 1)
        if name in ("GTSTR", "GTSTP") and is_mine:
            source = "GTSSR" if name == "GTSTR" else "GTPSR"
            if self.values[source] & _SOFTWARE:
                self.set_bits("GTCR", _CST, name == "GTSTR")
        elif name == "GTCLR" and is_mine and self.values["GTCSR"] & _SOFTWARE:
            self._timer.set_count(0, self._period_ticks)
        elif name == "GTCNT":
            count = written & self._mask
            self._timer.set_count(
                count if self._is_up else self._period_ticks - 1 - count, self._period_ticks
            )
        elif name in ("GTPR", "GTUDDTYC"):
            self._timer.use_period(self._period_ticks)
        if name == "GTCR" and written >> 16 & 0b111 >= _FIRST_TRIANGLE_MODE:
            self.host.warn(f"{self.spec.name}: triangle waves are not modelled: it counts as with saw waves")
        self._run()
        self._timer.plan()

    def _run(self) -> None:
        is_on = self.values["GTCR"] & _CST and not self.host.power_net.is_stopped
        source_hz = self.host.clock_net.clock_hz("pclkd") or self.host.core_clock_hz
        self._timer.run_at(
            Fraction(source_hz, 1 << (self.values["GTCR"] >> _DIVIDER_SHIFT & 0xF)) if is_on else 0
        )

    def _match_ticks(self) -> list[int]:
        return [self._ticks(self.values[f"GTCCR{n}"] & self._mask) for n in _MATCH_EVENTS]

    def _ticks(self, count: int) -> int:
        return count if self._is_up else self._timer.period_ticks - 1 - count

    def _matched(self, ticks: int) -> None:
        for n, which in _MATCH_EVENTS.items():
            if self._ticks(self.values[f"GTCCR{n}"] & self._mask) == ticks:
                self._tell(1 << which, which)

    def _wrapped(self) -> int:
        self.values["GTPR"] = (
            self.values["GTPBR"] if self.values["MORE_40"] >> 20 & 0b11 else self.values["GTPR"]
        )
        self._tell(_TCFPO if self._is_up else _TCFPU, _OVERFLOW_EVENT if self._is_up else _UNDERFLOW_EVENT)
        return self._period_ticks

    def _tell(self, flag: int, which: int) -> None:
        self.values["GTST"] |= flag
        event = self.int_option("event", 0)
        raise_event(self.host, event and event + which)
