"""I2S of the STM32 SPI block: halfwords of samples that the user feeds to "I2S2", at the audio clock's pace.

A number fed to "I2S2" is one sample of one side; samples of more than 16 bits are two halfwords, the upper one first.
What firmware sends goes nowhere. A slave has its clock from outside: 16 kHz are assumed. Registers and bits: ST's
stm32f446xx.h; rate: the sums of stm32f4xx_hal_i2s.c. Not modelled: PCM long frames, full duplex by I2Sext.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.stm32.sample_pace import SamplePace, fed_word, word_hz_of
from mcusim.machine.devices.stm32.stm32_rcc import bus_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from mcusim.machine.devices.register_device import RegisterDevice

_I2SMOD, _I2SE, _CHLEN, _MCKOE, _ODD = 1 << 11, 1 << 10, 1 << 0, 1 << 9, 1 << 8
RXNE, TXE, CHSIDE, OVR = 1 << 0, 1 << 1, 1 << 2, 1 << 6


class Stm32I2s:
    """What an SPI does while I2SMOD is set; `owner` has I2SCFGR and I2SPR."""

    def __init__(self, owner: RegisterDevice, changed: Callable[[], None]) -> None:
        self._owner = owner
        self.name = owner.spec.name.replace("SPI", "I2S")
        self._pace = SamplePace(owner.host, 1, self._halfword, changed)
        self._lower: int | None = None
        self._is_right = False
        owner.host.clock_net.listen(self._clock_changed)

    @property
    def is_chosen(self) -> bool:
        """I2SMOD."""
        return bool(self._owner.values["I2SCFGR"] & _I2SMOD)

    @property
    def is_receiving(self) -> bool:
        """Whether the configuration is a receiver's."""
        return bool(self._owner.values["I2SCFGR"] >> 8 & 1)

    def clear(self) -> None:
        """Off."""
        self._pace.clear()
        self._lower, self._is_right = None, False

    def follow_settings(self) -> None:
        """I2SCFGR was written."""
        if not self.is_chosen or not self._owner.values["I2SCFGR"] & _I2SE:
            self.clear()
        elif not self._pace.is_running:
            self._pace.start(self._halfword_hz(), is_sending=not self.is_receiving)

    def status(self) -> int:
        """SR as far as it is I2S's."""
        level = self._pace.level_words
        flags = (OVR if self._pace.is_overrun else 0) | (CHSIDE if self._is_right else 0)
        if self.is_receiving:
            return flags | (RXNE if level else 0)
        return flags | (TXE if not level else 0)

    def take(self) -> int:
        """Read DR."""
        return self._pace.pop()

    def give(self, halfword: int) -> None:
        """Write DR."""
        self._pace.push(halfword)

    def forget_overrun(self) -> None:
        """DR and then SR were read."""
        self._pace.is_overrun = False

    def _is_long(self) -> bool:
        return bool(self._owner.values["I2SCFGR"] >> 1 & 0b11)

    def _halfword(self) -> int:
        if self._lower is not None:
            lower, self._lower = self._lower, None
            return lower
        self._is_right = not self._is_right
        sample = fed_word(self._owner.host, self.name)
        if not self._is_long():
            return sample & 0xFFFF
        # Samples of 24 bits are left-aligned in their 32 (RM0390, I2S supported protocols).
        word = sample << 8 if self._owner.values["I2SCFGR"] >> 1 & 0b11 == 1 else sample
        self._lower = word & 0xFFFF
        return word >> 16 & 0xFFFF

    def _halfword_hz(self) -> Fraction:
        """Two sides a frame, each of one halfword or two."""
        values, host = self._owner.values, self._owner.host
        halfwords_count = 2 * (2 if self._is_long() else 1)
        if not values["I2SCFGR"] & 1 << 9:
            return word_hz_of(host, self.name, 0, 1) * halfwords_count
        prescaler = values["I2SPR"]
        divider = 2 * (prescaler & 0xFF) + (1 if prescaler & _ODD else 0)
        side_bits = 32 if values["I2SCFGR"] & _CHLEN or self._is_long() else 16
        frame_clocks = 256 if prescaler & _MCKOE else 2 * side_bits
        return word_hz_of(host, self.name, self._clock_hz(), divider * frame_clocks) * halfwords_count

    def _clock_hz(self) -> int:
        """The line of its bus, of all I2S, or else the system clock."""
        net = self._owner.host.clock_net
        lines = (f"I2S_{bus_of(self._owner)}", "I2S")
        return net.clock_hz(next((line for line in lines if net.is_driven(line)), "sysclk"))

    def _clock_changed(self) -> None:
        if self._pace.is_running:
            self._pace.run_at(self._halfword_hz())
