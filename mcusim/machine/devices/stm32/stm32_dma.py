"""Direct memory access by channels: DMA of the STM32F0, F1, F3, L0, L1, L4, G0 and G4, BDMA of the H7.

RM0367 rev 7, chapter 11 (steps of a transfer, register contents); offsets and bits: CMSIS stm32l476xx.h and
stm32h743xx.h. How transfers take time: stm32_dma_mover.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only
from mcusim.machine.devices.stm32.stm32_dma_mover import Block, Mover, Side, lines_of, numbers_of, signals_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_EN, _DIR, _CIRC, _PINC, _MINC = 1 << 0, 1 << 4, 1 << 5, 1 << 6, 1 << 7
_MEM2MEM, _DBM, _CT = 1 << 14, 1 << 15, 1 << 16
_GIF, _TCIF, _HTIF = 1 << 0, 1 << 1, 1 << 2
_ENABLES_MASK = 0b1110  # TCIE, HTIE, TEIE of CCR are where TCIF, HTIF, TEIF of ISR are


class Stm32Dma(RegisterDevice):
    """Options: `channels`, `irqs` (one number per channel), and where requests come from.

    That is `mux` with `mux_first` (the request multiplexer and its first output for this controller), or `requests`
    with "channel=SIGNAL" or, where CSELR chooses, "channel:select=SIGNAL".
    """

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._count = self.int_option("channels", 7)
        self._irqs = numbers_of(self.text_option("irqs", ""))
        self._signals = signals_of(self.text_option("requests", ""))
        self._movers = [Mover(host, lambda n=n: self._moved(n)) for n in range(self._count)]  # type: ignore[misc]
        mux, first = self.text_option("mux", ""), self.int_option("mux_first", 0)
        self._mux_lines = [f"{mux}.{first + n}" for n in range(self._count)] if mux else []
        for line in {*self._mux_lines, *lines_of(self._signals)}:
            host.dma_net.listen(line, lambda line=line: self._serve(line))  # type: ignore[misc]

    def register_table(self) -> Mapping[str, Register]:
        """As many channels as the option says."""
        table = {"ISR": read_only(0x00), "IFCR": command(0x04), "CSELR": Register(0xA8)}
        for n in range(self.int_option("channels", 7)):
            base = 0x08 + 20 * n
            table[f"CCR{n + 1}"] = Register(base, writable_mask=0x0001_FFFF)
            table[f"CNDTR{n + 1}"] = Register(base + 4, writable_mask=0x0000_FFFF)
            table[f"CPAR{n + 1}"] = Register(base + 8)
            table[f"CMAR{n + 1}"] = Register(base + 12)
            table[f"CM1AR{n + 1}"] = Register(base + 16)
        return table

    def reset(self) -> None:
        """All channels off."""
        super().reset()
        for mover in self._movers:
            mover.stop()
        self._update_irqs()

    def load(self, name: str) -> int:
        """CNDTR counts down, CCR says which buffer is in use."""
        if name.startswith("CNDTR"):
            block = self._movers[int(name[5:]) - 1].block
            return self.values[name] if block is None else block.left_count
        return super().load(name)

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """Registers of a channel are locked while it is enabled, but for its control register."""
        number = name[-1]
        if name[:3] in ("CND", "CPA", "CMA") and self.values[f"CCR{number}"] & _EN:
            return
        was_on = name.startswith("CCR") and self.values[name] & _EN
        super().store(name, written, lanes_mask)
        if name.startswith("CCR"):
            self._switch(int(number) - 1, was_on=bool(was_on))

    def after_write(self, name: str, written: int) -> None:
        """IFCR clears flags; CGIF clears all four of its channel."""
        if name == "IFCR":
            for shift in range(0, 4 * self._count, 4):
                if written >> shift & _GIF:
                    written |= 0xF << shift
            self.values["ISR"] &= ~written
            for shift in range(0, 4 * self._count, 4):
                if not self.values["ISR"] >> shift & 0b1110:
                    self.values["ISR"] &= ~(_GIF << shift)
        self._update_irqs()

    def _switch(self, n: int, *, was_on: bool) -> None:
        control, mover = self.values[f"CCR{n + 1}"], self._movers[n]
        if control & _EN and not was_on:
            self._start(n)
        elif was_on and not control & _EN:
            if mover.block is not None:
                self.values[f"CNDTR{n + 1}"] = mover.block.left_count
            mover.stop()
        self._update_irqs()

    def _start(self, n: int) -> None:
        control, beats_count = self.values[f"CCR{n + 1}"], self.values[f"CNDTR{n + 1}"]
        if not beats_count:
            return
        p_bytes, m_bytes = 1 << (control >> 8 & 0b11), 1 << (control >> 10 & 0b11)
        peripheral = Side(self.values[f"CPAR{n + 1}"], p_bytes, p_bytes if control & _PINC else 0)
        is_second = control & _DBM and control & _CT
        buffer = "CM1AR" if is_second else "CMAR"
        memory = Side(self.values[f"{buffer}{n + 1}"], m_bytes, m_bytes if control & _MINC else 0)
        source, target = (memory, peripheral) if control & _DIR else (peripheral, memory)
        line = "" if control & _MEM2MEM else self._line_of(n)
        self._movers[n].start(Block(source, target, beats_count), line)

    def _line_of(self, n: int) -> str:
        """The request line of a channel; a name that nobody drives where the chip has none."""
        if self._mux_lines:
            return self._mux_lines[n]
        selected = self.values["CSELR"] >> 4 * n & 0xF
        for key in (f"{n + 1}:{selected}", f"{n + 1}"):
            if key in self._signals:
                return self._signals[key]
        self.host.warn(f"{self.spec.name}: channel {n + 1} waits for a request that nothing here makes")
        return "nothing"

    def _serve(self, line: str) -> None:
        for mover in self._movers:
            if mover.block is not None and line in mover.line.split(","):
                mover.serve()

    def _moved(self, n: int) -> None:
        block = self._movers[n].block
        assert block is not None
        flags = (_HTIF if block.passes_half() else 0) | (_TCIF if block.is_done else 0)
        before = self.values["ISR"] >> 4 * n
        if flags:
            self.values["ISR"] |= (flags | _GIF) << 4 * n
        if block.is_done:
            self._end_block(n)
        if flags & ~before:
            self._update_irqs()

    def _end_block(self, n: int) -> None:
        control = self.values[f"CCR{n + 1}"]
        if not control & _CIRC:
            self._movers[n].stop()
            self.values[f"CNDTR{n + 1}"] = 0
            return
        if control & _DBM:
            self.values[f"CCR{n + 1}"] ^= _CT
        self._start(n)

    def _update_irqs(self) -> None:
        levels: dict[int, bool] = {}
        for n, irq_number in enumerate(self._irqs):
            flags = self.values["ISR"] >> 4 * n & self.values[f"CCR{n + 1}"] & _ENABLES_MASK
            levels[irq_number] = levels.get(irq_number, False) or bool(flags)
        for irq_number, is_asserted in levels.items():
            self.drive_irq(irq_number, is_asserted)
