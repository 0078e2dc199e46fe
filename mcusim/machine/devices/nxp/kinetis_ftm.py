"""FlexTimer of the Kinetis K: counts up from CNTIN to MOD, overflow and output compare interrupts.

Offsets, bits: MK64F12.h; clocks: fsl_ftm.h of mcux-sdk. Not modelled: up-down counting (up), capture, pins, pairs,
synchronised updates (they act at once), faults, quadrature.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.nxp.nxp_clock import counted_hz
from mcusim.machine.devices.period_compare import PeriodCompare
from mcusim.machine.devices.register_device import Register, RegisterDevice

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_CHANNELS = range(8)
_TOF, _TOIE, _CHF, _CHIE, _COMPARE_MODES = 1 << 7, 1 << 6, 1 << 7, 1 << 6, 0x30
_SYSTEM_CLOCK = 1
_FIXED_HZ = 31_250  # CLKS 2: MCGFFCLK; recalled
_MORE = (0x4C, 0x54, *range(0x58, 0x9C, 4))


class KinetisFtm(RegisterDevice):
    """Options: those of `counted_hz`."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "SC": Register(0x00, writable_mask=0x7F, zero_clears_mask=_TOF),
        "CNT": Register(0x04, writable_mask=0),
        "MOD": Register(0x08, writable_mask=0xFFFF),
        **{f"C{n}SC": Register(0x0C + 8 * n, writable_mask=0x7F, zero_clears_mask=_CHF) for n in _CHANNELS},
        **{f"C{n}V": Register(0x10 + 8 * n, writable_mask=0xFFFF) for n in _CHANNELS},
        "STATUS": Register(0x50, writable_mask=0),
        **{
            f"MORE_{offset:02X}": Register(offset, 4 if offset == 0x54 else 0) for offset in _MORE
        },  # MODE.WPDIS
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._timer = PeriodCompare(host, self._match_ticks, self._matched, self._wrapped)
        host.clock_net.listen(self._run)
        host.power_net.listen(lambda _: self._run())

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._timer.clear(1 << 16)
        self._update_irq()

    @property
    def _first(self) -> int:
        return self.values["MORE_4C"] & 0xFFFF  # CNTIN

    def _period_ticks(self) -> int:
        return (self.values["MOD"] - self._first if self.values["MOD"] else 0xFFFF) + 1

    def load(self, name: str) -> int:
        """The count; what has come about by now."""
        self._timer.settle()
        if name == "CNT":
            return self._first + self._timer.count & 0xFFFF
        if name == "STATUS":
            return sum(1 << n for n in _CHANNELS if self.values[f"C{n}SC"] & _CHF)
        return super().load(name)

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """Flags that are due are there before a write clears some."""
        self._timer.settle()
        super().store(name, written, lanes_mask)

    def after_write(self, name: str, written: int) -> None:
        """Any write to CNT starts over; a period acts at once."""
        if name == "CNT":
            self._timer.set_count(0, self._period_ticks())
        elif self._timer.period_ticks != max(1, self._period_ticks()):
            self._timer.use_period(self._period_ticks())
        self._run()
        self._timer.plan()
        self._update_irq()

    def _run(self) -> None:
        selection = self.values["SC"] >> 3 & 0b11
        is_held = not selection or self.host.power_net.is_stopped
        source_hz = counted_hz(self) if selection == _SYSTEM_CLOCK else _FIXED_HZ
        self._timer.run_at(0 if is_held else Fraction(source_hz, 1 << (self.values["SC"] & 0b111)))

    def _match_ticks(self) -> list[int]:
        return [
            self.values[f"C{n}V"] - self._first for n in _CHANNELS if self.values[f"C{n}SC"] & _COMPARE_MODES
        ]

    def _matched(self, ticks: int) -> None:
        for n in _CHANNELS:
            if self.values[f"C{n}SC"] & _COMPARE_MODES and self.values[f"C{n}V"] - self._first == ticks:
                self.values[f"C{n}SC"] |= _CHF
        self._update_irq()

    def _wrapped(self) -> int:
        self.values["SC"] |= _TOF
        self._update_irq()
        return self._period_ticks()

    def _update_irq(self) -> None:
        is_due = self.values["SC"] & _TOF and self.values["SC"] & _TOIE
        channels = [self.values[f"C{n}SC"] for n in _CHANNELS]
        self.set_irq(bool(is_due) or any(each & _CHF and each & _CHIE for each in channels))
