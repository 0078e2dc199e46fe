"""TIMER and WTIMER of EFM32 series 1 and EFR32 series 2: up or down, compare channels, interrupts.

Offsets: efm32gg11b_timer.h, efr32mg24_timer.h of gecko_sdk 4.4. Not modelled: up-down and quadrature counting
(it counts up), capture, outputs, buffers (TOPB and CCVB act at once), dead time, other clock sources, HFPERPRESC.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.silabs.efm32_counter import Efm32Counter

if TYPE_CHECKING:
    from collections.abc import Mapping

_DOWN, _ONE_SHOT = 1, 1 << 4
_UNDERFLOW, _OVERFLOW, _FIRST_CHANNEL = 1 << 1, 1 << 0, 4
_COMPARES = (2, 3)  # OUTPUTCOMPARE, PWM


class Efm32Timer(Efm32Counter):
    """Options: `bits` (16 or 32), `clock`."""

    IS_SLOW: ClassVar[bool] = False
    MODE: ClassVar[str] = "CTRL"
    VALUE: ClassVar[str] = "CC{}_CCV"
    CHANNEL_MODE: ClassVar[str] = "CC{}_CTRL"
    CHANNELS: ClassVar[range] = range(4)
    OFFSETS: ClassVar[Mapping[str, int]] = {
        "CTRL": 0x00, "CMD": 0x04, "STATUS": 0x08, "IF": 0x0C, "IFS": 0x10, "IFC": 0x14, "IEN": 0x18, "TOP": 0x1C,
        "TOPB": 0x20, "CNT": 0x24, "LOCK": 0x2C, "ROUTEPEN": 0x30, "ROUTELOC0": 0x34, "ROUTELOC2": 0x3C,
        **{
            f"CC{n}_{name}": 0x60 + 0x10 * n + at
            for n in range(4) for name, at in (("CTRL", 0), ("CCV", 4), ("CCVP", 8), ("CCVB", 12))
        },
        **{f"DT_{at:02X}": at for at in range(0xA0, 0xBC, 4)},
    }  # fmt: skip

    def reset_value(self, name: str) -> int:
        """TOP is all ones."""
        return self._mask if name == "TOP" else 0

    @property
    def _mask(self) -> int:
        return (1 << self.int_option("bits", 16)) - 1

    @property
    def _is_down(self) -> bool:
        return self.values[self.MODE] & 0b11 == _DOWN

    def tick_hz(self) -> int | Fraction:
        """PRESC is a power of two."""
        return Fraction(self.source_hz(), 1 << (self.values["CTRL"] >> 24 & 0xF))

    def period_ticks(self) -> int:
        """TOP too is counted."""
        return (self.values["TOP"] & self._mask) + 1

    def shown(self, ticks: int) -> int:
        """Down: TOP to 0."""
        return max(0, self.values["TOP"] - ticks) if self._is_down else ticks

    def compares(self) -> Mapping[int, int]:
        """Channels that compare."""
        return {
            1 << _FIRST_CHANNEL + n: self.shown(self.values[self.VALUE.format(n)] & self._mask)
            for n in self.CHANNELS
            if self.values[self.CHANNEL_MODE.format(n)] & 0b11 in _COMPARES
        }

    def wrap_flag(self) -> int:
        """Overflow or underflow."""
        return _UNDERFLOW if self._is_down else _OVERFLOW

    def ended(self) -> None:
        """One-shot mode stops at the end."""
        if self.values[self.MODE] & _ONE_SHOT:
            self.stop()

    def after_write(self, name: str, written: int) -> None:
        """Buffers act at once."""
        if name == "TOPB":
            self.values["TOP"] = written
        elif name.endswith(("_CCVB", "_OCB")):
            self.values[name.removesuffix("B")] = written
        super().after_write(name, written)


class Efr32Timer(Efm32Timer):
    """Series 2: CFG, EN, channels further apart."""

    MODE: ClassVar[str] = "CFG"
    VALUE: ClassVar[str] = "CC{}_OC"
    CHANNEL_MODE: ClassVar[str] = "CC{}_CFG"
    CHANNELS: ClassVar[range] = range(3)
    OFFSETS: ClassVar[Mapping[str, int]] = {
        "IPVERSION": 0x00, "CFG": 0x04, "CTRL": 0x08, "CMD": 0x0C, "STATUS": 0x10, "IF": 0x14, "IEN": 0x18,
        "TOP": 0x1C, "TOPB": 0x20, "CNT": 0x24, "LOCK": 0x2C, "EN": 0x30,
        **{
            f"CC{n}_{name}": 0x60 + 0x20 * n + at
            for n in range(3) for name, at in (("CFG", 0), ("CTRL", 4), ("OC", 8), ("OCB", 0x10))
        },
        **{f"DT_{at:02X}": at for at in range(0xE0, 0x100, 4)},
    }  # fmt: skip

    def is_on(self) -> bool:
        """Started and enabled."""
        return super().is_on() and bool(self.values["EN"] & 1)

    def tick_hz(self) -> int | Fraction:
        """PRESC is the divider minus 1."""
        return Fraction(self.source_hz(), (self.values["CFG"] >> 18 & 0x3FF) + 1)
