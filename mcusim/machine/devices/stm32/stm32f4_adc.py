"""The ADC of the STM32 F1, F4 and F7; what they share is in stm32_adc.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, read_only
from mcusim.machine.devices.stm32.stm32_adc import F1_SAMPLING_HALVES, Stm32Adc

if TYPE_CHECKING:
    pass

_EOC, _STRT = 1 << 1, 1 << 4  # SR
_EOCIE, _SCAN = 1 << 5, 1 << 8  # CR1
_ADON, _CONT, _CALIBRATION, _DMA, _DDS, _EOCS = 1 << 0, 1 << 1, 0b11 << 2, 1 << 8, 1 << 9, 1 << 10  # CR2
_SWSTART_F4, _SWSTART_F1 = 1 << 30, 1 << 22
_F4_SAMPLING = (6, 30, 56, 112, 168, 224, 288, 960)  # SMPR in half clocks: stm32f4xx_hal_adc.h


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
            elif self.is_armed and not self.values["CR2"] >> 28 & 0b11:
                self.stop()
            if is_f1:
                self.values["CR2"] &= ~_SWSTART_F1
        self.follow()

    def _is_triggered(self) -> bool:
        """An external trigger is enabled (EXTEN; the F1 always names one, and software start is one of them)."""
        control = self.values["CR2"]
        if self.bool_option("is_f1") or self.is_converting or self.is_armed or not control >> 28 & 0b11:
            return False
        return not self.arm(control >> 24 & 0xF)

    def sequence(self) -> tuple[int, ...]:
        """SQ1 in SQR3 to SQ16 in SQR1."""
        count = (self.values["SQR1"] >> 20 & 0xF) + 1 if self.values["CR1"] & _SCAN else 1
        fields = self.values["SQR1"] << 60 | self.values["SQR2"] << 30 | self.values["SQR3"] & (1 << 30) - 1
        return tuple(fields >> 5 * index & 0x1F for index in range(count))

    def half_clocks(self, channel: int) -> int:
        """SMPR2 has channels 0 to 9, SMPR1 those from 10 on."""
        word, place = ("SMPR1", channel - 10) if channel >= 10 else ("SMPR2", channel)
        code = self.values[word] >> 3 * place & 0b111
        return (F1_SAMPLING_HALVES if self.bool_option("is_f1") else _F4_SAMPLING)[code]

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
        is_free = control >> 28 & 0b11 and not self.is_armed and not self.bool_option("is_f1")
        return bool(control & _CONT or is_free)

    def taken(self) -> None:
        """EOC is cleared by reading the data register."""
        self.set_bits("SR", _EOC, False)

    def follow(self) -> None:
        """The interrupt, and the request while a result is there."""
        has_result = bool(self.values["SR"] & _EOC)
        self.set_irq(has_result and bool(self.values["CR1"] & _EOCIE))
        self.host.dma_net.set_request(self.spec.name, has_result and bool(self.values["CR2"] & _DMA))
