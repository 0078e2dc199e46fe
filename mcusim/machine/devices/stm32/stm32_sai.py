"""SAI of the STM32 F4, F7, G4, L4, H5, H7, U3 and U5: audio words that the user feeds to "SAI1".

Block A is "SAI1.0" and block B "SAI1.1" where they differ. A number is the content of DR. Words come at the frame
rate times the enabled slots. What firmware sends leaves in its time and goes nowhere. Not modelled: PDM, mute,
companding, AC'97, SPDIF, a clock from outside (assumed 16 kHz).
Registers and bits: ST's stm32l476xx.h and stm32l4r5xx.h; frame rate: the comments and sums of stm32l4xx_hal_sai.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only
from mcusim.machine.devices.stm32.sample_pace import SamplePace, fed_word, word_hz_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_IS_RECEIVER, _IS_SLAVE, _MONO, _SAIEN, _DMAEN, _NODIV = (
    1 << 0,
    1 << 1,
    1 << 12,
    1 << 16,
    1 << 17,
    1 << 19,
)  # CR1
_OSR, _FFLUSH = 1 << 26, 1 << 3  # CR1, CR2
_OVRUDR, _FREQ = 1 << 0, 1 << 3  # SR and IMR
_FIFO_WORDS = 8
_FILLED = (1, 2, 4, 6, 8)  # CR2.FTH: words that make a receiver ask
_FREE_UP_TO = (0, 2, 4, 6, 7)  # … words with which a sender asks
_BLOCKS = ("A", "B")


class Stm32Sai(RegisterDevice):
    """Option `version`: 2 has NOMCK and OSR (MCKDIV divides to the frame, or to 256 or 512 times its rate).

    Clock lines: the device's name with the block ("SAI1_A"), else the device's name.
    """

    IS_FED: ClassVar[bool] = True

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._paces = {
            block: SamplePace(
                host,
                _FIFO_WORDS,
                lambda block=block: fed_word(host, f"{spec.name}.{_BLOCKS.index(block)}"),  # type: ignore[misc]
                self._follow,
            )
            for block in _BLOCKS
        }
        host.clock_net.listen(self._clock_changed)

    def register_table(self) -> Mapping[str, Register]:
        """Two blocks."""
        table = {"GCR": Register(0x00), "PDMCR": Register(0x44), "PDMDLY": Register(0x48)}
        for place, block in enumerate(_BLOCKS):
            base = 0x04 + 0x20 * place
            table |= {
                f"CR1_{block}": Register(base, 0x40),
                f"CR2_{block}": Register(base + 0x04, writable_mask=~_FFLUSH & 0xFFFF),
                f"FRCR_{block}": Register(base + 0x08, 0x07),
                f"SLOTR_{block}": Register(base + 0x0C),
                f"IM_{block}": Register(base + 0x10),
                f"SR_{block}": read_only(base + 0x14),
                f"CLRFR_{block}": command(base + 0x18),
                f"DR_{block}": command(base + 0x1C),
            }
        return table

    def reset(self) -> None:
        """Off."""
        super().reset()
        for pace in self._paces.values():
            pace.clear()
        self._follow()

    def load(self, name: str) -> int:
        """The FIFO's state and its words."""
        block = name[-1]
        if name.startswith("SR_"):
            return self._status(block)
        if name.startswith("DR_"):
            word = self._paces[block].pop() & 0xFFFF_FFFF
            self._follow()
            return word
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Enable, disable, send, acknowledge."""
        block = name[-1]
        if name.startswith("CR1_"):
            self._switch(block)
        elif name.startswith("CR2_") and written & _FFLUSH:
            self._paces[block].flush()
        elif name.startswith("DR_"):
            self._paces[block].push(written)
        elif name.startswith("CLRFR_") and written & _OVRUDR:
            self._paces[block].is_overrun = False
        self._follow()

    def _switch(self, block: str) -> None:
        pace, control = self._paces[block], self.values[f"CR1_{block}"]
        if not control & _SAIEN:
            pace.clear()
        elif not pace.is_running:
            pace.start(self._word_hz(block), is_sending=not control & _IS_RECEIVER)

    def _clock_changed(self) -> None:
        for block, pace in self._paces.items():
            if pace.is_running:
                pace.run_at(self._word_hz(block))

    def _word_hz(self, block: str) -> Fraction:
        slots = self.values[f"SLOTR_{block}"]
        count = (slots >> 8 & 0xF) + 1
        enabled = (slots >> 16 & (1 << count) - 1).bit_count()
        words_count = 1 if self.values[f"CR1_{block}"] & _MONO else max(1, enabled)
        return self._frame_hz(block) * words_count

    def _frame_hz(self, block: str) -> Fraction:
        control, name, net = self.values[f"CR1_{block}"], self.spec.name, self.host.clock_net
        if control & _IS_SLAVE:
            other = _BLOCKS[block == "A"]
            is_partner = control >> 10 & 0b11 == 1 and not self.values[f"CR1_{other}"] & _IS_SLAVE
            return self._frame_hz(other) if is_partner else word_hz_of(self.host, name, 0, 1)
        line = f"{name}_{block}" if net.is_driven(f"{name}_{block}") else name
        return word_hz_of(self.host, name, net.clock_hz(line), self._frame_divider(block))

    def _frame_divider(self, block: str) -> int:
        control, frame_bits = self.values[f"CR1_{block}"], (self.values[f"FRCR_{block}"] & 0xFF) + 1
        if self.int_option("version", 1) == 2:
            divider = max(1, control >> 20 & 0x3F)
            return divider * (frame_bits if control & _NODIV else 512 if control & _OSR else 256)
        if control & _NODIV:
            return frame_bits
        return max(1, 2 * (control >> 20 & 0xF)) * 256

    def _status(self, block: str) -> int:
        pace = self._paces[block]
        level = pace.level_words
        filled = 0 if not level else 5 if level == _FIFO_WORDS else 1 + level // 2
        is_asking = pace.is_running and self._is_asking(block, level)
        return filled << 16 | (_OVRUDR if pace.is_overrun else 0) | (_FREQ if is_asking else 0)

    def _is_asking(self, block: str, level: int) -> bool:
        threshold = min(self.values[f"CR2_{block}"] & 0b111, 4)
        if self.values[f"CR1_{block}"] & _IS_RECEIVER:
            return level >= _FILLED[threshold]
        return level <= _FREE_UP_TO[threshold]

    def _follow(self) -> None:
        """One interrupt for both blocks, a request each."""
        is_pending = False
        for block in _BLOCKS:
            status = self._status(block)
            is_pending |= bool(status & self.values[f"IM_{block}"] & (_OVRUDR | _FREQ))
            wants_dma = bool(self.values[f"CR1_{block}"] & _DMAEN and status & _FREQ)
            self.host.dma_net.set_request(f"{self.spec.name}_{block}", wants_dma)
        self.set_irq(is_pending)
