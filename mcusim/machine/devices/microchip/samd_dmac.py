"""DMA controller of the SAM D21 and D51: blocks that descriptors in RAM describe, asked for by peripherals or firmware.

Not modelled: the checksum engine (warned about), events, priorities and arbitration, bursts longer than a beat,
triggers of peripherals that the chip file does not list (warned about). Offsets and fields: CMSIS-Atmel, samd21 and
samd51: component/dmac.h. An address that increments is given as that after the block's end (Adafruit_ZeroDMA.cpp).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.packed_device import PackedDevice
from mcusim.machine.devices.stm32.stm32_dma_mover import Block, Mover, Side

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_SWRST, _ENABLE, _CRC_ENABLE = 1 << 0, 1 << 1, 1 << 2
_CTRL, _SWTRIG, _INTPEND, _INTSTATUS, _BUSYCH, _PENDCH = 0x00, 0x10, 0x20, 0x24, 0x28, 0x2C
_BASEADDR, _WRBADDR, _CHID, _CHANNEL = 0x34, 0x38, 0x3F, 0x40
_TERR, _TCMPL, _SUSP = 1 << 0, 1 << 1, 1 << 2  # CHINTFLAG
_CONTROL_A, _CONTROL_B, _ENABLE_CLEAR, _ENABLE_SET, _FLAG, _STATUS = 0x0, 0x4, 0xC, 0xD, 0xE, 0xF
_PER_BEAT, _PER_TRANSACTION = 2, 3  # TRIGACT; else a trigger for every block
_NEVER = "no request line"
_SUSPEND, _RESUME = 1, 2  # CMD
_VALID = 1 << 0  # BTCTRL
_BUSY = 1 << 1  # CHSTATUS
_DESCRIPTOR_BYTES = 16


@dataclass(slots=True)
class _Channel:
    """One channel's registers, and where its next descriptor lies."""

    mover: Mover
    control_a_bits: int = 0
    control_b_bits: int = 0
    enables_mask: int = 0
    flags_mask: int = 0
    next_addr: int = 0
    block_action_bits: int = 0
    descriptor_addr: int = 0
    is_suspended: bool = False


class SamdDmac(PackedDevice):
    """Options: `layout` ("d21": one window for all channels, "d51"), `triggers` ("1=SERCOM0_RX 2=SERCOM0_TX …")."""

    SIZE_BYTES: ClassVar[int] = 0x240

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._is_windowed = self.text_option("layout", "d21") == "d21"
        pairs = (each.split("=") for each in self.text_option("triggers", "").split())
        self._triggers = {int(number): line for number, line in pairs}
        count = 12 if self._is_windowed else 32
        self._channels = [_Channel(Mover(host, partial(self._moved, n))) for n in range(count)]
        for line in self._triggers.values():
            host.dma_net.listen(line, partial(self._asked, line))

    def reset(self) -> None:
        """All channels off."""
        super().reset()
        for n in range(len(self._channels)):
            self._clear(n)
        self._update_irqs()

    def refresh(self, offset: int) -> None:
        """What the channels show."""
        n = self._selected(offset)
        if n is not None:
            self._show(n)
        pending = [n for n, each in enumerate(self._channels) if each.flags_mask & each.enables_mask]
        self.set_field(_INTSTATUS, sum(1 << n for n in pending), 4)
        busy = sum(1 << n for n, each in enumerate(self._channels) if each.mover.block is not None)
        self.set_field(_BUSYCH, busy, 4)
        first = pending[0] if pending else 0
        self.set_field(_INTPEND, first | self._channels[first].flags_mask << 8 if pending else 0, 2)

    def _selected(self, offset: int) -> int | None:
        """The channel whose registers this access means."""
        if offset < _CHANNEL:
            return None
        return self.field(_CHID) % len(self._channels) if self._is_windowed else (offset - _CHANNEL) // 16

    def _base(self, n: int) -> int:
        return _CHANNEL if self._is_windowed else _CHANNEL + 16 * n

    def _show(self, n: int) -> None:
        channel, base = self._channels[n], self._base(n)
        self.set_field(base + _CONTROL_A, channel.control_a_bits, 4)
        self.set_field(base + _CONTROL_B, channel.control_b_bits, 4)
        self.set_field(base + _ENABLE_CLEAR, channel.enables_mask)
        self.set_field(base + _ENABLE_SET, channel.enables_mask)
        self.set_field(base + _FLAG, channel.flags_mask)
        self.set_field(base + _STATUS, _BUSY if channel.mover.block is not None else 0)

    def store_byte(self, offset: int, byte: int) -> None:
        """Interrupt registers of a channel; the rest is stored."""
        n = self._selected(offset)
        place = offset & 0xF
        if n is not None and place >= _ENABLE_CLEAR:
            channel = self._channels[n]
            if place == _ENABLE_CLEAR:
                channel.enables_mask &= ~byte
            elif place == _ENABLE_SET:
                channel.enables_mask |= byte & 0b111
            elif place == _FLAG:
                channel.flags_mask &= ~byte
        elif offset in (_INTPEND, _INTPEND + 1):
            if offset > _INTPEND:  # the flags of the channel whose number was written below
                self._channels[self.field(_INTPEND) % len(self._channels)].flags_mask &= ~byte
            else:
                self.set_field(_INTPEND, byte & 0x1F)
        else:
            self.set_field(offset, byte)

    def was_written(self, offset: int, size_bytes: int) -> None:
        """Reset, enable, trigger, command."""
        n = self._selected(offset)
        if n is not None:
            self._control(n, offset & 0xF)
        elif offset == _CTRL:
            self._control_all()
        elif offset == _SWTRIG:
            wanted = self.field(_SWTRIG, 4)
            self.set_field(_SWTRIG, 0, 4)
            for index, channel in enumerate(self._channels):
                if wanted >> index & 1 and channel.control_a_bits & _ENABLE:
                    self._trigger(index)
        self._update_irqs()

    def _control_all(self) -> None:
        control = self.field(_CTRL, 2)
        if control & _SWRST:
            self.reset()
        elif control & _CRC_ENABLE:
            self.host.warn(f"{self.spec.name}: the checksum engine is not modelled")
        if control & _ENABLE:
            for index, channel in enumerate(self._channels):
                if channel.control_a_bits & _ENABLE and channel.mover.block is None:
                    self._begin(index)

    def _control(self, n: int, place: int) -> None:
        channel, base = self._channels[n], self._base(n)
        was_on = channel.control_a_bits & _ENABLE
        channel.control_a_bits = self.field(base + _CONTROL_A, 4)
        channel.control_b_bits = self.field(base + _CONTROL_B, 4)
        if channel.control_a_bits & _SWRST:
            self._clear(n)
        elif channel.control_a_bits & _ENABLE and not was_on:
            self._begin(n)
        elif was_on and not channel.control_a_bits & _ENABLE:
            self._stop(n)
        if _CONTROL_B <= place < 8:
            shift = 24 if self._is_windowed else 0
            command = channel.control_b_bits >> shift & 0b11
            channel.control_b_bits &= ~(0b11 << shift)
            self._command(n, command)

    def _command(self, n: int, command: int) -> None:
        channel = self._channels[n]
        if command == _SUSPEND and not channel.is_suspended:
            channel.is_suspended = True
            channel.mover.stop()
            channel.flags_mask |= _SUSP
        elif command == _RESUME and channel.is_suspended:
            channel.is_suspended = False
            if channel.control_a_bits & _ENABLE:
                self._load(n, channel.next_addr)

    def _clear(self, n: int) -> None:
        self._stop(n)
        channel = self._channels[n]
        channel.control_a_bits = channel.control_b_bits = channel.enables_mask = channel.flags_mask = 0
        channel.is_suspended = False

    def _stop(self, n: int) -> None:
        channel = self._channels[n]
        channel.mover.stop()
        channel.control_a_bits &= ~_ENABLE
        self.host.dma_net.set_request(f"{self._line(n)} served", False)

    def _line(self, n: int) -> str:
        """The request line of the channel's trigger; empty: firmware triggers."""
        channel = self._channels[n]
        source = (
            channel.control_b_bits >> 8 & 0x3F if self._is_windowed else channel.control_a_bits >> 8 & 0x7F
        )
        return self._triggers.get(source, f"trigger {source}") if source else ""

    def _is_per_beat(self, n: int) -> bool:
        return self._trigger_action(n) == _PER_BEAT

    def _begin(self, n: int) -> None:
        if not self.field(_CTRL) & _ENABLE:
            return
        line = self._line(n)
        if line.startswith("trigger"):
            self.host.warn(f"{self.spec.name}: channel {n} waits for {line}, which nothing here makes")
        self._channels[n].is_suspended = False
        self._load(n, self.field(_BASEADDR, 4) + _DESCRIPTOR_BYTES * n)
        self.host.dma_net.set_request(f"{line} served", bool(line))

    def _load(self, n: int, addr: int) -> None:
        """Take a descriptor and wait for a trigger."""
        channel = self._channels[n]
        data = self.host.read_memory(addr, _DESCRIPTOR_BYTES)
        control, count = int.from_bytes(data[:2], "little"), int.from_bytes(data[2:4], "little")
        source, target, following = (int.from_bytes(data[at : at + 4], "little") for at in (4, 8, 12))
        if not control & _VALID:
            channel.flags_mask |= _TERR
            self._stop(n)
            self._update_irqs()
            return
        channel.descriptor_addr, channel.next_addr = addr, following
        channel.block_action_bits = control >> 3 & 0b11
        beat_bytes = 1 << min(control >> 8 & 0b11, 2)
        steps = [beat_bytes if control >> bit & 1 else 0 for bit in (10, 11)]
        steps[0 if control >> 12 & 1 else 1] <<= control >> 13 & 0b111
        block = Block(
            Side(source - steps[0] * count, beat_bytes, steps[0]),
            Side(target - steps[1] * count, beat_bytes, steps[1]),
            count,
        )
        channel.mover.start(block, self._line(n) if self._is_per_beat(n) and self._line(n) else _NEVER)
        if self._line(n) and self.host.dma_net.is_asking(self._line(n)):
            self._asked(self._line(n))

    def _asked(self, line: str) -> None:
        for n, channel in enumerate(self._channels):
            if channel.mover.block is None or self._line(n) != line:
                continue
            if self._is_per_beat(n):
                channel.mover.serve()
            else:
                self._trigger(n)

    def _trigger(self, n: int) -> None:
        """One beat, or the whole block."""
        mover = self._channels[n].mover
        block = mover.block
        if block is None or mover.line == "":
            return
        if not self._is_per_beat(n):
            mover.start(block)
        else:
            block.move_beat(self.host)
            self._moved(n)

    def _moved(self, n: int) -> None:
        channel = self._channels[n]
        block = channel.mover.block
        if block is None or not block.is_done:
            return
        is_transaction = self._trigger_action(n) == _PER_TRANSACTION
        following = channel.next_addr
        channel.mover.stop()
        if channel.block_action_bits & 1 or not following:
            channel.flags_mask |= _TCMPL
        if channel.block_action_bits & 2:
            channel.is_suspended = True
            channel.flags_mask |= _SUSP
        elif not following:
            self._stop(n)
        else:
            self._load(n, following)
            if is_transaction:
                self._trigger(n)
        self._update_irqs()

    def _trigger_action(self, n: int) -> int:
        channel = self._channels[n]
        return (channel.control_b_bits >> 22 if self._is_windowed else channel.control_a_bits >> 20) & 0b11

    def _update_irqs(self) -> None:
        """The D21 has one line; the D51 has one for each of the first four channels and one for the rest."""
        pending = [n for n, each in enumerate(self._channels) if each.flags_mask & each.enables_mask]
        if self._is_windowed:
            self.set_irq(bool(pending))
            return
        for index in range(5):
            is_due = any(min(n, 4) == index for n in pending)
            self.host.set_irq(self.spec.irq_number + index, is_due)
