"""Linked-list DMA of the STM32U5, U3 and H5: GPDMA and LPDMA (RM0456, GPDMA; CMSIS stm32u575xx.h).

Not modelled: triggers, two-dimensional addressing (CTR3, CBR2 remembered), sign extension, byte exchange, security
and privilege, suspension in the middle of a block. How transfers take time: stm32_dma_mover.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.register_device import Register, RegisterDevice, read_only
from mcusim.machine.devices.stm32.stm32_dma_mover import Block, Mover, Side, lines_of, numbers_of, signals_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_EN, _RESET, _SUSP = 1 << 0, 1 << 1, 1 << 2
_IDLEF, _TCF, _HTF, _DTEF, _SUSPF = 1 << 0, 1 << 8, 1 << 9, 1 << 10, 1 << 13
_FLAGS_MASK = 0x7F00
_SINC, _PAM_SHIFT, _PACKED, _DINC = 1 << 3, 11, 0b10, 1 << 19
_SWREQ, _TCEM_SHIFT, _LAST_ITEM = 1 << 9, 30, 0b11
_BNDT_MASK, _NEXT_MASK = 0xFFFF, 0xFFFC
# The registers that a linked-list item holds, in its order, and the bits of LLR that say that it does.
_LINKED = (
    ("TR1", 1 << 31),
    ("TR2", 1 << 30),
    ("BR1", 1 << 29),
    ("SAR", 1 << 28),
    ("DAR", 1 << 27),
    ("TR3", 1 << 26),
    ("BR2", 1 << 25),
    ("LLR", 1 << 16),
)
_OFFSETS = {
    "LBAR": 0x50,
    "FCR": 0x5C,
    "SR": 0x60,
    "CR": 0x64,
    "TR1": 0x90,
    "TR2": 0x94,
    "BR1": 0x98,
    "SAR": 0x9C,
    "DAR": 0xA0,
    "TR3": 0xA4,
    "BR2": 0xA8,
    "LLR": 0xCC,
}
_SPECIAL = {"SR": (_IDLEF, 0), "FCR": (0, 0), "CR": (0, 0x00C3_7F04 | _EN | _RESET)}


class Stm32Gpdma(RegisterDevice):
    """Options: `channels`, `irqs` (one number per channel), `requests` ("0=ADC1 24=USART1_RX")."""

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._count = self.int_option("channels", 16)
        self._irqs = numbers_of(self.text_option("irqs", ""))
        self._signals = signals_of(self.text_option("requests", ""))
        self._movers = [Mover(host, lambda n=n: self._moved(n)) for n in range(self._count)]  # type: ignore[misc]
        for line in lines_of(self._signals):
            host.dma_net.listen(line, lambda line=line: self._serve(line))  # type: ignore[misc]

    def register_table(self) -> Mapping[str, Register]:
        """As many channels as the option says."""
        table = {
            "SECCFGR": Register(0x00),
            "PRIVCFGR": Register(0x04),
            "RCFGLOCKR": Register(0x08),
            "MISR": read_only(0x0C),
            "SMISR": read_only(0x10),
        }
        for n in range(self.int_option("channels", 16)):
            for name, offset in _OFFSETS.items():
                reset_value, writable_mask = _SPECIAL.get(name, (0, 0xFFFF_FFFF))
                table[f"{name}.{n}"] = Register(offset + 0x80 * n, reset_value, writable_mask=writable_mask)
        return table

    def reset(self) -> None:
        """All channels idle."""
        super().reset()
        for mover in self._movers:
            mover.stop()
        self._update_irqs()

    def load(self, name: str) -> int:
        """BR1 counts down and the addresses move."""
        register, _, channel = name.partition(".")
        if name == "MISR":
            return sum(bool(self._interrupts(n)) << n for n in range(self._count))
        block = self._movers[int(channel)].block if channel else None
        if block is None or register not in ("BR1", "SAR", "DAR"):
            return super().load(name)
        if register == "BR1":
            return self.values[name] & ~_BNDT_MASK | block.left_count * block.source.item_bytes
        return block.source.addr if register == "SAR" else block.target.addr

    def after_write(self, name: str, written: int) -> None:
        """Start, reset, suspend, clear flags."""
        register, _, channel = name.partition(".")
        if register == "FCR":
            self.values[f"SR.{channel}"] &= ~(written & _FLAGS_MASK)
        elif register == "CR":
            self._control(int(channel), written)
        self._update_irqs()

    def _control(self, n: int, written: int) -> None:
        name = f"CR.{n}"
        if written & _RESET:
            self._movers[n].stop()
            self.values[name] &= ~(_EN | _RESET | _SUSP)
            self.values[f"SR.{n}"] = _IDLEF
        elif written & _SUSP:
            self.values[f"SR.{n}"] |= _SUSPF | _IDLEF
            self._keep_progress(n)
        elif written & _EN and self._movers[n].block is None:
            self.values[f"SR.{n}"] &= ~_IDLEF
            self._begin(n)

    def _keep_progress(self, n: int) -> None:
        for register in ("BR1", "SAR", "DAR"):
            self.values[f"{register}.{n}"] = self.load(f"{register}.{n}")
        self._movers[n].stop()

    def _begin(self, n: int) -> None:
        """Begin the block in the registers; without one, fetch the next item of the list; without that, end."""
        while not self.values[f"BR1.{n}"] & _BNDT_MASK:
            if not self._fetch(n):
                self._end(n)
                return
        first, size_bytes = self.values[f"TR1.{n}"], self.values[f"BR1.{n}"] & _BNDT_MASK
        s_bytes, d_bytes = 1 << (first & 0b11), 1 << (first >> 16 & 0b11)
        source = Side(self.values[f"SAR.{n}"], s_bytes, s_bytes if first & _SINC else 0)
        target = Side(self.values[f"DAR.{n}"], d_bytes, d_bytes if first & _DINC else 0)
        is_packed = bool(first >> _PAM_SHIFT & _PACKED)
        block = Block(source, target, max(1, size_bytes // s_bytes), is_packed=is_packed)
        self._movers[n].start(block, self._line_of(n))

    def _fetch(self, n: int) -> bool:
        """Load the next item of the list; false at its end."""
        link = self.values[f"LLR.{n}"]
        if not link & _NEXT_MASK and not any(link & mask for _, mask in _LINKED):
            return False
        addr = self.values[f"LBAR.{n}"] & 0xFFFF_0000 | link & _NEXT_MASK
        self.values[f"LLR.{n}"] = 0  # unless the item brings another link
        for register, mask in _LINKED:
            if link & mask:
                self.values[f"{register}.{n}"] = self.host.read_bus(addr, 4)
                addr += 4
        return True

    def _line_of(self, n: int) -> str:
        second = self.values[f"TR2.{n}"]
        if second & _SWREQ:
            return ""
        line = self._signals.get(str(second & 0x7F), "")
        if not line:
            self.host.warn(f"{self.spec.name}: channel {n} waits for a request that nothing here makes")
        return line or "nothing"

    def _serve(self, line: str) -> None:
        for mover in self._movers:
            if mover.block is not None and line in mover.line.split(","):
                mover.serve()

    def _moved(self, n: int) -> None:
        block = self._movers[n].block
        assert block is not None
        if block.passes_half():
            self.values[f"SR.{n}"] |= _HTF
        if block.is_done:
            self._end_block(n)
        self._update_irqs()

    def _end_block(self, n: int) -> None:
        is_last = not any(self.values[f"LLR.{n}"] & mask for _, mask in _LINKED)
        if is_last or self.values[f"TR2.{n}"] >> _TCEM_SHIFT != _LAST_ITEM:
            self.values[f"SR.{n}"] |= _TCF
        self._keep_progress(n)
        if is_last:
            self._end(n)
        else:
            self._fetch(n)
            self._begin(n)

    def _end(self, n: int) -> None:
        self._movers[n].stop()
        self.values[f"CR.{n}"] &= ~_EN
        self.values[f"SR.{n}"] |= _IDLEF

    def _interrupts(self, n: int) -> int:
        return self.values[f"SR.{n}"] & self.values[f"CR.{n}"] & _FLAGS_MASK

    def _update_irqs(self) -> None:
        for n, irq_number in enumerate(self._irqs):
            self.drive_irq(irq_number, bool(self._interrupts(n)))
