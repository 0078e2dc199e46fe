"""DMA controllers of RP2040 (datasheet section 2.5) and RP2350: channels, pacing, chains, rings, the sniffer.

Not modelled: bus contention (a transfer takes one cycle, and the core never waits for it), priorities, bus errors, the
RP2350's security settings (they remember writes). What an unpaced channel copies is in place up to 1024 transfers
early; the channel is busy for one cycle a transfer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.raspberry_pi.rp_dma_layout import (
    FIRST_TIMER,
    FORCE,
    RP2040,
    RP2350,
    TIMERS_COUNT,
    DmaLayout,
)
from mcusim.machine.devices.raspberry_pi.rp_dma_sniffer import reversed_bits, sniffed
from mcusim.machine.devices.register_device import WORD_MASK, Register, command, read_only
from mcusim.machine.devices.ticks import Alarm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_PARTS = ("READ_ADDR", "WRITE_ADDR", "TRANS_COUNT", "CTRL")
# The four views of a channel; the last register of each starts it.
_VIEWS = (
    ("READ_ADDR", "WRITE_ADDR", "TRANS_COUNT", "CTRL"),
    ("CTRL", "READ_ADDR", "WRITE_ADDR", "TRANS_COUNT"),
    ("CTRL", "TRANS_COUNT", "READ_ADDR", "WRITE_ADDR"),
    ("CTRL", "WRITE_ADDR", "TRANS_COUNT", "READ_ADDR"),
)
_CHANNEL_BYTES = 0x40
_EN, _INCR_READ = 1 << 0, 1 << 4
_SNIFF_EN, _SNIFF_BSWAP, _SNIFF_REVERSE, _SNIFF_INVERT = 1 << 0, 1 << 9, 1 << 10, 1 << 11
_COPIED_AT_ONCE = 1024
_COUNT_MASK, _ENDLESS, _TRIGGER_SELF = 0x0FFF_FFFF, 0xF, 1
_ERRORS_MASK = 0b11 << 29  # READ_ERROR, WRITE_ERROR: written with ones to clear


class Rp2040Dma(Rp2040Device):
    """The spec's interrupt number is DMA_IRQ_0's; the others follow it."""

    LAYOUT: ClassVar[DmaLayout] = RP2040

    def register_table(self) -> Mapping[str, Register]:
        """Every channel in its four views, then what they share."""
        table: dict[str, Register] = {}
        for channel in range(self.LAYOUT.channels_count):
            for view, parts in enumerate(_VIEWS):
                for index, part in enumerate(parts):
                    offset = _CHANNEL_BYTES * channel + 0x10 * view + 4 * index
                    table[f"CH{channel}_{view}{index}_{part}"] = Register(offset)
        table["INTR"] = command(0x400)
        for line in range(self.LAYOUT.irqs_count):
            base = 0x404 + 0x10 * line
            table[f"INTE{line}"] = Register(base, writable_mask=0xFFFF)
            table[f"INTF{line}"] = Register(base + 4, writable_mask=0xFFFF)
            table[f"INTS{line}"] = command(base + 8)
        shared = self.LAYOUT.timers_offset
        for timer in range(TIMERS_COUNT):
            table[f"TIMER{timer}"] = Register(shared + 4 * timer)
        table["MULTI_CHAN_TRIGGER"] = command(shared + 0x10)
        table["SNIFF_CTRL"] = Register(shared + 0x14, writable_mask=0xFFF)
        table["SNIFF_DATA"] = Register(shared + 0x18)
        table["FIFO_LEVELS"] = read_only(shared + 0x20)
        table["CHAN_ABORT"] = command(shared + 0x24)
        table["N_CHANNELS"] = read_only(shared + 0x28, self.LAYOUT.channels_count)
        return table

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._pending = 0
        self._channels = [_Channel(self, number) for number in range(self.LAYOUT.channels_count)]
        for line in self.LAYOUT.requests.values():
            host.dma_net.listen(line, self._serve)

    def reset(self) -> None:
        """Every channel off."""
        super().reset()
        self._pending = 0
        for channel in self._channels:
            channel.reset()
        self._update_irqs()

    def load(self, name: str) -> int:
        """Channels show where they are; INTS what interrupts."""
        if name.startswith("CH") and name[2].isdigit():
            channel, _, part = self._named(name)
            return channel.shown(part)
        if name == "INTR":
            return self._pending
        if name.startswith("INTS"):
            return self._interrupts(int(name[-1]))
        if name == "SNIFF_DATA":
            return self._shown_sum()
        return super().load(name)

    def present_word(self, offset: int) -> int:
        """Atomic writes combine with what a channel shows now."""
        name = self._names_by_offset.get(offset, "")
        return (
            self.load(name) if name.startswith("CH") and name[2].isdigit() else super().present_word(offset)
        )

    def after_write(self, name: str, written: int) -> None:
        """Set up and start channels; acknowledge interrupts."""
        if name.startswith("CH") and name[2].isdigit():
            channel, is_trigger, part = self._named(name)
            channel.set(part, written)
            if is_trigger:
                channel.trigger(is_null=part != "CTRL" and not written)
        elif name == "INTR" or name.startswith("INTS"):
            self._pending &= ~written
        elif name == "MULTI_CHAN_TRIGGER":
            for channel in self._channels:
                if written >> channel.number & 1:
                    channel.trigger(is_null=False)
        elif name == "CHAN_ABORT":
            for channel in self._channels:
                if written >> channel.number & 1:
                    channel.abort()
        self._update_irqs()

    def _named(self, name: str) -> tuple[_Channel, bool, str]:
        number, place, part = name.removeprefix("CH").split("_", 2)
        return self._channels[int(number)], place[1] == "3", part

    def _serve(self) -> None:
        for channel in self._channels:
            channel.serve()

    def finished(self, number: int, *, is_quiet: bool, chain_to: int) -> None:
        """A channel has made its last transfer."""
        if not is_quiet:
            self.interrupt(number)
        if chain_to != number and chain_to < len(self._channels):
            self._channels[chain_to].trigger(is_null=False)

    def interrupt(self, number: int) -> None:
        """Raise a channel's flag."""
        self._pending |= 1 << number
        self._update_irqs()

    def _interrupts(self, line: int) -> int:
        return self._pending & self.values[f"INTE{line}"] | self.values[f"INTF{line}"]

    def _update_irqs(self) -> None:
        for line in range(self.LAYOUT.irqs_count):
            self.drive_irq(self.spec.irq_number + line, bool(self._interrupts(line)))

    def period_cycles(self, timer: int) -> int:
        """Cycles between two requests of a pacing timer, X / Y of the system clock; 0 while it stands."""
        x, y = self.values[f"TIMER{timer}"] >> 16, self.values[f"TIMER{timer}"] & 0xFFFF
        return max(1, -(-y // x)) if x and y else 0

    def sniff(self, number: int, word: int, size_bytes: int) -> None:
        """Data passed through a channel that may be watched."""
        control = self.values["SNIFF_CTRL"]
        if not control & _SNIFF_EN or control >> 1 & 0xF != number:
            return
        order = "little" if control & _SNIFF_BSWAP else "big"
        data = word.to_bytes(size_bytes, "little" if order == "little" else "big")
        self.values["SNIFF_DATA"] = sniffed(self.values["SNIFF_DATA"], data, control >> 5 & 0xF)

    def _shown_sum(self) -> int:
        control, value = self.values["SNIFF_CTRL"], self.values["SNIFF_DATA"]
        if control & _SNIFF_REVERSE:
            value = reversed_bits(value, 32)
        return value ^ (WORD_MASK if control & _SNIFF_INVERT else 0)


class Rp2350Dma(Rp2040Dma):
    """16 channels and four interrupts."""

    LAYOUT: ClassVar[DmaLayout] = RP2350


class _Channel:
    """One channel."""

    def __init__(self, dma: Rp2040Dma, number: int) -> None:
        self._dma, self.number, self._layout = dma, number, dma.LAYOUT
        self._alarm = Alarm(dma.host, self._due)
        self._values = dict.fromkeys(_PARTS, 0)
        self._left_count = 0
        self._is_busy = self._is_serving = self._is_due_again = False

    def reset(self) -> None:
        """Off, and chained to nobody."""
        self._values = dict.fromkeys(_PARTS, 0)
        self._left_count = 0
        self._is_busy = self._is_due_again = False
        self._alarm.cancel()

    def shown(self, part: str) -> int:
        """What a register of this channel reads as."""
        if part == "TRANS_COUNT":
            return self._left_count
        busy = 1 << self._layout.busy_index if part == "CTRL" and self._is_busy else 0
        return self._values[part] | busy

    def set(self, part: str, word: int) -> None:
        """A register was written."""
        if part == "CTRL":
            word &= ~(1 << self._layout.busy_index | _ERRORS_MASK)
        self._values[part] = word
        if part == "CTRL":
            self.serve()

    def _field(self, shift: int, mask: int) -> int:
        return self._values["CTRL"] >> shift & mask

    @property
    def _request(self) -> int:
        return self._field(self._layout.treq_sel_index, 0x3F)

    def trigger(self, *, is_null: bool) -> None:
        """Start, if enabled and idle; a null trigger only interrupts a quiet channel's firmware."""
        is_quiet = self._field(self._layout.irq_quiet_index, 1)
        if is_null:
            if is_quiet:
                self._dma.interrupt(self.number)
            return
        if not self._values["CTRL"] & _EN or self._is_busy:
            # Its data has moved already and only its last cycles are missing: it starts again after them.
            self._is_due_again = self._is_busy and not self._left_count
            return
        count = self._values["TRANS_COUNT"]
        self._left_count = count & _COUNT_MASK if self._layout.has_modes else count
        self._is_busy = True
        self._begin()

    def abort(self) -> None:
        """Stop where it is."""
        self._is_busy = self._is_due_again = False
        self._alarm.cancel()

    def _begin(self) -> None:
        if not self._left_count:
            self._finish()
        elif self._request == FORCE:
            self._copy_some()
        elif FIRST_TIMER <= self._request < FIRST_TIMER + TIMERS_COUNT:
            self._wait_for_timer()
        else:
            self.serve()

    def _copy_some(self) -> None:
        """Everything when it is little; else a part, and the next part when this one's time is over."""
        cycles = min(self._left_count, _COPIED_AT_ONCE)
        for _ in range(cycles):
            self._transfer()
        self._alarm.set(self._dma.host.now_cycles + cycles)

    def _wait_for_timer(self) -> None:
        cycles = self._dma.period_cycles(self._request - FIRST_TIMER)
        if cycles:
            self._alarm.set(self._dma.host.now_cycles + cycles)

    def _due(self) -> None:
        if not self._is_busy:
            return
        if self._left_count and self._request == FORCE:
            self._copy_some()
            return
        if self._left_count:
            self._transfer()
        if self._left_count:
            self._wait_for_timer()
        else:
            self._finish()

    def serve(self) -> None:
        """Transfer as long as the device asks."""
        line = self._layout.requests.get(self._request)
        net = self._dma.host.dma_net
        if self._is_serving or line is None:
            return
        self._is_serving = True
        while self._is_busy and self._values["CTRL"] & _EN and net.is_asking(line):
            self._transfer()
            if not self._left_count:
                self._finish()
        self._is_serving = False

    def _transfer(self) -> None:
        size_bytes = 1 << self._field(2, 0b11)
        host, values = self._dma.host, self._values
        word = host.read_bus(values["READ_ADDR"], size_bytes)
        if self._field(self._layout.bswap_index, 1):
            word = int.from_bytes(word.to_bytes(size_bytes, "little"), "big")
        if self._field(self._layout.sniff_en_index, 1):
            self._dma.sniff(self.number, word, size_bytes)
        target_addr = values["WRITE_ADDR"]
        is_endless = self._layout.has_modes and values["TRANS_COUNT"] >> 28 == _ENDLESS
        self._left_count -= 0 if is_endless else 1
        ring_is_write = bool(self._field(self._layout.ring_sel_index, 1))
        if values["CTRL"] & _INCR_READ:
            self._advance("READ_ADDR", size_bytes, is_ring=not ring_is_write)
        if self._field(self._layout.incr_write_index, 1):
            self._advance("WRITE_ADDR", size_bytes, is_ring=ring_is_write)
        host.write_bus(target_addr, size_bytes, word)

    def _advance(self, part: str, size_bytes: int, *, is_ring: bool) -> None:
        addr = self._values[part]
        ring_bits = self._field(self._layout.ring_size_index, 0xF) if is_ring else 0
        mask = (1 << ring_bits) - 1 if ring_bits else WORD_MASK
        self._values[part] = addr & ~mask | addr + size_bytes & mask

    def _finish(self) -> None:
        self._is_busy = False
        self._alarm.cancel()
        chain_to = self._field(self._layout.chain_to_index, 0xF)
        is_quiet = bool(self._field(self._layout.irq_quiet_index, 1))
        self._dma.finished(self.number, is_quiet=is_quiet, chain_to=chain_to)
        is_due, self._is_due_again = self._is_due_again, False
        if is_due or (self._layout.has_modes and self._values["TRANS_COUNT"] >> 28 == _TRIGGER_SELF):
            self.trigger(is_null=False)
