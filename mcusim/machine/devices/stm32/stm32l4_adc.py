"""The ADC of the STM32 F3, L4, G4, H5, H7, U5, and the simpler one of F0, L0, G0 (stm32_adc.py: all of them)."""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, read_only
from mcusim.machine.devices.stm32.stm32_adc import F1_SAMPLING_HALVES, Stm32Adc

_ADRDY, _EOC2, _EOS, _EOCAL, _LDORDY, _CCRDY = 1 << 0, 1 << 2, 1 << 3, 1 << 11, 1 << 12, 1 << 13  # ISR
_ADEN, _ADDIS, _ADSTART, _ADSTP, _ADCAL = 1 << 0, 1 << 1, 1 << 2, 1 << 4, 1 << 31  # CR
_DMAEN, _CONT2 = 1 << 0, 1 << 13  # CFGR; bit 0 is also the DMA choice of DMNGT (H7, U5)
_EXTEN_SHIFT = 10
_SAMPLING = {  # SMPR in half clocks: ADC_SAMPLETIME_… of the families' HAL drivers
    "l4": (5, 13, 25, 49, 95, 185, 495, 1281),
    "f3": (3, 5, 9, 15, 39, 123, 363, 1203),
    "h7": (3, 5, 17, 33, 65, 129, 775, 1621),
    "u5": (10, 12, 24, 40, 72, 136, 782, 1628),
    "g0": (3, 7, 15, 25, 39, 79, 159, 321),
    "f0": F1_SAMPLING_HALVES,
}
_SHARED: dict[str, Register] = {
    "ISR": Register(0x00, writable_mask=0, one_clears_mask=0x0FFF),
    "IER": Register(0x04),
    "CR": Register(0x08, writable_mask=0x3000_0000),
    "CFGR": Register(0x0C),
    "CFGR2": Register(0x10),
    "SMPR1": Register(0x14),
    "DR": read_only(0x40),
    "CALFACT": Register(0xB4),
}


class Stm32L4Adc(Stm32Adc):
    """Options: `sampling` ("l4", "f3", "h7", "u5", "g0" or "f0": whose sampling times), `common_addr`."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        **_SHARED,
        "SMPR2": Register(0x18),
        "PCSEL": Register(0x1C),
        **{f"TR{index + 1}": Register(0x20 + 4 * index) for index in range(3)},
        **{f"SQR{index + 1}": Register(0x30 + 4 * index) for index in range(4)},
        "JSQR": Register(0x4C),
        **{f"OFR{index + 1}": Register(0x60 + 4 * index) for index in range(4)},
        **{f"JDR{index + 1}": read_only(0x80 + 4 * index) for index in range(4)},
        "AWD2CR": Register(0xA0),
        "AWD3CR": Register(0xA4),
        "DIFSEL": Register(0xB0),
        "CALFACT2": Register(0xC8),
    }
    DEFAULT_SAMPLING: ClassVar[str] = "l4"

    def load(self, name: str) -> int:
        """CR shows what is under way; the regulator and a new channel choice are ready at once."""
        if name == "CR":
            return self.values["CR"] | (_ADSTART if self.is_converting or self.is_armed else 0)
        if name == "ISR":
            return self.values["ISR"] | self.always_ready_mask()
        return super().load(name)

    def always_ready_mask(self) -> int:
        """The regulator of the H7 and U5 is ready when it is on (ADVREGEN)."""
        return _LDORDY if self.values["CR"] >> 28 & 1 else 0

    def after_write(self, name: str, written: int) -> None:
        """Commands; calibration and power-up take no time."""
        if name == "CR":
            self._command(written)
        self.follow()

    def _command(self, written: int) -> None:
        if written & _ADCAL:
            self.set_bits("ISR", _EOCAL, True)
        if written & _ADEN:
            self.set_bits("CR", _ADEN, True)
            self.set_bits("ISR", _ADRDY, True)
        if written & (_ADSTP | _ADDIS):
            self.stop()
        if written & _ADDIS:
            self.set_bits("CR", _ADEN, False)
            self.set_bits("ISR", _ADRDY, False)
        if written & _ADSTART and self.values["CR"] & _ADEN:
            if self._is_triggered() and self.arm(self.trigger_selection()):
                return
            self.start()

    def trigger_selection(self) -> int:
        """CFGR.EXTSEL: four bits from bit 6 on, or five from bit 5 (option `extsel_shift`)."""
        shift = self.int_option("extsel_shift", 6)
        return self.values["CFGR"] >> shift & (1 << _EXTEN_SHIFT - shift) - 1

    def _is_triggered(self) -> bool:
        return bool(self.values["CFGR"] >> _EXTEN_SHIFT & 0b11)

    def sequence(self) -> tuple[int, ...]:
        """SQR1 to SQR4, beginning with the length."""
        fields = sum(self.values[f"SQR{index + 1}"] << 30 * index for index in range(4))
        return tuple(fields >> 6 * (index + 1) & 0x1F for index in range((fields & 0xF) + 1))

    def half_clocks(self, channel: int) -> int:
        """Three bits a channel."""
        word, place = ("SMPR2", channel - 10) if channel >= 10 else ("SMPR1", channel)
        return self._sampling()[self.values[word] >> 3 * place & 0b111]

    def clock_divider(self) -> int:
        """CCR.CKMODE divides the bus clock by 1, 2 or 4; an asynchronous clock is taken to be the core's."""
        mode = self.common_word(8) >> 16 & 0b11
        return 1 << mode - 1 if mode else 1

    def finished(self, *, is_last: bool) -> bool:
        """EOC after each result, EOS after the sequence."""
        self.set_bits("ISR", _EOC2 | (_EOS if is_last else 0), True)
        return bool(self.values["CFGR"] & _CONT2) or (self._is_triggered() and not self.is_armed)

    def taken(self) -> None:
        """EOC is cleared by reading the data register."""
        self.set_bits("ISR", _EOC2, False)

    def follow(self) -> None:
        """The interrupt, and the request while a result is there."""
        status = self.values["ISR"]
        self.set_irq(bool(status & self.values["IER"]))
        wants_dma = bool(self.values["CFGR"] & _DMAEN)
        self.host.dma_net.set_request(self.spec.name, wants_dma and bool(status & _EOC2))

    def _sampling(self) -> tuple[int, ...]:
        return _SAMPLING[self.text_option("sampling", self.DEFAULT_SAMPLING)]


class Stm32G0Adc(Stm32L4Adc):
    """Channels are chosen by a mask, or by fields of four bits (CHSELRMOD)."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        **_SHARED,
        "TR": Register(0x20, 0x0FFF_0000),
        "TR2": Register(0x24, 0x0FFF_0000),
        "CHSELR": Register(0x28),
        "TR3": Register(0x2C, 0x0FFF_0000),
        "AWD2CR": Register(0xA0),
        "AWD3CR": Register(0xA4),
    }
    DEFAULT_SAMPLING: ClassVar[str] = "g0"

    def trigger_selection(self) -> int:
        """CFGR1.EXTSEL, three bits."""
        return self.values["CFGR"] >> 6 & 0b111

    def always_ready_mask(self) -> int:
        """The F0 and L0 have this bit reserved: nobody looks at it there."""
        return _CCRDY

    def sequence(self) -> tuple[int, ...]:
        """By number, downwards when SCANDIR asks for it; or in the order of the fields up to one of all ones."""
        chosen, configuration = self.values["CHSELR"], self.values["CFGR"]
        if configuration >> 21 & 1:
            fields = tuple(chosen >> 4 * index & 0xF for index in range(8))
            return fields[: fields.index(0xF)] if 0xF in fields else fields
        channels = tuple(channel for channel in range(20) if chosen >> channel & 1)
        return channels[::-1] if configuration >> 2 & 1 else channels

    def half_clocks(self, channel: int) -> int:
        """SMP1, or SMP2 for the channels whose SMPSEL bit is set."""
        word = self.values["SMPR1"]
        return self._sampling()[word >> (4 if word >> 8 + channel & 1 else 0) & 0b111]

    def clock_divider(self) -> int:
        """CFGR2.CKMODE divides the bus clock by 2, 4 or 1; an asynchronous clock is taken to be the core's."""
        return (1, 2, 4, 1)[self.values["CFGR2"] >> 30]
