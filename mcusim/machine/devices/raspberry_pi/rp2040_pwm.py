"""PWM slices of RP2040 (datasheet section 4.5) and RP2350: the counter and its wrap interrupt and DMA request.

Not modelled: the output pins, counting edges of an input (DIVMODE other than 0: the counter stands, with a warning),
PH_RET and PH_ADV. A slice whose wrap neither interrupts nor requests costs nothing.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register, command
from mcusim.machine.devices.ticks import Alarm, TickCounter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_SLICE_BYTES = 0x14
_PARTS = {"CSR": (0x0, 0, 0x3F), "DIV": (0x4, 1 << 4, 0xFFF), "CTR": (0x8, 0, 0), "CC": (0xC, 0, 0xFFFF_FFFF)}
_EN, _PHASE_CORRECT, _MODE_MASK = 1 << 0, 1 << 1, 0b11 << 4


class Rp2040Pwm(Rp2040Device):
    """Slices count clk_sys / DIV up to TOP."""

    SLICES_COUNT: ClassVar[int] = 8
    LINES: ClassVar[tuple[str, ...]] = ("",)
    """Prefixes of the interrupt registers, one for each interrupt from the spec's number on."""

    # Offsets and bits: pico-sdk 2.2, hardware/regs/pwm.h of both chips.
    def register_table(self) -> Mapping[str, Register]:
        """The slices, then what they share."""
        table: dict[str, Register] = {}
        mask = (1 << self.SLICES_COUNT) - 1
        for index in range(self.SLICES_COUNT):
            base = _SLICE_BYTES * index
            for part, (offset, reset, writable) in _PARTS.items():
                table[f"CH{index}_{part}"] = Register(base + offset, reset, writable)
            table[f"CH{index}_TOP"] = Register(base + 0x10, 0xFFFF, writable_mask=0xFFFF)
        shared = _SLICE_BYTES * self.SLICES_COUNT
        table["EN"] = Register(shared, writable_mask=0)
        table["INTR"] = Register(shared + 4, writable_mask=0, one_clears_mask=mask)
        for number, line in enumerate(self.LINES):
            base = shared + 8 + 12 * number
            table[f"{line}INTE"] = Register(base, writable_mask=mask)
            table[f"{line}INTF"] = Register(base + 4, writable_mask=mask)
            table[f"{line}INTS"] = command(base + 8)
        return table

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._counters = [TickCounter(host) for _ in range(self.SLICES_COUNT)]
        self._alarms = [Alarm(host, self._wrapper(index)) for index in range(self.SLICES_COUNT)]
        host.clock_net.listen(self._follow_clock)

    def _wrapper(self, index: int) -> Callable[[], None]:
        return lambda: self._wrapped(index)

    def reset(self) -> None:
        """All slices off."""
        super().reset()
        for counter in self._counters:
            counter.set_count(0)
        self._follow_clock()
        self._update_irqs()

    def load(self, name: str) -> int:
        """CTR as of this cycle."""
        if name.endswith("_CTR"):
            return self._shown_count(int(name[2:].split("_", 1)[0]))
        if name == "EN":
            return sum(
                1 << index for index in range(self.SLICES_COUNT) if self.values[f"CH{index}_CSR"] & _EN
            )
        if name.endswith("INTS"):
            return self._interrupts(name.removesuffix("INTS"))
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Any of a slice's registers moves its next wrap."""
        if name == "EN":
            for index in range(self.SLICES_COUNT):
                self.set_bits(f"CH{index}_CSR", _EN, bool(written >> index & 1))
                self._run(index)
        elif name.startswith("CH"):
            index = int(name[2:].split("_", 1)[0])
            if name.endswith("_CTR"):
                self._counters[index].set_count(written & 0xFFFF)
            self._run(index)
        self._update_irqs()

    def _period_ticks(self, index: int) -> int:
        top = self.values[f"CH{index}_TOP"]
        return max(1, 2 * top) if self.values[f"CH{index}_CSR"] & _PHASE_CORRECT else top + 1

    def _shown_count(self, index: int) -> int:
        ticks, period = self._counters[index].count, self._period_ticks(index)
        ticks %= period
        if self.values[f"CH{index}_CSR"] & _PHASE_CORRECT and ticks > period // 2:
            return period - ticks
        return ticks & 0xFFFF

    def _follow_clock(self) -> None:
        for index in range(self.SLICES_COUNT):
            self._run(index)

    def _run(self, index: int) -> None:
        control = self.values[f"CH{index}_CSR"]
        divider = Fraction(self.values[f"CH{index}_DIV"], 16) or 256
        counter = self._counters[index]
        if control & _EN and control & _MODE_MASK:
            self.host.warn(f"{self.spec.name}: slice {index} counts an input pin, which is not modelled")
        is_counting = control & _EN and not control & _MODE_MASK
        counter.run_at(Fraction(self.host.clock_net.clock_hz("clk_sys")) / divider if is_counting else 0)
        if counter.is_running:
            period = self._period_ticks(index)
            self._alarms[index].set(counter.reached_cycles((counter.count // period + 1) * period))
        else:
            self._alarms[index].cancel()

    def _wrapped(self, index: int) -> None:
        counter, period = self._counters[index], self._period_ticks(index)
        counter.subtract(counter.count // period * period)
        self.set_bits("INTR", 1 << index, True)
        line = f"PWM_WRAP{index}"
        self.host.dma_net.set_request(line, True)  # one transfer for each wrap
        self.host.dma_net.set_request(line, False)
        self._run(index)
        self._update_irqs()

    def _interrupts(self, line: str) -> int:
        return self.values["INTR"] & self.values[f"{line}INTE"] | self.values[f"{line}INTF"]

    def _update_irqs(self) -> None:
        for number, line in enumerate(self.LINES):
            self.drive_irq(self.spec.irq_number + number, bool(self._interrupts(line)))


class Rp2350Pwm(Rp2040Pwm):
    """Twelve slices and two interrupts."""

    SLICES_COUNT: ClassVar[int] = 12
    LINES: ClassVar[tuple[str, ...]] = ("IRQ0_", "IRQ1_")
