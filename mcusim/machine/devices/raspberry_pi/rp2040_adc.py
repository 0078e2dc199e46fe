"""ADC of RP2040 (datasheet section 4.9) and RP2350: single and free-running conversions, FIFO, DMA request.

Samples are what the user feeds to "ADC.0" to "ADC.4" (the last input is the temperature sensor), raw codes of 12 bits.
Not modelled: conversion errors. A conversion takes 96 cycles of clk_adc, which is taken as 48 MHz.
"""

from __future__ import annotations

from collections import deque
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register, read_only
from mcusim.machine.devices.ticks import Alarm

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_EN, _START_ONCE, _START_MANY, _READY = 1 << 0, 1 << 2, 1 << 3, 1 << 8
_INPUT_SHIFT, _ROBIN_SHIFT = 12, 16
_FIFO_EN, _SHIFT, _DREQ_EN = 1 << 0, 1 << 1, 1 << 3
_EMPTY, _FULL, _UNDER, _OVER = 1 << 8, 1 << 9, 1 << 10, 1 << 11
_DEPTH_SAMPLES = 4
_CONVERSION_CLOCKS, _CLOCK_HZ = 96, 48_000_000
_CODE_MASK = 0xFFF


class Rp2040Adc(Rp2040Device):
    """Publishes the request line "ADC"; option `inputs_count`."""

    IS_FED: ClassVar[bool] = True

    # Offsets and bits: pico-sdk 2.2, hardware/regs/adc.h.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CS": Register(0x00, writable_mask=0x01FF_F00B, one_clears_mask=1 << 10),
        "RESULT": read_only(0x04),
        "FCS": Register(0x08, writable_mask=0x0F00_000F, one_clears_mask=_UNDER | _OVER),
        "FIFO": read_only(0x0C),
        "DIV": Register(0x10, writable_mask=0x00FF_FFFF),
        "INTR": read_only(0x14),
        "INTE": Register(0x18, writable_mask=1),
        "INTF": Register(0x1C, writable_mask=1),
        "INTS": read_only(0x20),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._fifo: deque[int] = deque()
        self._alarm = Alarm(host, self._converted)

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._fifo.clear()
        self._alarm.cancel()
        self._update()

    def load(self, name: str) -> int:
        """READY between conversions; the FIFO's level; reading it takes a sample."""
        value = super().load(name)
        if name == "CS":
            is_ready = value & _EN and (not self._alarm.is_set or value & _START_MANY)
            return value | (_READY if is_ready else 0)
        if name == "FCS":
            count = len(self._fifo)
            return value | count << 16 | (_EMPTY if not count else _FULL if count == _DEPTH_SAMPLES else 0)
        if name == "FIFO":
            return self._take()
        if name in ("INTR", "INTS"):
            raw = int(self._is_above_threshold())
            return raw if name == "INTR" else raw & self.values["INTE"] | self.values["INTF"]
        return value

    def after_write(self, name: str, written: int) -> None:
        """Start and stop."""
        if name == "CS":
            control = self.values["CS"]
            if not control & _EN:
                self._alarm.cancel()
            elif written & _START_ONCE or (control & _START_MANY and not self._alarm.is_set):
                self._start(Fraction(_CONVERSION_CLOCKS))
        elif name == "FCS" and not written & _FIFO_EN:
            self._fifo.clear()
        self._update()

    def _start(self, clocks: Fraction) -> None:
        cycles = clocks * self.host.core_clock_hz / _CLOCK_HZ
        self._alarm.set(self.host.now_cycles + max(1, round(cycles)))

    def _converted(self) -> None:
        control = self.values["CS"]
        selected = control >> _INPUT_SHIFT & 0xF
        code = self.host.sample(f"{self.spec.name}.{selected}")
        if code is None:
            self.host.warn(
                f"{self.spec.name}: nothing is fed to input {selected}; it reads 0 (--feed ADC.{selected}=…)"
            )
            code = 0
        self.values["RESULT"] = code & _CODE_MASK
        if self.values["FCS"] & _FIFO_EN:
            self._keep(code & _CODE_MASK)
        self._next_input(control, selected)
        if control & _START_MANY and control & _EN:
            divider = Fraction(self.values["DIV"], 256)
            self._start(max(Fraction(_CONVERSION_CLOCKS), divider + 1))
        self._update()

    def _next_input(self, control: int, selected: int) -> None:
        robin = control >> _ROBIN_SHIFT & 0x1FF
        if robin:
            following = [*range(selected + 1, 9), *range(selected + 1)]
            chosen = next(index for index in following if robin >> index & 1)
            self.values["CS"] = control & ~(0xF << _INPUT_SHIFT) | chosen << _INPUT_SHIFT

    def _keep(self, code: int) -> None:
        if len(self._fifo) == _DEPTH_SAMPLES:
            self.set_bits("FCS", _OVER, True)
        else:
            self._fifo.append(code >> 4 if self.values["FCS"] & _SHIFT else code)

    def _take(self) -> int:
        if not self._fifo:
            self.set_bits("FCS", _UNDER, True)
            return 0
        code = self._fifo.popleft()
        self._update()
        return code

    def _is_above_threshold(self) -> bool:
        threshold = self.values["FCS"] >> 24 & 0xF
        return len(self._fifo) >= max(1, threshold)

    def _update(self) -> None:
        is_above = self._is_above_threshold()
        self.host.dma_net.set_request("ADC", is_above and bool(self.values["FCS"] & _DREQ_EN))
        self.set_irq(bool(int(is_above) & self.values["INTE"] | self.values["INTF"]))
