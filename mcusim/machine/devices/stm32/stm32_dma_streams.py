"""Direct memory access by streams: DMA1 and DMA2 of the STM32F4, F7 and H7 (RM0090 rev 11, chapter 10).

Items are packed and unpacked as the FIFO does, whose thresholds and error flags are not modelled (the FIFO reads
empty); neither is flow control by the peripheral. How transfers take time: stm32_dma_mover.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only
from mcusim.machine.devices.stm32.stm32_dma_mover import Block, Mover, Side, lines_of, numbers_of, signals_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_STREAMS_COUNT = 8
_EN, _PFCTRL, _CIRC, _PINC, _MINC = 1 << 0, 1 << 5, 1 << 8, 1 << 9, 1 << 10
_PINCOS, _DBM, _CT = 1 << 15, 1 << 18, 1 << 19
_TO_MEMORY, _TO_PERIPHERAL, _MEMORY_TO_MEMORY = 0, 1, 2
_HTIF, _TCIF = 1 << 4, 1 << 5
_FLAGS_SHIFTS = (0, 6, 16, 22)
_ENABLES_SHIFT = 1  # TEIE, HTIE, TCIE of CR lie one bit below TEIF, HTIF, TCIF
_ENABLED_FLAGS_MASK = 0b11_1000
_FCR_RESET, _DMDIS, _FIFO_EMPTY = 0x21, 1 << 2, 0b100 << 3


class Stm32DmaStreams(RegisterDevice):
    """Options: `irqs` (one number per stream), and where requests come from.

    That is `mux` with `mux_first`, or `requests` with "stream:channel=SIGNAL".
    """

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._irqs = numbers_of(self.text_option("irqs", ""))
        self._signals = signals_of(self.text_option("requests", ""))
        self._movers = [Mover(host, lambda n=n: self._moved(n)) for n in range(_STREAMS_COUNT)]  # type: ignore[misc]
        mux, first = self.text_option("mux", ""), self.int_option("mux_first", 0)
        self._mux_lines = [f"{mux}.{first + n}" for n in range(_STREAMS_COUNT)] if mux else []
        for line in {*self._mux_lines, *lines_of(self._signals)}:
            host.dma_net.listen(line, lambda line=line: self._serve(line))  # type: ignore[misc]

    def register_table(self) -> Mapping[str, Register]:
        """Eight streams."""
        table = {
            "LISR": read_only(0x00),
            "HISR": read_only(0x04),
            "LIFCR": command(0x08),
            "HIFCR": command(0x0C),
        }
        for n in range(_STREAMS_COUNT):
            base = 0x10 + 0x18 * n
            table[f"S{n}CR"] = Register(base, writable_mask=0x0FFF_FFFF)
            table[f"S{n}NDTR"] = Register(base + 0x04, writable_mask=0xFFFF)
            table[f"S{n}PAR"] = Register(base + 0x08)
            table[f"S{n}M0AR"] = Register(base + 0x0C)
            table[f"S{n}M1AR"] = Register(base + 0x10)
            table[f"S{n}FCR"] = Register(base + 0x14, _FCR_RESET, writable_mask=0x87)
        return table

    def reset(self) -> None:
        """All streams off."""
        super().reset()
        for mover in self._movers:
            mover.stop()
        self._update_irqs()

    def load(self, name: str) -> int:
        """NDTR counts down, the FIFO is empty."""
        if name.endswith("NDTR"):
            block = self._movers[int(name[1])].block
            return self.values[name] if block is None else block.left_count
        if name.endswith("FCR") and name.startswith("S"):
            return self.values[name] & 0x87 | _FIFO_EMPTY
        return super().load(name)

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """Addresses and counts are locked while their stream is enabled, but for the buffer that is not in use."""
        if name.startswith("S") and not name.endswith("CR") and self._is_locked(name):
            return
        is_control = name.startswith("S") and name.endswith("CR") and not name.endswith("FCR")
        was_on = bool(is_control and self.values[name] & _EN)
        super().store(name, written, lanes_mask)
        if is_control:
            self._switch(int(name[1]), was_on=was_on)

    def after_write(self, name: str, written: int) -> None:
        """LIFCR and HIFCR clear flags."""
        if name in ("LIFCR", "HIFCR"):
            self.values[f"{name[0]}ISR"] &= ~written
        self._update_irqs()

    def _is_locked(self, name: str) -> bool:
        control = self.values[f"S{name[1]}CR"]
        if control & _DBM and name[2:] in ("M0AR", "M1AR"):
            return bool(control & _EN) and (name[2:] == "M1AR") == bool(control & _CT)
        return bool(control & _EN)

    def _switch(self, n: int, *, was_on: bool) -> None:
        control, mover = self.values[f"S{n}CR"], self._movers[n]
        if control & _EN and not was_on:
            self._start(n)
        elif was_on and not control & _EN:
            if mover.block is not None:
                self.values[f"S{n}NDTR"] = mover.block.left_count
                self._raise(n, _TCIF)  # switching off a running stream raises it (RM0090 10.3.14)
            mover.stop()

    def _start(self, n: int) -> None:
        control, beats_count = self.values[f"S{n}CR"], self.values[f"S{n}NDTR"]
        if control & _PFCTRL:
            self.host.warn(
                f"{self.spec.name}: flow control by the peripheral is not modelled; it was asked for"
            )
        if not beats_count:
            return
        direction = control >> 6 & 0b11
        is_direct = not self.values[f"S{n}FCR"] & _DMDIS and direction != _MEMORY_TO_MEMORY
        p_bytes, m_bytes = 1 << (control >> 11 & 0b11), 1 << (control >> 13 & 0b11)
        m_bytes = p_bytes if is_direct else m_bytes
        p_step = 4 if control & _PINCOS else p_bytes
        peripheral = Side(self.values[f"S{n}PAR"], p_bytes, p_step if control & _PINC else 0)
        is_second = control & _DBM and control & _CT
        start_addr = self.values[f"S{n}M1AR" if is_second else f"S{n}M0AR"]
        memory = Side(start_addr, m_bytes, m_bytes if control & _MINC else 0)
        line = "" if direction == _MEMORY_TO_MEMORY else self._line_of(n)
        self._movers[n].start(self._block(direction, peripheral, memory, beats_count), line)

    def _block(self, direction: int, peripheral: Side, memory: Side, beats_count: int) -> Block:
        """NDTR counts items of the peripheral's size; what is read from memory is read in that size, too."""
        if direction != _TO_PERIPHERAL:
            return Block(peripheral, memory, beats_count, is_packed=True)
        if memory.item_bytes != peripheral.item_bytes:
            memory.step_bytes = peripheral.item_bytes if memory.step_bytes else 0
            memory.item_bytes = peripheral.item_bytes
        return Block(memory, peripheral, beats_count)

    def _line_of(self, n: int) -> str:
        if self._mux_lines:
            return self._mux_lines[n]
        selected = self.values[f"S{n}CR"] >> 25 & 0xF
        line = self._signals.get(f"{n}:{selected}", "")
        if not line:
            self.host.warn(f"{self.spec.name}: stream {n} waits for a request that nothing here makes")
        return line or "nothing"

    def _serve(self, line: str) -> None:
        for mover in self._movers:
            if mover.block is not None and line in mover.line.split(","):
                mover.serve()

    def _moved(self, n: int) -> None:
        block = self._movers[n].block
        assert block is not None
        flags = (_HTIF if block.passes_half() else 0) | (_TCIF if block.is_done else 0)
        if block.is_done:
            self._end_block(n)
        if flags:
            self._raise(n, flags)

    def _end_block(self, n: int) -> None:
        control = self.values[f"S{n}CR"]
        if control & (_CIRC | _DBM):
            if control & _DBM:
                self.values[f"S{n}CR"] ^= _CT
            self._start(n)
            return
        self._movers[n].stop()
        self.values[f"S{n}NDTR"] = 0
        self.values[f"S{n}CR"] &= ~_EN

    def _raise(self, n: int, flags: int) -> None:
        self.values["LISR" if n < 4 else "HISR"] |= flags << _FLAGS_SHIFTS[n % 4]
        self._update_irqs()

    def _update_irqs(self) -> None:
        for n, irq_number in enumerate(self._irqs):
            flags = self.values["LISR" if n < 4 else "HISR"] >> _FLAGS_SHIFTS[n % 4] & _ENABLED_FLAGS_MASK
            self.drive_irq(irq_number, bool(flags & self.values[f"S{n}CR"] << _ENABLES_SHIFT))
