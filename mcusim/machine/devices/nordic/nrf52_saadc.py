"""SAADC of the nRF52 and nRF53: conversions of fed numbers into RAM (nRF52840 PS v1.7, section 6.23).

A channel n whose PSELP is connected takes its codes from what is fed to "<name>.n", or to "<name>". Not modelled:
gain, reference and inputs (what is fed are codes), calibration results.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.nordic.nrf52_device import INTERRUPT_REGISTERS, Nrf52Device, events, tasks
from mcusim.machine.devices.register_device import Register, read_only
from mcusim.machine.devices.ticks import Alarm

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_CHANNELS_COUNT = 8
_ACQUISITION_US = (3, 5, 10, 15, 20, 40, 40, 40)  # CONFIG.TACQ
_CONVERSION_US = 2  # PS 6.23.7: tCONV below 2 us
_BURST, _TIMER_MODE = 1 << 24, 1 << 12
_BASE_CLOCK_HZ = 16_000_000  # SAMPLERATE.CC divides it
_RESULT_BYTES = 2
_EVENTS = {
    "STARTED": 0x100, "END": 0x104, "DONE": 0x108, "RESULTDONE": 0x10C, "CALIBRATEDONE": 0x110, "STOPPED": 0x114,
}  # fmt: skip


class Nrf52Saadc(Nrf52Device):
    """SAMPLE converts every connected channel in turn; a full buffer ends the acquisition."""

    IS_FED: ClassVar[bool] = True
    # Offsets, fields and reset values: Nordic's SVD files.
    REGISTERS: ClassVar[dict[str, Register]] = {
        **tasks({"START": 0x000, "SAMPLE": 0x004, "STOP": 0x008, "CALIBRATEOFFSET": 0x00C}),
        **events(_EVENTS),
        **events({f"CH{index}_LIMITH": 0x118 + 8 * index for index in range(_CHANNELS_COUNT)}),
        **events({f"CH{index}_LIMITL": 0x11C + 8 * index for index in range(_CHANNELS_COUNT)}),
        **INTERRUPT_REGISTERS,
        "STATUS": read_only(0x400),
        "ENABLE": Register(0x500, writable_mask=1),
        **{f"CH{index}_PSELP": Register(0x510 + 16 * index) for index in range(_CHANNELS_COUNT)},
        **{f"CH{index}_PSELN": Register(0x514 + 16 * index) for index in range(_CHANNELS_COUNT)},
        **{f"CH{index}_CONFIG": Register(0x518 + 16 * index, 0x20000) for index in range(_CHANNELS_COUNT)},
        **{f"CH{index}_LIMIT": Register(0x51C + 16 * index, 0x7FFF_8000) for index in range(_CHANNELS_COUNT)},
        "RESOLUTION": Register(0x5F0, 1, writable_mask=0b111),
        "OVERSAMPLE": Register(0x5F4, writable_mask=0xF),
        "SAMPLERATE": Register(0x5F8, writable_mask=0x17FF),
        "RESULT_PTR": Register(0x62C),
        "RESULT_MAXCNT": Register(0x630, writable_mask=0x7FFF),
        "RESULT_AMOUNT": read_only(0x634),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._done_alarm = Alarm(host, self._converted)
        self._rate_alarm = Alarm(host, self._rate_ticked)
        self._buffer = (0, 0)
        self._is_started = False
        self._samples_count = 0  # of the result being averaged

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._halt()

    def run_task(self, task: str) -> None:
        """Tasks of a converter that is off do nothing."""
        if not self.values["ENABLE"]:
            return
        if task == "START":
            self._buffer = (self.values["RESULT_PTR"], self.values["RESULT_MAXCNT"])  # double-buffered
            self.values["RESULT_AMOUNT"] = 0
            self._is_started = True
            self.fire("STARTED")
        elif task == "SAMPLE":
            self._sample()
        elif task == "STOP":
            self._halt()
            self.fire("STOPPED")
        elif task == "CALIBRATEOFFSET":
            self.fire("CALIBRATEDONE")

    def after_write(self, name: str, written: int) -> None:
        """Switching off ends what runs."""
        if name == "ENABLE" and not self.values["ENABLE"]:
            self._halt()
        super().after_write(name, written)

    def _halt(self) -> None:
        self._done_alarm.cancel()
        self._rate_alarm.cancel()
        self._is_started = False
        self._samples_count = 0
        self.values["STATUS"] = 0

    def _sample(self) -> None:
        if not self._is_started or self._done_alarm.is_set:
            return
        self.values["STATUS"] = 1
        self._done_alarm.set(self.host.now_cycles + self._sample_cycles())

    def _sample_cycles(self) -> int:
        """All connected channels, a burst's samples included."""
        duration_us = 0
        for channel in self._connected():
            config = self.values[f"CH{channel}_CONFIG"]
            repeats = 1 << self.values["OVERSAMPLE"] if config & _BURST else 1
            duration_us += repeats * (_ACQUISITION_US[config >> 16 & 0b111] + _CONVERSION_US)
        return max(1, duration_us * self.host.core_clock_hz // 1_000_000)

    def _connected(self) -> list[int]:
        return [index for index in range(_CHANNELS_COUNT) if self.values[f"CH{index}_PSELP"]]

    def _rate_ticked(self) -> None:
        self._sample()

    def _converted(self) -> None:
        self.values["STATUS"] = 0
        is_burst = any(self.values[f"CH{index}_CONFIG"] & _BURST for index in self._connected())
        self._samples_count += 1
        self.fire("DONE")
        if is_burst or self._samples_count >= 1 << self.values["OVERSAMPLE"]:
            self._samples_count = 0
            for channel in self._connected():
                self._store_result(channel)
            self.fire("RESULTDONE")
        self._go_on()

    def _go_on(self) -> None:
        if self.values["RESULT_AMOUNT"] >= self._buffer[1] and self._is_started:
            self._is_started = False
            self.fire("END")  # a shortcut of firmware, PPI, may give START here
        rate = self.values["SAMPLERATE"]
        if rate & _TIMER_MODE and self._is_started:
            cycles = max(1, rate & 0x7FF) * self.host.core_clock_hz // _BASE_CLOCK_HZ
            self._rate_alarm.set(self.host.now_cycles + max(1, cycles - self._sample_cycles()))

    def _store_result(self, channel: int) -> None:
        addr, size = self._buffer
        amount = self.values["RESULT_AMOUNT"]
        if amount >= size:
            return
        code = self._code(channel)
        self.host.write_memory(addr + _RESULT_BYTES * amount, (code & 0xFFFF).to_bytes(2, "little"))
        self.values["RESULT_AMOUNT"] = amount + 1
        limit = self.values[f"CH{channel}_LIMIT"]
        if code > _signed(limit >> 16):
            self.fire(f"CH{channel}_LIMITH")
        if code < _signed(limit & 0xFFFF):
            self.fire(f"CH{channel}_LIMITL")

    def _code(self, channel: int) -> int:
        code = self.host.sample(f"{self.spec.name}.{channel}")
        code = self.host.sample(self.spec.name) if code is None else code
        if code is None:
            name = f"{self.spec.name}.{channel}"
            self.host.warn(f"{name}: nothing is fed to this channel (--feed {name}=FILE): it reads 0")
            return 0
        return code


def _signed(halfword: int) -> int:
    return halfword - 0x1_0000 if halfword & 0x8000 else halfword
