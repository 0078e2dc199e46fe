"""Low-power timer of the Kinetis K: 16 bits, compare, interrupt; it counts in stop modes, too.

Offsets, bits and reset values: NXP's SVD file of the MK64F12; prescaler and clocks: fsl_lptmr.h. Not modelled: pulse
counting; MCGIRCLK is taken as 4 MHz.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.period_counter import PeriodCounter
from mcusim.machine.devices.register_device import Register, RegisterDevice

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_TEN, _TMS, _TFC, _TIE, _TCF = 1 << 0, 1 << 1, 1 << 2, 1 << 6, 1 << 7
_MCGIRCLK_HZ, _LPO_HZ, _ERCLK32K_HZ = 4_000_000, 1000, 32_768
_FREE_TICKS = 1 << 16


class KinetisLptmr(RegisterDevice):
    """PSR.PCS chooses MCGIRCLK, LPO, ERCLK32K or OSCERCLK (`oscer` of the clock net)."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CSR": Register(0x0, writable_mask=0x7F, one_clears_mask=_TCF),
        "PSR": Register(0x4, writable_mask=0x7F),
        "CMR": Register(0x8, writable_mask=0xFFFF),
        "CNR": Register(0xC, writable_mask=0),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._counter = PeriodCounter(host, self._matched)
        self._is_on = False

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._counter.clear()
        self._is_on = False
        self.set_irq(False)

    def load(self, name: str) -> int:
        """The count; the flag."""
        count = self._counter.count if self._is_on else 0
        if name == "CNR":
            is_free = self.values["CSR"] & _TFC
            return (count + self.values["CMR"] + 1) % _FREE_TICKS if is_free else count
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Starting clears the counter; switching off clears it and the flag."""
        control = self.values["CSR"]
        is_on = bool(control & _TEN and not control & _TMS)
        if is_on and not self._is_on:
            self._start()
        elif not is_on:
            self._counter.clear()
            self.values["CSR"] &= ~_TCF
        elif name == "CMR" and not control & _TFC:
            self._counter.use_period(self.values["CMR"] + 1)
        self._is_on = is_on
        self._update()

    def _start(self) -> None:
        compare_ticks = self.values["CMR"] + 1
        if self.values["CSR"] & _TFC:  # free running: the match comes once in 65 536 ticks
            self._counter.start(_FREE_TICKS, self._tick_hz(), at_ticks=_FREE_TICKS - compare_ticks)
        else:
            self._counter.start(compare_ticks, self._tick_hz())

    def _tick_hz(self) -> Fraction:
        prescaler = self.values["PSR"]
        source = prescaler & 0b11
        oscer_hz = self.host.clock_net.clock_hz("oscer")
        clock_hz = (_MCGIRCLK_HZ, _LPO_HZ, _ERCLK32K_HZ, oscer_hz)[source]
        return Fraction(clock_hz, 1 if prescaler & 0b100 else 2 << (prescaler >> 3 & 0xF))

    def _matched(self) -> None:
        self.values["CSR"] |= _TCF
        self.host.power_net.count_wake(ends_standby=True)
        self._update()

    def _update(self) -> None:
        is_enabled = bool(self.values["CSR"] & _TIE)
        self.host.power_net.arm(self.spec.name, self._is_on and is_enabled)
        self.set_irq(is_enabled and bool(self.values["CSR"] & _TCF))
