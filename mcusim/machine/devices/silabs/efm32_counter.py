"""What the timers of EFM32 and EFR32 share: a counter with compare values, flags, start and stop commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.period_compare import PeriodCompare
from mcusim.machine.devices.register_device import Register, command, read_only
from mcusim.machine.devices.silabs.efm32_device import Efm32Device

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_START, _STOP = 1 << 0, 1 << 1
_COMMANDS, _STATES = ("CMD", "IFS", "IFC", "SWRST"), ("IPVERSION", "STATUS", "SYNCBUSY", "GRP0_SYNCBUSY")
SLOW_HZ, ULFRCO_HZ = 32_768, 1000


class Efm32Counter(Efm32Device):
    """Subclasses say where registers lie, what runs it, its period and its compare values.

    Option `clock`: a line of the clock net; without it, or while nobody drives it, the core clock or 32.768 kHz.
    """

    OFFSETS: ClassVar[Mapping[str, int]]
    FLAG_REGISTERS: ClassVar[tuple[str, str]] = ("IF", "IEN")
    WRAP_FLAG: ClassVar[int] = 1 << 0
    IS_SLOW: ClassVar[bool] = True
    """Whether it counts a low-frequency clock, in EM2 and EM3 too, and wakes the chip."""

    def register_table(self) -> Mapping[str, Register]:
        """By the names of the headers."""
        return {
            name: command(offset)
            if name in _COMMANDS
            else read_only(offset)
            if name in _STATES
            else Register(offset, self.reset_value(name))
            for name, offset in self.OFFSETS.items()
        }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self.timer = PeriodCompare(host, self._ticks_wanted, self._matched, self._wrapped)
        self._is_started = False
        host.clock_net.listen(self._run)
        host.power_net.listen(lambda _: self._run())

    def reset(self) -> None:
        """Stopped at 0."""
        super().reset()
        self._is_started = False
        self.timer.clear(self.period_ticks())
        self._run()
        self._update_irq()

    def reset_value(self, name: str) -> int:
        """Of a register that does not start at 0."""
        return 0

    def is_on(self) -> bool:
        """Whether it runs."""
        return self._is_started

    def tick_hz(self) -> int | Fraction:
        """Of the counter, after its prescaler."""
        return self.source_hz()

    def period_ticks(self) -> int:
        """Of the round that begins."""
        return 1 << 32

    def compares(self) -> Mapping[int, int]:
        """The flags of its compare channels, and at which tick of the round each comes."""
        return {}

    def shown(self, ticks: int) -> int:
        """CNT."""
        return ticks

    def wrap_flag(self) -> int:
        """The flag of a round's end."""
        return self.WRAP_FLAG

    def ended(self) -> None:
        """A round has ended; the flag is set already."""

    def source_hz(self) -> int:
        """The clock before its prescaler."""
        line = self.text_option("clock", "")
        if self.host.clock_net.is_driven(line):
            return self.host.clock_net.clock_hz(line)
        return SLOW_HZ if self.IS_SLOW else self.host.core_clock_hz

    def load(self, name: str) -> int:
        """What has come about by now."""
        if name == "STATUS":
            return int(self.is_on())
        if name == "CNT":
            return self.shown(self.timer.count)
        if name == self.FLAG_REGISTERS[0]:
            self.timer.settle()
        return super().load(name)

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Flags that are due are there before a write clears some."""
        self.timer.settle()
        super().write(offset, size_bytes, value)

    def after_write(self, name: str, written: int) -> None:
        """Commands, flags, a new count or period."""
        if name == "CMD" and written & (_START | _STOP):
            self._is_started = bool(written & _START)
        elif name in ("IFS", "IFC"):
            self.set_bits("IF", written, name == "IFS")
        elif name == "SWRST":
            self.reset()
        elif name == "CNT":
            self.set_ticks(self.shown(written))
        elif self.timer.period_ticks != self.period_ticks():
            self.timer.use_period(self.period_ticks())
        self._run()
        self.timer.plan()
        self._update_irq()

    def set_ticks(self, ticks: int) -> None:
        """Go on from there."""
        self.timer.set_count(max(0, ticks), self.period_ticks())

    def stop(self) -> None:
        """As the command does."""
        self._is_started = False
        self._run()

    def _run(self) -> None:
        is_held = self.host.power_net.is_stopped and not self.IS_SLOW
        self.timer.run_at(self.tick_hz() if self.is_on() and not is_held else 0)
        self._arm()

    def _arm(self) -> None:
        if self.IS_SLOW:
            is_waiting = self.is_on() and bool(self.values[self.FLAG_REGISTERS[1]])
            self.host.power_net.arm(self.spec.name, is_waiting)

    def _ticks_wanted(self) -> list[int]:
        return list(self.compares().values())

    def _matched(self, ticks: int) -> None:
        self._tell(sum(flag for flag, wanted in self.compares().items() if wanted == ticks))

    def _wrapped(self) -> int:
        self._tell(self.wrap_flag())
        self.ended()
        return self.period_ticks()

    def _tell(self, flags: int) -> None:
        name, enable = self.FLAG_REGISTERS
        self.values[name] |= flags
        if self.IS_SLOW and flags & self.values[enable]:
            self.host.power_net.count_wake()
        self._update_irq()

    def _update_irq(self) -> None:
        name, enable = self.FLAG_REGISTERS
        self.set_irq(bool(self.values[name] & self.values[enable]))
