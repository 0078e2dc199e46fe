"""Periodic interrupt timer of Kinetis K and i.MX RT: four counters down, which may be chained.

Offsets, bits and reset values: NXP's SVD files of the MK64F12 and the MIMXRT1062. Not modelled: debug freeze.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mcusim.machine.devices.nxp.nxp_clock import counted_hz
from mcusim.machine.devices.period_counter import PeriodCounter
from mcusim.machine.devices.register_device import WORD_MASK, Register, RegisterDevice, read_only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_MDIS = 1 << 1
_TEN, _TIE, _CHN = 1 << 0, 1 << 1, 1 << 2
_TIF = 1 << 0
_CHANNELS = range(4)


class NxpPit(RegisterDevice):
    """Options: `clock` or `clock_hz`, `has_channel_irqs` (one interrupt line each, the first is the device's)."""

    def register_table(self) -> Mapping[str, Register]:
        """Four channels of 16 bytes."""
        table = {"MCR": Register(0x00, 0x6, writable_mask=0x7)}
        table |= {"LTMR64H": read_only(0xE0), "LTMR64L": read_only(0xE4)}
        for n in _CHANNELS:
            base = 0x100 + 0x10 * n
            table |= {
                f"LDVAL{n}": Register(base),
                f"CVAL{n}": read_only(base + 4),
                f"TCTRL{n}": Register(base + 8, writable_mask=0x7),
                f"TFLG{n}": Register(base + 12, writable_mask=0, one_clears_mask=_TIF),
            }
        return table

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._counters = [PeriodCounter(host, partial(self._wrapped, n)) for n in _CHANNELS]
        self._chained_left = [0 for _ in _CHANNELS]
        self._started = [False for _ in _CHANNELS]
        host.clock_net.listen(self._clock_changed)

    def reset(self) -> None:
        """Off."""
        super().reset()
        for counter in self._counters:
            counter.clear()
        self._started = [False for _ in _CHANNELS]
        self._update_irq()

    def load(self, name: str) -> int:
        """What is left, and channels 1 and 0 as one counter of 64 bits (the low half is latched by the high one)."""
        if name.startswith("CVAL"):
            return self._left(int(name[-1]))
        if name == "LTMR64H":
            self.values["LTMR64L"] = self._left(0)
            return self._left(1)
        if name.startswith("TFLG"):
            self._left(int(name[-1]))  # what is due by now has happened
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Enabling starts from LDVAL; a new LDVAL waits for the next period."""
        if name == "MCR" or name.startswith("TCTRL"):
            for n in _CHANNELS:
                self._apply(n)
        self._update_irq()

    def _is_chained(self, n: int) -> bool:
        return n > 0 and bool(self.values[f"TCTRL{n}"] & _CHN)

    def _left(self, n: int) -> int:
        if self._is_chained(n):
            self._left(n - 1)
            return self._chained_left[n]
        return self._counters[n].left if self._counters[n].is_running else 0

    def _apply(self, n: int) -> None:
        is_on = bool(self.values[f"TCTRL{n}"] & _TEN) and not self.values["MCR"] & _MDIS
        if is_on and not self._started[n]:
            self._chained_left[n] = self.values[f"LDVAL{n}"]
            if not self._is_chained(n):
                self._counters[n].start(self.values[f"LDVAL{n}"] + 1, counted_hz(self))
        elif not is_on and self._started[n]:
            self._counters[n].clear()
        self._started[n] = is_on

    def _wrapped(self, n: int) -> None:
        self._counters[n].use_period(self.values[f"LDVAL{n}"] + 1)
        self._expired(n)

    def _expired(self, n: int) -> None:
        self.values[f"TFLG{n}"] |= _TIF
        above = n + 1
        if above in _CHANNELS and self._started[above] and self._is_chained(above):
            self._chained_left[above] -= 1
            if self._chained_left[above] < 0:
                self._chained_left[above] = self.values[f"LDVAL{above}"] & WORD_MASK
                self._expired(above)
        self._update_irq()

    def _clock_changed(self) -> None:
        for counter in self._counters:
            if counter.is_running:
                counter.run_at(counted_hz(self))

    def _update_irq(self) -> None:
        due = [bool(self.values[f"TFLG{n}"] and self.values[f"TCTRL{n}"] & _TIE) for n in _CHANNELS]
        if not self.bool_option("has_channel_irqs"):
            self.set_irq(any(due))
        elif self.spec.irq_number >= 0:
            for n in _CHANNELS:
                self.drive_irq(self.spec.irq_number + n, due[n])
