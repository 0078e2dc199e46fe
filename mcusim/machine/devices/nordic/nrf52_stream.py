"""Microphone interface (PDM) and I2S of the nRF52 and nRF53: fed samples into RAM, buffer after buffer, in time.

nRF52840 PS v1.7, sections 6.15 and 6.11. Samples are 16-bit values in the order in which they lie in memory
(stereo: left, right). Not modelled: gain and filters, what is sent over I2S, 24-bit samples of more than one word.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.nordic.nrf52_device import INTERRUPT_REGISTERS, Nrf52Device, events, tasks
from mcusim.machine.devices.register_device import Register
from mcusim.machine.devices.ticks import Alarm

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_DISCONNECTED = 0xFFFF_FFFF
_SAMPLE_BYTES = 2
_SOURCE_HZ = 32_000_000
# Dividers of 32 MHz by register value: Nordic's SVD file of the nRF52840.
_PDM_DIVIDERS = {
    0x0800_0000: 32, 0x0840_0000: 31, 0x0880_0000: 30, 0x0980_0000: 26, 0x0A00_0000: 25, 0x0A80_0000: 24,
}  # fmt: skip
_I2S_DIVIDERS = {
    0x8000_0000: 2, 0x5000_0000: 3, 0x4000_0000: 4, 0x3000_0000: 5, 0x2800_0000: 6, 0x2000_0000: 8,
    0x1800_0000: 10, 0x1600_0000: 11, 0x1100_0000: 15, 0x1000_0000: 16, 0x0C00_0000: 21, 0x0B00_0000: 23,
    0x0880_0000: 30, 0x0840_0000: 31, 0x0800_0000: 32, 0x0600_0000: 42, 0x0410_0000: 63, 0x020C_0000: 125,
}  # fmt: skip
_I2S_RATIOS = (32, 48, 64, 96, 128, 192, 256, 384, 512)


class _Stream(Nrf52Device):
    """A buffer that is filled at the sample rate; the next one's address is taken when the last one is full."""

    IS_FED: ClassVar[bool] = True

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._alarm = Alarm(host, self._filled)
        self._buffer_addr = 0
        self.is_running = False

    def reset(self) -> None:
        """Stopped."""
        super().reset()
        self._alarm.cancel()
        self.is_running = False

    def run_task(self, task: str) -> None:
        """Start with the first buffer, or stop."""
        if task == "START" and self.values["ENABLE"]:
            self.is_running = True
            self.begin()
        elif task == "STOP":
            self.is_running = False
            self._alarm.cancel()
            self.fire("STOPPED")

    def begin(self) -> None:
        """Take the next buffer."""
        raise NotImplementedError

    def begin_buffer(self, addr: int, duration_s: Fraction) -> None:
        """Fill the buffer at `addr` until `duration_s` have passed."""
        self._buffer_addr = addr
        self._alarm.set(self.host.now_cycles + max(1, round(duration_s * self.host.core_clock_hz)))

    def take_samples(self, count: int, sample_bytes: int) -> None:
        """Write `count` fed samples to the buffer that was begun."""
        numbers = [self.host.sample(self.spec.name) for _ in range(count)]
        if None in numbers:
            self.host.warn(
                f"{self.spec.name}: nothing is fed here (--feed {self.spec.name}=FILE): silence is received"
            )
        mask = (1 << 8 * sample_bytes) - 1
        data = b"".join(((number or 0) & mask).to_bytes(sample_bytes, "little") for number in numbers)
        self.host.write_memory(self._buffer_addr, data)

    def _filled(self) -> None:
        raise NotImplementedError


class Nrf52Pdm(_Stream):
    """MAXCNT samples of 16 bits per buffer."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        **tasks({"START": 0x000, "STOP": 0x004}),
        **events({"STARTED": 0x100, "STOPPED": 0x104, "END": 0x108}),
        **INTERRUPT_REGISTERS,
        "ENABLE": Register(0x500, writable_mask=1),
        "PDMCLKCTRL": Register(0x504, 0x0840_0000),
        "MODE": Register(0x508, writable_mask=0b11),
        "GAINL": Register(0x518, 0x28),
        "GAINR": Register(0x51C, 0x28),
        "RATIO": Register(0x520, writable_mask=1),
        "PSEL_CLK": Register(0x540, _DISCONNECTED),
        "PSEL_DIN": Register(0x544, _DISCONNECTED),
        "MCLKCONFIG": Register(0x54C),
        "SAMPLE_PTR": Register(0x560),
        "SAMPLE_MAXCNT": Register(0x564, writable_mask=0x7FFF),
    }

    def begin(self) -> None:
        """Take the next buffer."""
        divider = _PDM_DIVIDERS.get(self.values["PDMCLKCTRL"])
        clock_hz = Fraction(_SOURCE_HZ, divider) if divider else Fraction(1_032_258)
        frame_hz = clock_hz / (80 if self.values["RATIO"] else 64)
        samples_per_frame = 1 if self.values["MODE"] & 1 else 2  # OPERATION: mono, stereo
        count = max(1, self.values["SAMPLE_MAXCNT"])
        self._count = self.values["SAMPLE_MAXCNT"]
        self.begin_buffer(self.values["SAMPLE_PTR"], count / (frame_hz * samples_per_frame))
        self.fire("STARTED")

    def _filled(self) -> None:
        self.take_samples(self._count, _SAMPLE_BYTES)
        self.fire("END")
        if self.is_running:
            self.begin()


class Nrf52I2s(_Stream):
    """MAXCNT words per buffer, in both directions at once; what is sent is dropped."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        **tasks({"START": 0x000, "STOP": 0x004}),
        **events({"RXPTRUPD": 0x104, "STOPPED": 0x108, "TXPTRUPD": 0x114, "FRAMESTART": 0x11C}),
        **INTERRUPT_REGISTERS,
        "ENABLE": Register(0x500, writable_mask=1),
        "MODE": Register(0x504, writable_mask=1),
        "RXEN": Register(0x508, writable_mask=1),
        "TXEN": Register(0x50C, 1, writable_mask=1),
        "MCKEN": Register(0x510, 1, writable_mask=1),
        "MCKFREQ": Register(0x514, 0x2000_0000),
        "RATIO": Register(0x518, 6, writable_mask=0xF),
        "SWIDTH": Register(0x51C, 1, writable_mask=0b111),
        "ALIGN": Register(0x520, writable_mask=1),
        "FORMAT": Register(0x524, writable_mask=1),
        "CHANNELS": Register(0x528, writable_mask=0b11),
        "CLKCONFIG": Register(0x52C),
        "RXD_PTR": Register(0x538),
        "TXD_PTR": Register(0x540),
        "RXTXD_MAXCNT": Register(0x550, writable_mask=0x3FFF),
        **{f"PSEL_{index}": Register(0x560 + 4 * index, _DISCONNECTED) for index in range(5)},
    }

    def _samples_per_word(self) -> int:
        return {0: 4, 1: 2}.get(self.values["SWIDTH"], 1)  # 8, 16, 24 bits

    def begin(self) -> None:
        """Take the next buffer."""
        divider = _I2S_DIVIDERS.get(self.values["MCKFREQ"])
        clock_hz = (
            Fraction(_SOURCE_HZ, divider)
            if divider
            else Fraction(self.values["MCKFREQ"] * _SOURCE_HZ, 1 << 32) or Fraction(1)
        )
        ratio = _I2S_RATIOS[min(self.values["RATIO"], len(_I2S_RATIOS) - 1)]
        samples_per_frame = 1 if self.values["CHANNELS"] else 2
        self._count = self.values["RXTXD_MAXCNT"] * self._samples_per_word()
        duration_s = max(1, self._count) / (clock_hz / ratio * samples_per_frame)
        self.begin_buffer(self.values["RXD_PTR"], duration_s)
        if self.values["RXEN"]:
            self.fire("RXPTRUPD")
        if self.values["TXEN"]:
            self.fire("TXPTRUPD")

    def _filled(self) -> None:
        if self.values["RXEN"]:
            self.take_samples(self._count, 4 // self._samples_per_word())
        self.begin()
