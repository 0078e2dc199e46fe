"""PWM of the nRF52 and nRF53 (nRF52840 PS v1.7, section 6.17): sequences end in time.

Not modelled: what the pins do, and the sequences' contents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.nordic.nrf52_device import INTERRUPT_REGISTERS, Nrf52Device, events, tasks
from mcusim.machine.devices.register_device import Register
from mcusim.machine.devices.ticks import Alarm

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_BASE_CLOCK_HZ = 16_000_000
_VALUES_PER_STEP = (1, 2, 4, 4)  # DECODER.LOAD: common, grouped, individual, waveform
_DISCONNECTED = 0xFFFF_FFFF
_EVENTS = {
    "STOPPED": 0x104, "SEQSTARTED0": 0x108, "SEQSTARTED1": 0x10C, "SEQEND0": 0x110, "SEQEND1": 0x114,
    "PWMPERIODEND": 0x118, "LOOPSDONE": 0x11C,
}  # fmt: skip


class Nrf52Pwm(Nrf52Device):
    """A sequence of CNT values, each for REFRESH + 1 periods; LOOP plays sequences 0 and 1 in turn."""

    SHORTS: ClassVar[dict[int, tuple[str, str]]] = {
        0: ("SEQEND0", "STOP"),
        1: ("SEQEND1", "STOP"),
        2: ("LOOPSDONE", "SEQSTART0"),
        3: ("LOOPSDONE", "SEQSTART1"),
        4: ("LOOPSDONE", "STOP"),
    }
    # Offsets, shortcuts and reset values: Nordic's SVD file of the nRF52840.
    REGISTERS: ClassVar[dict[str, Register]] = {
        **tasks({"STOP": 0x004, "SEQSTART0": 0x008, "SEQSTART1": 0x00C, "NEXTSTEP": 0x010}),
        **events(_EVENTS),
        **INTERRUPT_REGISTERS,
        "SHORTS": Register(0x200),
        "ENABLE": Register(0x500, writable_mask=1),
        "MODE": Register(0x504, writable_mask=1),
        "COUNTERTOP": Register(0x508, 0x3FF, writable_mask=0x7FFF),
        "PRESCALER": Register(0x50C, writable_mask=0b111),
        "DECODER": Register(0x510, writable_mask=0x103),
        "LOOP": Register(0x514, writable_mask=0xFFFF),
        **{
            f"SEQ{index}_{name}": Register(0x520 + 0x20 * index + offset, 1 if name == "REFRESH" else 0)
            for index in range(2)
            for name, offset in (("PTR", 0), ("CNT", 4), ("REFRESH", 8), ("ENDDELAY", 12))
        },
        **{f"PSEL_OUT{index}": Register(0x560 + 4 * index, _DISCONNECTED) for index in range(4)},
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._alarm = Alarm(host, self._ended)
        self._sequence = 0
        self._loops_left = 0

    def reset(self) -> None:
        """Stopped."""
        super().reset()
        self._alarm.cancel()

    def run_task(self, task: str) -> None:
        """Start a sequence, or stop."""
        if task == "STOP":
            self._alarm.cancel()
            self.fire("STOPPED")
        elif task.startswith("SEQSTART") and self.values["ENABLE"]:
            self._loops_left = self.values["LOOP"]
            self._start(int(task[-1]))

    def _start(self, sequence: int) -> None:
        self._sequence = sequence
        steps = self.values[f"SEQ{sequence}_CNT"] // _VALUES_PER_STEP[self.values["DECODER"] & 0b11]
        periods = max(1, steps) * (1 + self.values[f"SEQ{sequence}_REFRESH"] & 0xFF_FFFF)
        periods += self.values[f"SEQ{sequence}_ENDDELAY"]
        ticks = (
            periods * max(1, self.values["COUNTERTOP"]) * (1 + self.values["MODE"])
            << self.values["PRESCALER"]
        )
        self._alarm.set(self.host.now_cycles + max(1, ticks * self.host.core_clock_hz // _BASE_CLOCK_HZ))
        self.fire(f"SEQSTARTED{sequence}")

    def _ended(self) -> None:
        self.fire("PWMPERIODEND")
        self.fire(f"SEQEND{self._sequence}")
        if not self._loops_left:
            return
        if self._sequence == 1:
            self._loops_left -= 1
            if not self._loops_left:
                self.fire("LOOPSDONE")
                return
        self._start(1 - self._sequence)
