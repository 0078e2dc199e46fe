"""LETIMER, RTCC, CRYOTIMER, SYSRTC and BURTC of EFM32 and EFR32: slow counters, which wake the chip from EM2.

Offsets and bits: gecko_sdk 4.4, efm32gg11b_*.h and efr32mg24_*.h. Registers are synchronised at once. Not modelled:
repeat counters, calendar mode, capture, EM4, locks, PRS, the CMU's prescalers for them (LFAPRESC0, LFEPRESC0).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.silabs.efm32_counter import SLOW_HZ, ULFRCO_HZ, Efm32Counter

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMPARE_MODE = 2
_PERIOD_TOP = 1 << 9  # CTRL.COMP0TOP (series 1), CTRL.CNTTOPEN (series 2)
_CLEAR = 1 << 2
_COMPARE_IS_TOP = 1 << 5  # RTCC: CTRL.CCV1TOP


class Efm32Letimer(Efm32Counter):
    """Counts down 16 bits, from COMP0 where CTRL says so."""

    WRAP_FLAG: ClassVar[int] = 1 << 2
    TOP: ClassVar[str] = "COMP0"
    BITS: ClassVar[int] = 16
    OFFSETS: ClassVar[Mapping[str, int]] = {
        "CTRL": 0x00, "CMD": 0x04, "STATUS": 0x08, "CNT": 0x0C, "COMP0": 0x10, "COMP1": 0x14, "REP0": 0x18,
        "REP1": 0x1C, "IF": 0x20, "IFS": 0x24, "IFC": 0x28, "IEN": 0x2C, "SYNCBUSY": 0x34, "ROUTEPEN": 0x40,
        "ROUTELOC0": 0x44, "PRSSEL": 0x50,
    }  # fmt: skip

    def _top(self) -> int:
        mask = (1 << self.BITS) - 1
        return self.values[self.TOP] & mask if self.values["CTRL"] & _PERIOD_TOP else mask

    def period_ticks(self) -> int:
        """Down to 0 and one more."""
        return self._top() + 1

    def shown(self, ticks: int) -> int:
        """Down."""
        return max(0, self._top() - ticks)

    def compares(self) -> Mapping[int, int]:
        """COMP0 and COMP1."""
        values = (self.values["COMP0"], self.values["COMP1"])
        return {1 << n: self._top() - value for n, value in enumerate(values) if value <= self._top()}

    def after_write(self, name: str, written: int) -> None:
        """CLEAR sets the counter to its top."""
        if name == "CMD" and written & _CLEAR:
            self.set_ticks(0)
        super().after_write(name, written)


class Efr32Letimer(Efm32Letimer):
    """Series 2: 24 bits, TOP, a prescaler of its own, EN."""

    TOP: ClassVar[str] = "TOP"
    BITS: ClassVar[int] = 24
    OFFSETS: ClassVar[Mapping[str, int]] = {
        "IPVERSION": 0x00, "EN": 0x04, "SWRST": 0x08, "CTRL": 0x0C, "CMD": 0x10, "STATUS": 0x14, "CNT": 0x18,
        "COMP0": 0x1C, "COMP1": 0x20, "TOP": 0x24, "TOPBUFF": 0x28, "REP0": 0x2C, "REP1": 0x30, "IF": 0x34,
        "IEN": 0x38, "LOCK": 0x3C, "SYNCBUSY": 0x40, "PRSMODE": 0x50,
    }  # fmt: skip

    def is_on(self) -> bool:
        """Started and enabled."""
        return super().is_on() and bool(self.values["EN"] & 1)

    def tick_hz(self) -> int | Fraction:
        """CNTPRESC."""
        return Fraction(self.source_hz(), 1 << (self.values["CTRL"] >> 16 & 0xF))


class Efm32Rtcc(Efm32Counter):
    """32 bits up, three compare channels; channel 1 may be the top."""

    OFFSETS: ClassVar[Mapping[str, int]] = {
        "CTRL": 0x00, "PRECNT": 0x04, "CNT": 0x08, "COMBCNT": 0x0C, "TIME": 0x10, "DATE": 0x14, "IF": 0x18,
        "IFS": 0x1C, "IFC": 0x20, "IEN": 0x24, "RTCC_STATUS": 0x28, "CMD": 0x2C, "SYNCBUSY": 0x30,
        "POWERDOWN": 0x34, "LOCK": 0x38, "EM4WUEN": 0x3C,
        **{
            f"CC{n}_{name}": 0x40 + 0x10 * n + at
            for n in range(3) for name, at in (("CTRL", 0), ("CCV", 4), ("TIME", 8), ("DATE", 12))
        },
        **{f"RET{n}_REG": 0x104 + 4 * n for n in range(32)},
    }  # fmt: skip

    def is_on(self) -> bool:
        """CTRL.ENABLE."""
        return bool(self.values["CTRL"] & 1)

    def tick_hz(self) -> int | Fraction:
        """CNTPRESC."""
        return Fraction(self.source_hz(), 1 << (self.values["CTRL"] >> 8 & 0xF))

    def period_ticks(self) -> int:
        """2 to the 32 unless CCV1TOP."""
        return self.values["CC1_CCV"] + 1 if self.values["CTRL"] & _COMPARE_IS_TOP else 1 << 32

    def compares(self) -> Mapping[int, int]:
        """Channels in output compare mode."""
        modes = {n: self.values[f"CC{n}_CTRL"] & 0b11 for n in range(3)}
        return {2 << n: self.values[f"CC{n}_CCV"] for n, mode in modes.items() if mode == _COMPARE_MODE}


class Efm32Cryotimer(Efm32Counter):
    """Interrupts every 2 to the PERIODSEL prescaled clocks."""

    OFFSETS: ClassVar[Mapping[str, int]] = {
        "CTRL": 0x00, "PERIODSEL": 0x04, "CNT": 0x08, "EM4WUEN": 0x0C, "IF": 0x10, "IFS": 0x14, "IFC": 0x18,
        "IEN": 0x1C,
    }  # fmt: skip

    def reset_value(self, name: str) -> int:
        """The longest period."""
        return 0x20 if name == "PERIODSEL" else 0

    def is_on(self) -> bool:
        """CTRL.EN."""
        return bool(self.values["CTRL"] & 1)

    def tick_hz(self) -> int | Fraction:
        """OSCSEL: none, LFRCO, LFXO, ULFRCO; PRESC a power of two."""
        control = self.values["CTRL"]
        return Fraction((0, SLOW_HZ, SLOW_HZ, ULFRCO_HZ)[control >> 2 & 0b11], 1 << (control >> 5 & 0b111))

    def period_ticks(self) -> int:
        """A power of two."""
        return 1 << min(32, self.values["PERIODSEL"] & 0x3F)


class Efr32Sysrtc(Efm32Counter):
    """32 bits up, two compare values for the application's interrupt."""

    FLAG_REGISTERS: ClassVar[tuple[str, str]] = ("GRP0_IF", "GRP0_IEN")
    OFFSETS: ClassVar[Mapping[str, int]] = {
        "IPVERSION": 0x00, "EN": 0x04, "SWRST": 0x08, "CFG": 0x0C, "CMD": 0x10, "STATUS": 0x14, "CNT": 0x18,
        "SYNCBUSY": 0x1C, "LOCK": 0x20, "GRP0_IF": 0x40, "GRP0_IEN": 0x44, "GRP0_CTRL": 0x48,
        "GRP0_CMP0VALUE": 0x4C, "GRP0_CMP1VALUE": 0x50, "GRP0_CAP0VALUE": 0x54, "GRP0_SYNCBUSY": 0x58,
    }  # fmt: skip

    def is_on(self) -> bool:
        """Started and enabled."""
        return super().is_on() and bool(self.values["EN"] & 1)

    def compares(self) -> Mapping[int, int]:
        """Those that GRP0_CTRL enables."""
        enables = self.values["GRP0_CTRL"]
        return {2 << n: self.values[f"GRP0_CMP{n}VALUE"] for n in range(2) if enables >> n & 1}


class Efr32Burtc(Efm32Counter):
    """32 bits up, one compare value, which may be the top."""

    OFFSETS: ClassVar[Mapping[str, int]] = {
        "IPVERSION": 0x00, "EN": 0x04, "CFG": 0x08, "CMD": 0x0C, "STATUS": 0x10, "IF": 0x14, "IEN": 0x18,
        "PRECNT": 0x1C, "CNT": 0x20, "EM4WUEN": 0x24, "SYNCBUSY": 0x28, "LOCK": 0x2C, "COMP": 0x30,
    }  # fmt: skip

    def is_on(self) -> bool:
        """Started and enabled."""
        return super().is_on() and bool(self.values["EN"] & 1)

    def tick_hz(self) -> int | Fraction:
        """CNTPRESC."""
        return Fraction(self.source_hz(), 1 << (self.values["CFG"] >> 4 & 0xF))

    def period_ticks(self) -> int:
        """2 to the 32 unless COMPTOP."""
        return self.values["COMP"] + 1 if self.values["CFG"] & 0b10 else 1 << 32

    def compares(self) -> Mapping[int, int]:
        """COMP."""
        return {0b10: self.values["COMP"]}
