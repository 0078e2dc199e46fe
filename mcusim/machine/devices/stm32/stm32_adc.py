"""The three generations of the STM32's ADC: F1, F4, F7; F3, L4, G4, H5, H7, U5; F0, L0, G0.

A conversion takes its channel's sampling time and 12.5 ADC clocks, and gives the next number that the user feeds to
"ADC1.5" or "ADC1". Not modelled: injected channels, watchdogs, oversampling, dual mode, overrun (an unread result is
replaced), alignment and resolution (a fed number is the register's content). An external trigger starts conversions
that follow one another at once. Sources: ST's CMSIS headers (registers and bits: stm32f446xx.h, stm32f103xb.h,
stm32l4r5xx.h, stm32h743xx.h, stm32g071xx.h) and HAL drivers (ADC_SAMPLETIME_…, ADC_CLOCK_…).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, read_only
from mcusim.machine.devices.ticks import Alarm

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_HALVES = Fraction(1, 2)
_CONVERSION_HALF_CLOCKS = 25  # 12.5 ADC clocks for 12 bits


class Stm32Adc(RegisterDevice):
    """What the generations share: a sequence of channels, one result at a time."""

    IS_FED: ClassVar[bool] = True
    RESULT: ClassVar[str] = "DR"

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._alarm = Alarm(host, self._converted)
        self._sequence: tuple[int, ...] = ()
        self._place = 0

    def reset(self) -> None:
        """Off."""
        super().reset()
        self.stop()
        self.follow()

    @property
    def is_converting(self) -> bool:
        """Whether a conversion is under way."""
        return self._alarm.is_set

    def start(self) -> None:
        """Convert the whole sequence."""
        self._sequence, self._place = self.sequence(), 0
        if self._sequence:
            self._begin()

    def stop(self) -> None:
        """Abandon the conversion."""
        self._alarm.cancel()

    def load(self, name: str) -> int:
        """Reading the result clears its flag."""
        if name == self.RESULT:
            self.taken()
            self.follow()
        return super().load(name)

    def common_word(self, offset: int) -> int:
        """A register that the chip's ADCs share (option `common_addr`)."""
        addr = self.int_option("common_addr", 0)
        return self.host.read_bus(addr + offset, 4) if addr else 0

    def sequence(self) -> tuple[int, ...]:
        """The channels that are chosen now."""
        raise NotImplementedError

    def half_clocks(self, channel: int) -> int:
        """Sampling time of a channel in half ADC clocks."""
        raise NotImplementedError

    def clock_divider(self) -> int:
        """Core cycles that an ADC clock takes."""
        raise NotImplementedError

    def finished(self, *, is_last: bool) -> bool:
        """Raise the flags of a result; whether the sequence begins again after its last."""
        raise NotImplementedError

    def taken(self) -> None:
        """Clear the flag of a result."""

    def follow(self) -> None:
        """Drive the interrupt and the DMA request."""

    def _begin(self) -> None:
        half_clocks = self.half_clocks(self._sequence[self._place]) + _CONVERSION_HALF_CLOCKS
        cycles = round(half_clocks * _HALVES * self.clock_divider())
        self._alarm.set(self.host.now_cycles + max(1, cycles))

    def _converted(self) -> None:
        channel = self._sequence[self._place]
        number = self.host.sample(f"{self.spec.name}.{channel}")
        if number is None:
            name = self.spec.name
            self.host.warn(f"{name}: nothing is fed to channel {channel} (--feed {name}=FILE): it reads 0")
        self.values[self.RESULT] = (number or 0) & 0xFFFF
        is_last = self._place == len(self._sequence) - 1
        goes_on = self.finished(is_last=is_last)
        self._place = 0 if is_last else self._place + 1
        if not is_last or goes_on:
            self._begin()
        self.follow()


class Stm32AdcCommon(RegisterDevice):
    """CSR, CCR and CDR, which the ADCs of a group share; CCR holds their clock."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CSR": read_only(0x0),
        "CCR4": Register(0x4),
        "CCR": Register(0x8),
        "CDR": read_only(0xC),
    }


# --- F1, F4, F7 ---

_EOC, _STRT = 1 << 1, 1 << 4  # SR
_EOCIE, _SCAN = 1 << 5, 1 << 8  # CR1
_ADON, _CONT, _CALIBRATION, _DMA, _DDS, _EOCS = 1 << 0, 1 << 1, 0b11 << 2, 1 << 8, 1 << 9, 1 << 10  # CR2
_SWSTART_F4, _SWSTART_F1 = 1 << 30, 1 << 22
_F4_SAMPLING = (6, 30, 56, 112, 168, 224, 288, 960)  # SMPR in half clocks: stm32f4xx_hal_adc.h
# stm32f3xx_hal_adc_ex.h for the STM32F373, whose ADC is the F1's
_F1_SAMPLING = (
    3,
    15,
    27,
    57,
    83,
    111,
    143,
    479,
)


class Stm32F4Adc(Stm32Adc):
    """Options: `is_f1` (the STM32F1's bits; its clock is taken to be a sixth of PCLK2), `common_addr`."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "SR": Register(0x00, writable_mask=0, zero_clears_mask=0x3F),
        "CR1": Register(0x04),
        "CR2": Register(0x08, writable_mask=~(_SWSTART_F4 | _CALIBRATION) & 0xFFFF_FFFF),
        "SMPR1": Register(0x0C),
        "SMPR2": Register(0x10),
        **{f"JOFR{index + 1}": Register(0x14 + 4 * index) for index in range(4)},
        "HTR": Register(0x24, 0xFFF),
        "LTR": Register(0x28),
        "SQR1": Register(0x2C),
        "SQR2": Register(0x30),
        "SQR3": Register(0x34),
        "JSQR": Register(0x38),
        **{f"JDR{index + 1}": read_only(0x3C + 4 * index) for index in range(4)},
        "DR": read_only(0x4C),
    }

    def after_write(self, name: str, written: int) -> None:
        """SWSTART begins; on the F1, writing ADON once more does too."""
        if name == "CR2":
            is_f1 = self.bool_option("is_f1")
            if not self.values["CR2"] & _ADON:
                self.stop()
            elif written & (_SWSTART_F1 if is_f1 else _SWSTART_F4) or self._is_triggered():
                self.set_bits("SR", _STRT, True)
                self.start()
            if is_f1:
                self.values["CR2"] &= ~_SWSTART_F1
        self.follow()

    def _is_triggered(self) -> bool:
        """An external trigger is enabled (EXTEN; the F1 always names one, and software start is one of them)."""
        if self.bool_option("is_f1") or self.is_converting or not self.values["CR2"] >> 28 & 0b11:
            return False
        self.host.warn(f"{self.spec.name}: triggers are not modelled: conversions follow one another at once")
        return True

    def sequence(self) -> tuple[int, ...]:
        """SQ1 in SQR3 to SQ16 in SQR1."""
        count = (self.values["SQR1"] >> 20 & 0xF) + 1 if self.values["CR1"] & _SCAN else 1
        fields = self.values["SQR1"] << 60 | self.values["SQR2"] << 30 | self.values["SQR3"] & (1 << 30) - 1
        return tuple(fields >> 5 * index & 0x1F for index in range(count))

    def half_clocks(self, channel: int) -> int:
        """SMPR2 has channels 0 to 9, SMPR1 those from 10 on."""
        word, place = ("SMPR1", channel - 10) if channel >= 10 else ("SMPR2", channel)
        code = self.values[word] >> 3 * place & 0b111
        return (_F1_SAMPLING if self.bool_option("is_f1") else _F4_SAMPLING)[code]

    def clock_divider(self) -> int:
        """PCLK2 over CCR.ADCPRE."""
        pclk_hz = self.host.clock_net.clock_hz("pclk2") or self.host.core_clock_hz
        prescaler = 6 if self.bool_option("is_f1") else 2 * ((self.common_word(4) >> 16 & 0b11) + 1)
        return max(1, round(self.host.core_clock_hz * prescaler / pclk_hz))

    def finished(self, *, is_last: bool) -> bool:
        """EOC after each result, or after the sequence (EOCS; the F1 knows only that)."""
        control = self.values["CR2"]
        if is_last or control & (_EOCS | _DMA):
            self.set_bits("SR", _EOC, True)
        return bool(control & _CONT) or (not self.bool_option("is_f1") and bool(control >> 28 & 0b11))

    def taken(self) -> None:
        """EOC is cleared by reading the data register."""
        self.set_bits("SR", _EOC, False)

    def follow(self) -> None:
        """The interrupt, and the request while a result is there."""
        has_result = bool(self.values["SR"] & _EOC)
        self.set_irq(has_result and bool(self.values["CR1"] & _EOCIE))
        self.host.dma_net.set_request(self.spec.name, has_result and bool(self.values["CR2"] & _DMA))


# --- L4, F3, G4, H5, H7, U5; F0, L0, G0 ---

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
    "f0": _F1_SAMPLING,
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
            return self.values["CR"] | (_ADSTART if self.is_converting else 0)
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
            if self._is_triggered():
                self.host.warn(
                    f"{self.spec.name}: triggers are not modelled: conversions follow one another at once"
                )
            self.start()

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
        return bool(self.values["CFGR"] & _CONT2) or self._is_triggered()

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
