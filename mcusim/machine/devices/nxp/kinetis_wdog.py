"""Watchdog of the Kinetis K with 16-bit registers; it runs from reset on, and bites.

Not modelled: test modes, the interrupt before the reset, the limits of 20 and 256 bus clocks within which an unlock
and a configuration must be done. Offsets, bits and reset values: NXP's SVD file of the MK64F12; keys: fsl_wdog.h.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.nxp.nxp_clock import counted_hz
from mcusim.machine.devices.register_device import Register, RegisterDevice
from mcusim.machine.devices.ticks import Alarm, TickCounter

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_LPO_HZ = 1000
_WDOGEN, _CLKSRC, _WINEN, _ALLOWUPDATE = 1 << 0, 1 << 1, 1 << 3, 1 << 4
_UNLOCK_KEYS, _REFRESH_KEYS = (0xC520, 0xD928), (0xA602, 0xB480)
_REFRESH_OFFSET, _UNLOCK_OFFSET = 0x0C, 0x0E


class KinetisWdog(RegisterDevice):
    """Counts the LPO (1 kHz) or the bus clock up to TOVAL; option `clock` (the bus clock's line)."""

    # Two registers of 16 bits in each word: STCTRLH, STCTRLL; TOVALH, TOVALL; WINH, WINL; REFRESH, UNLOCK;
    # TMROUTH, TMROUTL; RSTCNT, PRESC.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "STCTRL": Register(0x00, 0x0001_01D3),
        "TOVAL": Register(0x04, 0x4B4C_004C),
        "WIN": Register(0x08, 0x0010_0000),
        "KEYS": Register(0x0C, 0xD928_B480, writable_mask=0),
        "TMROUT": Register(0x10, writable_mask=0),
        "RSTCNT_PRESC": Register(0x14, 0x0400_0000),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._counter, self._alarm = TickCounter(host), Alarm(host, self._bite)
        self._unlocked, self._refreshed = 0, 0
        host.clock_net.listen(self._run)

    def reset(self) -> None:
        """On, 5 000 012 bus clocks / 5."""
        super().reset()
        self._unlocked = self._refreshed = 0
        self._counter.run_at(0)
        self._start()

    def load(self, name: str) -> int:
        """The timer's halves are swapped: the high one has the lower address."""
        if name == "TMROUT":
            return _swapped(self._counter.count & 0xFFFF_FFFF)
        return super().load(name)

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Keys are pairs of 16-bit writes; anything else needs an unlock before."""
        if offset == _REFRESH_OFFSET:
            self._refreshed = _next_key(_REFRESH_KEYS, self._refreshed, value)
            if self._refreshed == len(_REFRESH_KEYS):
                self._refresh()
        elif offset == _UNLOCK_OFFSET:
            self._unlocked = _next_key(_UNLOCK_KEYS, self._unlocked, value)
        elif offset & ~3 not in self._names_by_offset:
            super().write(offset, size_bytes, value)
        elif self._unlocked == len(_UNLOCK_KEYS) and self.values["STCTRL"] & _ALLOWUPDATE:
            super().write(offset, size_bytes, value)
            if offset == 0:
                self._unlocked = 0  # the control register ends a configuration (fsl_wdog.c writes it last)
                self._start()

    def _refresh(self) -> None:
        self._refreshed = 0
        is_early = self._counter.count < _swapped(self.values["WIN"])
        if self.values["STCTRL"] & _WINEN and is_early:
            self._bite("was refreshed before its window")
        else:
            self._start()

    def _start(self) -> None:
        self._alarm.cancel()
        if self.values["STCTRL"] & _WDOGEN:
            self._counter.run_at(self._tick_hz())
            self._counter.set_count(0)
            self._run()
        else:
            self._counter.run_at(0)

    def _run(self) -> None:
        if self._counter.is_running:
            self._counter.run_at(self._tick_hz())
            self._alarm.set(self._counter.reached_cycles(_swapped(self.values["TOVAL"])))

    def _tick_hz(self) -> Fraction:
        source_hz = counted_hz(self) if self.values["STCTRL"] & _CLKSRC else _LPO_HZ
        return Fraction(source_hz, (self.values["RSTCNT_PRESC"] >> 24 & 0b111) + 1)

    def _bite(self, why: str = "was not refreshed in time") -> None:
        self.host.request_reset(f"the watchdog {self.spec.name} {why}")


def _swapped(word: int) -> int:
    return word >> 16 | (word & 0xFFFF) << 16


def _next_key(keys: tuple[int, int], done_count: int, value: int) -> int:
    """How many of the keys were written in order."""
    if done_count < len(keys) and value == keys[done_count]:
        return done_count + 1
    return 1 if value == keys[0] else 0
