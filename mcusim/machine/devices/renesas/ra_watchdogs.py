"""Watchdogs of the RA6M4 (WDT and IWDT); they bite.

Registers: R7FA6M4AF.h. Start modes, the two bytes of a refresh, dividers by CKS, OFS0, and that the IWDT
of this chip starts by OFS0 only: r_wdt.c, r_iwdt.c, bsp_feature.h of FSP 6. The WDT's periods are recalled. Not
modelled: windows, NMI (the underflow is only an event then), stopping in sleep.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.packed_device import PackedDevice
from mcusim.machine.devices.period_counter import PeriodCounter
from mcusim.machine.devices.renesas.ra_icu import raise_event

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_RR, _CR, _SR, _SR_HIGH, _RCR = 0x0, 0x2, 0x4, 0x5, 0x6
_FIRST, _SECOND = 0x00, 0xFF
_UNDERFLOW, _FLAGS = 1 << 14, 0xC0
_RESETS = 1 << 7
_DIVIDER_BITS = {0: 0, 1: 2, 2: 4, 3: 5, 4: 6, 5: 8, 6: 9, 7: 11, 8: 13, 15: 7}  # CKS → log2


class RaWatchdog(PackedDevice):
    """Options: `is_independent` (IWDT), `ofs0_addr` (where option memory has OFS0; 0: register start), `event`."""

    SIZE_BYTES: ClassVar[int] = 0xC

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._is_independent = self.bool_option("is_independent")
        self._counter = PeriodCounter(host, self._underflowed)
        self._last_byte = -1
        self._is_on = False
        host.clock_net.listen(self._clock_changed)

    def reset(self) -> None:
        """As OFS0 says: running, or waiting for a first refresh."""
        super().reset()
        self._counter.clear()
        self._last_byte, self._is_on = -1, False
        self.set_field(_CR, 0x33F3, 2)
        self.set_field(_RCR, _RESETS)
        address = self.int_option("ofs0_addr", 0)
        options = self.host.read_bus(address, 4) if address else 0xFFFF_FFFF
        options >>= 0 if self._is_independent else 16
        if not options & 0b10:  # IWDTSTRT, WDTSTRT
            self.set_field(_CR, options >> 2 & 0b11 | options & 0xF0, 2)
            self.set_field(_RCR, _RESETS if options & 1 << 12 else 0)
            self._feed()

    def refresh(self, offset: int) -> None:
        """The count goes down to 0."""
        if self._is_on and self._counter.is_running:
            self.set_field(_SR, self.field(_SR, 2) & 0xC000 | self._counter.left & 0x3FFF, 2)

    def store_byte(self, offset: int, byte: int) -> None:
        """Two bytes refresh; flags are cleared by zeros; registers are set up once, before the first refresh."""
        if offset == _RR:
            if (self._last_byte, byte) == (_FIRST, _SECOND) and (self._is_on or not self._is_independent):
                self._feed()
            self._last_byte = byte
        elif offset == _SR_HIGH:
            self.set_field(offset, self.field(offset) & (byte | ~_FLAGS))
        elif offset != _SR and not self._is_on and not self._is_independent:
            super().store_byte(offset, byte)

    def _feed(self) -> None:
        self._is_on = True
        self._counter.start(self._period_ticks(), self._tick_hz())

    def _period_ticks(self) -> int:
        selection = self.field(_CR) & 0b11
        return ((128, 512, 1024, 2048) if self._is_independent else (1024, 4096, 8192, 16_384))[selection]

    def _tick_hz(self) -> Fraction:
        source_hz = self.host.clock_net.clock_hz("pclkb") or self.host.core_clock_hz
        divider = 1 << _DIVIDER_BITS.get(self.field(_CR) >> 4 & 0xF, 0)
        return Fraction(15_000 if self._is_independent else source_hz, divider)

    def _underflowed(self) -> None:
        self.set_field(_SR, self.field(_SR, 2) | _UNDERFLOW, 2)
        if self.field(_RCR) & _RESETS:
            self.host.power_net.reset_cause = "iwdg" if self._is_independent else "wwdg"
            self.host.request_reset(f"the watchdog {self.spec.name} was not refreshed in time")
        raise_event(self.host, self.int_option("event", 0))

    def _clock_changed(self) -> None:
        if self._counter.is_running:
            self._counter.run_at(self._tick_hz())
