"""Low-power timer (AGT) of the RA6M4: 16 bits down with two compare values; LOCO and sub-clock go on in standby.

Offsets and bits: R7FA6M4AF.h; clock sources: r_agt.h and r_agt.c of FSP 6. Not modelled: pulse output and measurement,
event counting, the underflow of the channel before as a clock; the synchronisation of starts and writes takes no time.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.packed_device import PackedDevice
from mcusim.machine.devices.period_compare import PeriodCompare
from mcusim.machine.devices.renesas.ra_icu import raise_event

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_AGT, _COMPARES, _AGTCR, _AGTMR1, _AGTMR2, _AGTCMSR = 0x0, (0x2, 0x4), 0x8, 0x9, 0xA, 0xE
_TSTART, _TCSTF, _TSTOP, _FLAGS = 1 << 0, 1 << 1, 1 << 2, 0xF0
_TUNDF, _MATCH_FLAGS, _MATCH_ENABLES = 1 << 5, (1 << 6, 1 << 7), (1 << 0, 1 << 4)
_FULL, _SLOW_HZ = 0x1_0000, 32_768
_PCLKB_DIVIDERS = {0: 1, 1: 8, 3: 2}  # AGTMR1.TCK
_LOCO, _SUBCLOCK = 4, 6


class RaAgt(PackedDevice):
    """Option `event`: the number of AGTn_INT; those of compare match A and B follow."""

    SIZE_BYTES: ClassVar[int] = 0x10

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._timer = PeriodCompare(host, self._match_ticks, self._matched, self._wrapped)
        self._reload = _FULL - 1
        host.clock_net.listen(self._run)
        host.power_net.listen(lambda _: self._run())

    def reset(self) -> None:
        """Stopped, everything at its maximum."""
        super().reset()
        for offset in (_AGT, *_COMPARES):
            self.set_field(offset, _FULL - 1, 2)
        self._reload = _FULL - 1
        self._timer.clear(_FULL)
        self._run()

    def refresh(self, offset: int) -> None:
        """The count goes down."""
        self._timer.settle()
        if offset < _COMPARES[0]:
            self.set_field(_AGT, max(0, self._timer.period_ticks - 1 - self._timer.count), 2)

    def store_byte(self, offset: int, byte: int) -> None:
        """Flags are cleared by zeros; a forced stop also sets the counter up anew."""
        if offset != _AGTCR:
            super().store_byte(offset, byte)
            return
        flags = self.field(_AGTCR) & byte & _FLAGS
        is_on = bool(byte & _TSTART) and not byte & _TSTOP
        self.set_field(_AGTCR, flags | (_TSTART | _TCSTF if is_on else 0))
        if byte & _TSTOP:
            self._reload = _FULL - 1
            self._timer.set_count(0, _FULL)

    def was_written(self, offset: int, size_bytes: int) -> None:
        """The counter is loaded at once while stopped, at the next underflow while it counts."""
        if offset < _COMPARES[0]:
            self._reload = self.field(_AGT, 2)
            if not self._timer.is_running:
                self._timer.set_count(0, self._reload + 1)
        self._run()
        self._timer.plan()

    @property
    def _source(self) -> int:
        return self.field(_AGTMR1) >> 4 & 0b111

    def _tick_hz(self) -> Fraction:
        if self._source in (_LOCO, _SUBCLOCK):
            return Fraction(_SLOW_HZ, 1 << (self.field(_AGTMR2) & 0b111))
        divider = _PCLKB_DIVIDERS.get(self._source, 0)
        if self.host.power_net.is_stopped or not divider:
            return Fraction(0)
        return Fraction(self.host.clock_net.clock_hz("pclkb") or self.host.core_clock_hz, divider)

    def _run(self) -> None:
        is_on = bool(self.field(_AGTCR) & _TCSTF)
        self._timer.run_at(self._tick_hz() if is_on else 0)
        self.host.power_net.arm(self.spec.name, is_on and self._source in (_LOCO, _SUBCLOCK))

    def _match_ticks(self) -> list[int]:
        """Where in a round the counter is at a compare value."""
        enables, top = self.field(_AGTCMSR), self._timer.period_ticks - 1
        values = [
            self.field(at, 2) for at, mask in zip(_COMPARES, _MATCH_ENABLES, strict=True) if enables & mask
        ]
        return [top - value for value in values if value <= top]

    def _matched(self, ticks: int) -> None:
        left = self._timer.period_ticks - 1 - ticks
        for n, offset in enumerate(_COMPARES):
            if self.field(_AGTCMSR) & _MATCH_ENABLES[n] and self.field(offset, 2) == left:
                self._tell(_MATCH_FLAGS[n], 1 + n)

    def _wrapped(self) -> int:
        self._tell(_TUNDF, 0)
        return self._reload + 1

    def _tell(self, flag: int, which: int) -> None:
        self.set_field(_AGTCR, self.field(_AGTCR) | flag)
        if self._source in (_LOCO, _SUBCLOCK):
            self.host.power_net.count_wake()
        event = self.int_option("event", 0)
        raise_event(self.host, event and event + which)
