"""CTIMER of the Apollo3: eight counters of two halves each, and the system timer STIMER.

Offsets, fields and clock selections: Ambiq's SVD file of the Apollo3. Not modelled: pins, patterns, triggers between
timers, captures; a compare counts through to its value and starts over with the next tick: assumed.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.ambiq.apollo3_device import Apollo3Device, interrupt_registers
from mcusim.machine.devices.register_device import Register
from mcusim.machine.devices.ticks import Alarm, TickCounter

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_TIMERS_COUNT, _STRIDE_BYTES = 8, 0x20
_HFRC_HZ, _XT_HZ, _LFRC_HZ = 48_000_000, 32_768, 1024
_ENABLE, _CLEAR, _INTERRUPT_0, _INTERRUPT_1, _LINK = 1 << 0, 1 << 11, 1 << 9, 1 << 10, 1 << 31
_SINGLE, _REPEATED, _PULSE_ONCE, _PULSE_CONTINUOUS, _CONTINUOUS = 0, 1, 2, 3, 6
_FREEZE, _STIMER_CLEAR = 1 << 31, 1 << 30
_COMPARES_COUNT = 8
_OVERFLOW = 1 << 8  # STMINTSTAT
_WORD_MASK = 0xFFFF_FFFF


def _selected_hz(selection: int, core_clock_hz: int) -> Fraction:
    """TMRxCLK; 0 for pins and other timers."""
    hfrc_dividers = {1: 4, 2: 16, 3: 256, 4: 1024, 5: 4096}
    xt_dividers = {6: 1, 7: 2, 8: 16, 9: 128, 16: 4, 17: 8, 18: 32}
    lfrc_dividers = {10: 2, 11: 32, 12: 1024, 13: 16384}
    for source_hz, dividers in (
        (_HFRC_HZ, hfrc_dividers),
        (_XT_HZ, xt_dividers),
        (_LFRC_HZ, lfrc_dividers),
        (100, {14: 1}),
        (core_clock_hz, {15: 4}),
    ):
        if selection in dividers:
            return Fraction(source_hz, dividers[selection])
    return Fraction(0)


class _Half:
    """Counter A or B of a timer; A counts 32 bits when the two are linked."""

    def __init__(self, device: Apollo3Ctimer, index: int, letter: str) -> None:
        self.device, self.index, self.letter = device, index, letter
        self.shift = 16 if letter == "B" else 0
        self.counter = TickCounter(device.host)
        self.alarm = Alarm(device.host, self.catch_up)
        self.is_done = False
        self.seen_count = 0

    def control(self) -> int:
        return self.device.values[f"CTRL{self.index}"] >> self.shift & 0x1FFF

    def is_linked(self) -> bool:
        return bool(self.device.values[f"CTRL{self.index}"] & _LINK)

    def compare(self, number: int) -> int:
        values = self.device.values
        word = values[f"CMPR{self.letter}{self.index}"] >> 16 * number & 0xFFFF
        if self.is_linked() and self.letter == "A":
            word |= (values[f"CMPRB{self.index}"] >> 16 * number & 0xFFFF) << 16
        return word

    def count(self) -> int:
        self.catch_up()
        return self.counter.count & self._mask()

    def _mask(self) -> int:
        return _WORD_MASK if self.is_linked() else 0xFFFF

    def reset(self) -> None:
        self.counter.run_at(0)
        self.counter.set_count(0)
        self.alarm.cancel()
        self.is_done, self.seen_count = False, 0

    def configure(self) -> None:
        """After a write to CTRL or a compare."""
        control = self.control()
        if control & _CLEAR:
            self.reset()
        is_on = control & _ENABLE and not (self.letter == "B" and self.is_linked())
        clock_hz = _selected_hz(control >> 1 & 0x1F, self.device.host.core_clock_hz)
        is_enabled = self.device.values["GLOBEN"] >> (2 * self.index + (self.letter == "B")) & 1
        self.counter.run_at(clock_hz if is_on and is_enabled and not self.is_done else 0)
        self.plan()

    def _top(self) -> int:
        """The count after which the counter starts over."""
        function = self.control() >> 6 & 0b111
        if function in (_PULSE_ONCE, _PULSE_CONTINUOUS):
            return self.compare(1)
        return self._mask() if function == _CONTINUOUS else self.compare(0)

    def _events(self) -> list[tuple[int, int]]:
        """(count, compare) of what comes next in this round."""
        events = [
            (self.compare(number), number) for number in (0, 1) if self.control() & (_INTERRUPT_0 << number)
        ]
        return sorted(each for each in events if self.seen_count < each[0] <= self._top())

    def plan(self) -> None:
        if not self.counter.is_running:
            self.alarm.cancel()
            return
        events = self._events()
        if events:
            self.alarm.set(self.counter.reached_cycles(events[0][0]))
        elif self.control() & (_INTERRUPT_0 | _INTERRUPT_1):
            self.alarm.set(self.counter.reached_cycles(self._top() + 1))
        else:
            self.alarm.cancel()

    def catch_up(self) -> None:
        """Compares passed, rounds ended."""
        while self.counter.is_running:
            count = self.counter.count
            for at, number in self._events():
                if at <= count:
                    self.device.compared(self.index, self.letter, number)
                    self.seen_count = at
            if count <= self._top():
                break
            self._wrap()
        self.plan()

    def _wrap(self) -> None:
        self.counter.subtract(self._top() + 1)
        self.seen_count = -1
        if self.control() >> 6 & 0b111 in (_SINGLE, _PULSE_ONCE):
            self.is_done = True
            self.counter.run_at(0)
            self.counter.set_count(0)


class Apollo3Ctimer(Apollo3Device):
    """Option `stimer_irq`: the first of the nine interrupts of STIMER."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        **{
            f"{name}{index}": Register(_STRIDE_BYTES * index + offset)
            for index in range(_TIMERS_COUNT)
            for name, offset in (
                ("TMR", 0), ("CMPRA", 4), ("CMPRB", 8), ("CTRL", 12), ("CMPRAUXA", 20), ("CMPRAUXB", 24), ("AUX", 28),
            )
        },
        "GLOBEN": Register(0x100, 0xFFFF),
        **{f"OUTCFG{index}": Register(0x104 + 4 * index, 0x2492_2292) for index in range(3)},
        "OUTCFG3": Register(0x114, 0x12),
        "INCFG": Register(0x118),
        "STCFG": Register(0x140, _FREEZE),
        "STTMR": Register(0x144, writable_mask=0),
        "CAPTURECONTROL": Register(0x148),
        **{f"SCMPR{index}": Register(0x150 + 4 * index) for index in range(_COMPARES_COUNT)},
        **{f"SCAPT{index}": Register(0x1E0 + 4 * index, writable_mask=0) for index in range(4)},
        **{f"SNVR{index}": Register(0x1F0 + 4 * index) for index in range(4)},
        **interrupt_registers(0x200),
        **interrupt_registers(0x300, "STM"),
    }  # fmt: skip

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._halves = {
            (index, letter): _Half(self, index, letter) for index in range(_TIMERS_COUNT) for letter in "AB"
        }
        self._stimer = TickCounter(host)
        self._stimer_alarm = Alarm(host, self._stimer_reached)
        self._stimer_seen = 0
        host.clock_net.listen(self._clock_changed)

    def reset(self) -> None:
        """Stopped."""
        super().reset()
        for half in self._halves.values():
            half.reset()
        self._stimer.run_at(0)
        self._stimer.set_count(0)
        self._stimer_seen = 0
        self._stimer_alarm.cancel()

    def compared(self, index: int, letter: str, number: int) -> None:
        """CTMRxnCmINT: A0, B0, A1 … of compare 0, then those of compare 1."""
        self.interrupt(1 << (16 * number + 2 * index + (letter == "B")))

    def load(self, name: str) -> int:
        """Counters are live."""
        if name == "STTMR":
            return self._stimer.count & _WORD_MASK
        if name.startswith("TMR"):
            index = int(name.removeprefix("TMR"))
            first = self._halves[index, "A"].count()
            return (
                first
                if self._halves[index, "A"].is_linked()
                else first | self._halves[index, "B"].count() << 16
            )
        if name == "INTSTAT":
            for half in self._halves.values():
                half.catch_up()
        return super().load(name)

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """Let what happened before this write happen first."""
        for half in self._halves.values():
            if half.counter.is_running:
                half.catch_up()
        super().store(name, written, lanes_mask)

    def after_write(self, name: str, written: int) -> None:
        """Configure; a compare of STIMER is written as a distance from now."""
        if name.startswith(("CTRL", "CMPRA", "CMPRB", "GLOBEN")):
            for (index, _), half in self._halves.items():
                if name == "GLOBEN" or name.endswith(str(index)):
                    half.is_done = half.is_done and not name.startswith("CTRL")
                    half.configure()
        elif name == "STCFG":
            self._configure_stimer()
        elif name.startswith("SCMPR"):
            self.values[name] = (self._stimer.count + written) & _WORD_MASK
            self._plan_stimer()
        super().after_write(name, written)

    def update_irq(self) -> None:
        """One line for the counters; STIMER has one for overflow and captures and one for each compare."""
        super().update_irq()
        first_irq = self.int_option("stimer_irq", -1)
        pending = self.values["STMINTSTAT"] & self.values["STMINTEN"]
        if first_irq >= 0:
            self.drive_irq(first_irq, bool(pending >> _COMPARES_COUNT))
            for index in range(_COMPARES_COUNT):
                self.drive_irq(first_irq + 1 + index, bool(pending >> index & 1))

    def _configure_stimer(self) -> None:
        config = self.values["STCFG"]
        if config & _STIMER_CLEAR:
            self._stimer.set_count(0)
            self._stimer_seen = 0
        sources_hz = (0, 3_000_000, 187_500, _XT_HZ, _XT_HZ // 2, _XT_HZ // 32, _LFRC_HZ)
        selection = config & 0xF
        clock_hz = sources_hz[selection] if selection < len(sources_hz) else 0
        self._stimer.run_at(0 if config & (_FREEZE | _STIMER_CLEAR) else clock_hz)
        self._plan_stimer()

    def _stimer_targets(self) -> list[tuple[int, int]]:
        """(unwrapped count, mask of STMINTSTAT), the next first."""
        start = self._stimer_seen + 1
        enabled = [index for index in range(_COMPARES_COUNT) if self.values["STCFG"] >> 8 + index & 1]
        targets = [
            (start + (self.values[f"SCMPR{index}"] - start & _WORD_MASK), 1 << index) for index in enabled
        ]
        return sorted([*targets, (start + (-start & _WORD_MASK), _OVERFLOW)])

    def _plan_stimer(self) -> None:
        self._stimer_seen = max(self._stimer_seen, self._stimer.count)
        if self._stimer.is_running and self.values["STCFG"] >> 8 & 0xFF:
            self._stimer_alarm.set(self._stimer.reached_cycles(self._stimer_targets()[0][0]))
        else:
            self._stimer_alarm.cancel()
        self.host.power_net.arm(f"{self.spec.name}.STIMER", self._stimer_alarm.is_set)

    def _stimer_reached(self) -> None:
        self.host.power_net.count_wake()
        while (target := self._stimer_targets()[0])[0] <= self._stimer.count:
            self._stimer_seen = target[0]
            self.interrupt(target[1], "STM")
        self._plan_stimer()

    def _clock_changed(self) -> None:
        self._stimer.resync()
        self._plan_stimer()
        for half in self._halves.values():
            if half.counter.is_running:
                half.configure()
