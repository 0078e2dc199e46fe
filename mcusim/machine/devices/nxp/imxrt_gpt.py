"""General purpose timer of the i.MX RT: 32 bits up, three compare channels, restart or free running.

Offsets, bits and reset values: NXP's SVD file of the MIMXRT1062; clock sources: fsl_gpt.h. Not modelled: input
capture, output pins, rollover of a free-running counter as an event.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.compare_timer import CompareTimer
from mcusim.machine.devices.nxp.nxp_clock import counted_hz
from mcusim.machine.devices.register_device import WORD_MASK, Register, RegisterDevice, read_only

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_EN, _ENMOD, _FRR, _SWR = 1 << 0, 1 << 1, 1 << 9, 1 << 15
_OSC_HZ, _LOW_HZ = 24_000_000, 32_768
_PERIPHERAL, _LOW_CLOCK, _OSC = 1, 4, 5  # CR.CLKSRC
_COMPARES = ("OCR1", "OCR2", "OCR3")


class ImxrtGpt(RegisterDevice):
    """Option `clock`: the line of the peripheral clock (CLKSRC 1)."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR": Register(0x00, writable_mask=0x1FFF_7FFF),
        "PR": Register(0x04, writable_mask=0xFFFF),
        "SR": Register(0x08, writable_mask=0, one_clears_mask=0x3F),
        "IR": Register(0x0C, writable_mask=0x3F),
        "OCR1": Register(0x10, WORD_MASK),
        "OCR2": Register(0x14, WORD_MASK),
        "OCR3": Register(0x18, WORD_MASK),
        "ICR1": read_only(0x1C),
        "ICR2": read_only(0x20),
        "CNT": read_only(0x24),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._timer = CompareTimer(host, lambda: (self.values[each] for each in _COMPARES), self._matched)
        self._was_on = False
        host.clock_net.listen(self._run)

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._timer.clear()
        self._was_on = False
        self.set_irq(False)

    def load(self, name: str) -> int:
        """The count; flags of what has matched by now."""
        if name in ("CNT", "SR"):
            count = self._timer.count
            return count if name == "CNT" else self.values["SR"]
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """A software reset keeps EN, ENMOD and the modes; OCR1 written in restart mode restarts the counter."""
        if name == "CR" and written & _SWR:
            self._timer.clear()
            kept = self.values["CR"] & 0x3F
            super().reset()
            self.values["CR"] = kept & ~_EN
        is_on = bool(self.values["CR"] & _EN)
        is_start = is_on and not self._was_on and bool(self.values["CR"] & _ENMOD)
        if is_start or (name == "OCR1" and not self.values["CR"] & _FRR):
            self._timer.set_count(0)
        self._was_on = is_on
        self._run()
        self._update_irq()

    def _run(self) -> None:
        if not self.values["CR"] & _EN:
            self._timer.run_at(0)
            return
        prescalers = self.values["PR"]
        source = self.values["CR"] >> 6 & 0b111
        clock_hz = Fraction({_LOW_CLOCK: _LOW_HZ, _PERIPHERAL: counted_hz(self)}.get(source, 0))
        if source == _OSC:
            clock_hz = Fraction(_OSC_HZ, (prescalers >> 12) + 1)
        self._timer.run_at(clock_hz / ((prescalers & 0xFFF) + 1))

    def _matched(self, count: int) -> None:
        for number, name in enumerate(_COMPARES):
            if self.values[name] == count:
                self.values["SR"] |= 1 << number
        if count == self.values["OCR1"] and not self.values["CR"] & _FRR:
            self._timer.restart_after(count)
        self._update_irq()

    def _update_irq(self) -> None:
        self.set_irq(bool(self.values["SR"] & self.values["IR"]))
