"""DMA of the RA6M4: the DTC, whose descriptors are in RAM, one per interrupt line, and the channels of the DMAC.

Registers: R7FA6M4AF.h; descriptors: transfer_info_t in r_transfer_api.h; vectors: r_dtc.c of FSP 6.
Not modelled: transfer times and bus contention, offsets, repeat-block mode, extended repeat areas, sequences.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.packed_device import PackedDevice
from mcusim.machine.devices.register_device import Register, RegisterDevice
from mcusim.machine.devices.renesas.ra_icu import pulse, raise_event

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_LINES_COUNT = 96
_NORMAL, _REPEAT, _BLOCK = range(3)
_INCREMENTED, _DECREMENTED = 2, 3
_CHAIN_EACH, _CHAIN_END = 2, 3
_DESCRIPTOR_BYTES = 16


def _step(mode: int, unit_bytes: int) -> int:
    return {_INCREMENTED: unit_bytes, _DECREMENTED: -unit_bytes}.get(mode, 0)


def _move(host: Host, addresses: list[int], steps: tuple[int, int], unit_bytes: int) -> None:
    """One unit; both addresses go on."""
    host.write_bus(addresses[1], unit_bytes, host.read_bus(addresses[0], unit_bytes))
    for side in range(2):
        addresses[side] = addresses[side] + steps[side] & 0xFFFF_FFFF


class RaDtc(RegisterDevice):
    """Serves "RA_DTC_n" by the descriptor of line n, and says "RA_DTC_DONE_n" and "RA_DTC_IRQ_n"."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "DTCCR": Register(0x00),
        "DTCVBR": Register(0x04),
        "DTCADMOD": Register(0x08),
        "DTCST": Register(0x0C, writable_mask=1),
        "DTCCR_SEC": Register(0x10),
        "DTCVBR_SEC": Register(0x14),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._waiting: list[int] = []
        self._is_busy = False
        for n in range(_LINES_COUNT):
            host.dma_net.listen(f"RA_DTC_{n}", partial(self._requested, n))

    def _requested(self, n: int) -> None:
        """A transfer may bring about the next request, which waits for its end."""
        self._waiting.append(n)
        if self._is_busy:
            return
        self._is_busy = True
        while self._waiting:
            self._serve(self._waiting.pop(0))
        self._is_busy = False

    def _serve(self, n: int) -> None:
        if not self.values["DTCST"]:
            return
        base = self.values["DTCVBR_SEC"] or self.values["DTCVBR"]
        addr = self.host.read_bus(base + 4 * n, 4)
        is_done = is_due = False
        while addr:
            is_done, is_due, follows = self._transfer(addr)
            addr = addr + _DESCRIPTOR_BYTES if follows else 0
        if is_done:
            pulse(self.host, f"RA_DTC_DONE_{n}")
            self._waiting = [
                each for each in self._waiting if each != n
            ]  # the interrupt below stands for them
        if is_due:
            pulse(self.host, f"RA_DTC_IRQ_{n}")

    def _transfer(self, addr: int) -> tuple[bool, bool, bool]:
        """One unit or block; whether it was the last, the interrupt is due, and the next descriptor follows."""
        host = self.host
        settings, source, target, counts = (host.read_bus(addr + 4 * n, 4) for n in range(4))
        mode, unit_bytes = settings >> 30, 1 << (settings >> 28 & 0b11)
        steps = _step(settings >> 26 & 0b11, unit_bytes), _step(settings >> 18 & 0b11, unit_bytes)
        blocks, length = counts & 0xFFFF, counts >> 16
        addresses = [source, target]
        repeated = 0 if settings >> 20 & 1 else 1
        start = addresses[repeated]
        for _ in range((length & 0xFF or 256) if mode == _BLOCK else 1):
            _move(host, addresses, steps, unit_bytes)
        if mode == _NORMAL:
            length = length - 1 & 0xFFFF
            is_done = length == 0
        elif mode == _REPEAT:
            left, is_done = (length & 0xFF) - 1 & 0xFF, False
            if not left:  # the address has gone on all through the area
                addresses[repeated] = start - steps[repeated] * ((length >> 8 or 256) - 1) & 0xFFFF_FFFF
            length = length & 0xFF00 | (left or length >> 8)
        else:
            addresses[repeated] = start
            blocks = blocks - 1 & 0xFFFF
            is_done = blocks == 0
        for n, word in ((1, addresses[0]), (2, addresses[1]), (3, blocks | length << 16)):
            host.write_bus(addr + 4 * n, 4, word)
        chain = settings >> 22 & 0b11
        follows = chain == _CHAIN_EACH or (chain == _CHAIN_END and is_done)
        return is_done, is_done or bool(settings >> 21 & 1), follows


_SAR, _DAR, _CRA, _CRB, _TMD, _INT, _AMD = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x13, 0x14
_CNT, _REQ, _STS = 0x1C, 0x1D, 0x1E
_DTE, _SWREQ, _CLRS, _DTIF, _DTIE = 1 << 0, 1 << 0, 1 << 4, 1 << 4, 1 << 4


class RaDmac(PackedDevice):
    """One channel; options: `channel`, `event`."""

    SIZE_BYTES: ClassVar[int] = 0x34

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._requests_count = 0
        host.dma_net.listen(f"RA_DMAC_{self.int_option('channel', 0)}", self._requested)

    def store_byte(self, offset: int, byte: int) -> None:
        """Flags are cleared by zeros."""
        super().store_byte(offset, self.field(offset) & byte if offset == _STS else byte)

    def was_written(self, offset: int, size_bytes: int) -> None:
        """A software request moves one unit or block, all of them unless it clears itself (CLRS = 0)."""
        if offset <= _REQ < offset + size_bytes and self.field(_REQ) & _SWREQ:
            self._transfer()
            while self.field(_REQ) & _CLRS and self.field(_CNT) & _DTE:
                self._transfer()
            self.set_field(_REQ, self.field(_REQ) & ~_SWREQ)

    def _requested(self) -> None:
        if self.field(_TMD) & 0b11 != 1:  # DCTG: by events
            return
        self._requests_count += 1
        if self._requests_count == 1:  # a transfer may bring about the next request, which waits for its end
            while self._requests_count:
                self._transfer()
                self._requests_count -= 1

    def _transfer(self) -> None:
        if not self.field(_CNT) & _DTE:
            return
        settings, modes = self.field(_TMD, 2), self.field(_AMD, 2)
        mode, unit_bytes = settings >> 14, 1 << (settings >> 8 & 0b11)
        steps = _step(modes >> 14, unit_bytes), _step(modes >> 6 & 0b11, unit_bytes)
        addresses = [self.field(_SAR, 4), self.field(_DAR, 4)]
        start, units = list(addresses), self.field(_CRA, 2)
        for _ in range((units or 1024) if mode == _BLOCK else 1):
            _move(self.host, addresses, steps, unit_bytes)
        if (
            mode == _BLOCK and settings >> 12 & 0b11 < _INCREMENTED
        ):  # DTS: 0 the destination repeats, 1 the source
            repeated = 0 if settings >> 12 & 1 else 1
            addresses[repeated] = start[repeated]
        self.set_field(_SAR, addresses[0], 4)
        self.set_field(_DAR, addresses[1], 4)
        self._count(mode, units)

    def _count(self, mode: int, units: int) -> None:
        if mode == _NORMAL:
            self.set_field(_CRA, units - 1, 2)
            is_done = units == 1  # 0 transfers without end
        elif mode == _REPEAT and units > 1:
            self.set_field(_CRA, units - 1, 2)
            is_done = False
        else:
            blocks = self.field(_CRB, 2) - 1 & 0xFFFF
            self.set_field(_CRB, blocks, 2)
            self.set_field(_CRA, self.field(_CRA + 2, 2) if mode == _REPEAT else units, 2)
            is_done = blocks == 0
        if is_done:
            self.set_field(_CNT, 0)
            self.set_field(_STS, self.field(_STS) | _DTIF)
            if self.field(_INT) & _DTIE:
                raise_event(self.host, self.int_option("event", 0))
