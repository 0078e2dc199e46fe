"""What all generations of the STM32's ADC share; stm32f4_adc.py has F1, F4, F7, stm32l4_adc.py the later ones.

A conversion takes its channel's sampling time and 12.5 ADC clocks, and gives the next number that the user feeds to
"ADC1.5" or "ADC1". Not modelled: injected channels, watchdogs, oversampling, dual mode, overrun (an unread result is
replaced), alignment and resolution (a fed number is the register's content). A timer's TRGO starts the sequence at its
rate, first a period after the ADC waits for it; after other triggers conversions follow one another at once.
Sources: ST's CMSIS headers (registers and bits: stm32f446xx.h, stm32f103xb.h, stm32l4r5xx.h, stm32h743xx.h,
stm32g071xx.h) and HAL drivers (ADC_SAMPLETIME_…, ADC_CLOCK_…).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.period_counter import PeriodCounter
from mcusim.machine.devices.register_device import Register, RegisterDevice, read_only
from mcusim.machine.devices.stm32.stm32_dma_mover import signals_of
from mcusim.machine.devices.ticks import Alarm

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_HALVES = Fraction(1, 2)
F1_SAMPLING_HALVES = (3, 15, 27, 57, 83, 111, 143, 479)
"""In half clocks: stm32f3xx_hal_adc_ex.h for the STM32F373, whose ADC is the F1's; the F0's are the same."""
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
        self._trigger_line = ""
        self._trigger = PeriodCounter(host, self._triggered)
        host.clock_net.listen(self._pace_triggers)

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

    @property
    def is_armed(self) -> bool:
        """Whether it waits for a timer that paces it."""
        return bool(self._trigger_line)

    def arm(self, selection: int) -> bool:
        """Wait for the trigger that EXTSEL chooses; whether it is known (option `triggers`, "13=TIM6_TRGO …")."""
        line = signals_of(self.text_option("triggers", "")).get(str(selection), "")
        if not line:
            self.host.warn(
                f"{self.spec.name}: its trigger is not modelled: conversions follow one another at once"
            )
            return False
        self._trigger_line = line
        self._trigger.start(1, self._trigger_hz())
        return True

    def stop(self) -> None:
        """Abandon the conversion, wait for no trigger."""
        self._alarm.cancel()
        self._trigger_line = ""
        self._trigger.clear()

    def _trigger_hz(self) -> Fraction:
        return Fraction(self.host.clock_net.clock_hz(self._trigger_line), 1_000_000)

    def _pace_triggers(self) -> None:
        if self._trigger_line:
            self._trigger.run_at(self._trigger_hz())

    def _triggered(self) -> None:
        if not self.is_converting:  # a trigger during a sequence is ignored
            self.start()

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
