"""DCMI, the camera interface of the STM32 F4, F7, L4+, H7, H5 and U5: frames are bytes that the user feeds to "DCMI".

Words come at the pace of a camera of 10 million bytes a second (assumed) but wait for firmware or DMA: there is no
overrun. A frame ends where CROP says; without it at the end of the fed data, or where the DMA has taken all that it
wants. Line interrupts need CROP. Not modelled: JPEG, embedded synchronisation, byte and line selection, capture rate.
Registers and bits: ST's stm32l4r5xx.h; use: stm32h7xx_hal_dcmi.c.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.period_counter import PeriodCounter
from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_CAPTURE, _CM, _CROP, _JPEG, _ENABLE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14  # CR
_FRAME, _VSYNC, _LINE = 1 << 0, 1 << 3, 1 << 4  # RISR, IER, MISR, ICR
_FNE = 1 << 2  # SR
_WORD_BYTES = 4
_WORD_HZ = Fraction(10_000_000, _WORD_BYTES)
_PATIENCE_WORDS = 4096
"""A word that nobody takes for so long ends the frame: the DMA has what it wants."""


class Stm32Dcmi(RegisterDevice):
    """Snapshot and continuous mode, words by DMA or polled."""

    IS_FED: ClassVar[bool] = True
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR": Register(0x00),
        "SR": read_only(0x04),
        "RISR": read_only(0x08),
        "IER": Register(0x0C, writable_mask=0x1F),
        "MISR": read_only(0x10),
        "ICR": command(0x14),
        "ESCR": Register(0x18),
        "ESUR": Register(0x1C),
        "CWSTRTR": Register(0x20),
        "CWSIZER": Register(0x24),
        "DR": read_only(0x28),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._counter = PeriodCounter(host, self._due)
        self._has_word = False
        self._sent_bytes = 0
        self._waited_words = 0
        host.clock_net.listen(self._clock_changed)

    def _clock_changed(self) -> None:
        if self._counter.is_running:
            self._counter.run_at(_WORD_HZ)

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._counter.clear()
        self._has_word = False
        self._follow()

    def load(self, name: str) -> int:
        """Reading DR takes the word."""
        if name == "SR":
            return self.values["SR"] | (_FNE if self._has_word else 0)
        if name == "MISR":
            return self.values["RISR"] & self.values["IER"]
        if name == "DR":
            self._has_word = False
            self._follow()
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """CAPTURE begins; clearing it ends the frame at once."""
        if name == "ICR":
            self.values["RISR"] &= ~written
        elif name == "CR":
            control = self.values["CR"]
            if control & _JPEG:
                self.host.warn(f"{self.spec.name}: JPEG is not modelled")
            if not control & _ENABLE or not control & _CAPTURE:
                self._counter.clear()
                self._has_word = False
            elif not self._counter.is_running:
                self._begin_frame()
        self._follow()

    def _begin_frame(self) -> None:
        self._sent_bytes = self._waited_words = 0
        self._has_word = False
        self.values["RISR"] |= _VSYNC
        self._counter.start(1, _WORD_HZ)

    def _due(self) -> None:
        if self._has_word:
            self._waited_words += 1
            if self._waited_words >= _PATIENCE_WORDS:
                self._end_frame()
        elif self._sent_bytes and self._sent_bytes >= self._frame_bytes():
            self._end_frame()
        else:
            self._next_word()
        self._follow()

    def _next_word(self) -> None:
        name = self.spec.name
        data = self.host.sample_bytes(name, _WORD_BYTES)
        if data is None:
            self.host.warn(f"{name}: nothing is fed to it (--feed {name}=FILE): its pixels are 0")
        self.values["DR"] = int.from_bytes(data or bytes(_WORD_BYTES), "little")
        self._has_word, self._waited_words = True, 0
        before_bytes, self._sent_bytes = self._sent_bytes, self._sent_bytes + _WORD_BYTES
        line_bytes = self._line_bytes()
        if line_bytes and before_bytes // line_bytes != self._sent_bytes // line_bytes:
            self.values["RISR"] |= _LINE

    def _end_frame(self) -> None:
        self.values["RISR"] |= _FRAME
        if self.values["CR"] & _CM:
            self.values["CR"] &= ~_CAPTURE
            self._counter.clear()
            self._has_word = False
        else:
            self._begin_frame()

    def _line_bytes(self) -> int:
        """CWSIZE.CAPCNT, one less than the pixel clocks of a line."""
        return (self.values["CWSIZER"] & 0x3FFF) + 1 if self.values["CR"] & _CROP else 0

    def _frame_bytes(self) -> int:
        lines_count = (self.values["CWSIZER"] >> 16 & 0x3FFF) + 1
        return self._line_bytes() * lines_count or self.host.fed_count(self.spec.name) or 1 << 32

    def _follow(self) -> None:
        self.set_irq(bool(self.values["RISR"] & self.values["IER"]))
        self.host.dma_net.set_request(self.spec.name, self._has_word)
