"""What the DMA controllers of the STM32 share: a block of beats, moved in time as requests come and the bus allows.

A beat reads one item and writes it. Memory changes progressively: the first beat after a request is moved on its own,
and while the request stays the next ones follow in groups of 2, 4, 8 … that end at the half and the end of the block
at the latest; a group arrives together at the time of its last beat. Not modelled: arbitration between channels, FIFO
thresholds, bursts, transfer errors, and the cycles that the core loses to the controller on the bus.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mcusim.machine.devices.ticks import Alarm

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.machine.devices.device import Host

# Arbitration, address and one bus access on either side; assumed for all families: ST's AN4031 and AN2548 give
# such sums per bus without one number for all.
BEAT_HCLK_CYCLES = 5
_GROUP_BEATS_MAX = 4096


@dataclass(slots=True)
class Side:
    """Where items are read or written."""

    addr: int
    item_bytes: int
    step_bytes: int = 0
    """How far the address moves after an item; 0: it stays."""


@dataclass(slots=True)
class Block:
    """A programmed transfer and how far it is."""

    source: Side
    target: Side
    total_count: int
    is_packed: bool = False
    """Items of different sizes keep all their bytes; else each is cut, or padded with zeros, to the target's size."""
    left_count: int = field(init=False)
    _bytes: bytes = b""
    _has_told_half: bool = False

    def __post_init__(self) -> None:
        self.left_count = self.total_count

    @property
    def is_done(self) -> bool:
        """Whether every beat was moved."""
        return self.left_count == 0

    @property
    def is_at_half(self) -> bool:
        """Whether at least half of the block was moved."""
        return self.left_count <= self.total_count - self._half_count

    def passes_half(self) -> bool:
        """Whether the half was reached since this was asked last: true once per block."""
        is_news = self.is_at_half and not self._has_told_half
        self._has_told_half = self.is_at_half
        return is_news

    @property
    def next_stop_count(self) -> int:
        """How many beats there are to the half, then to the end."""
        return self.left_count if self.is_at_half else self.left_count - self.total_count + self._half_count

    @property
    def _half_count(self) -> int:
        return max(1, self.total_count // 2)

    def move_beat(self, host: Host) -> None:
        """Read an item and write it."""
        source, target = self.source, self.target
        value = host.read_bus(source.addr, source.item_bytes)
        source.addr += source.step_bytes
        self.left_count -= 1
        if not self.is_packed or source.item_bytes == target.item_bytes:
            self._write(host, value & (1 << 8 * target.item_bytes) - 1)
            return
        self._bytes += value.to_bytes(source.item_bytes, "little")
        while len(self._bytes) >= target.item_bytes:
            item, self._bytes = self._bytes[: target.item_bytes], self._bytes[target.item_bytes :]
            self._write(host, int.from_bytes(item, "little"))

    def _write(self, host: Host, value: int) -> None:
        host.write_bus(self.target.addr, self.target.item_bytes, value)
        self.target.addr += self.target.step_bytes


class Mover:
    """One channel at work: `moved` is called after each group of beats and may start the next block."""

    def __init__(self, host: Host, moved: Callable[[], None]) -> None:
        self._host = host
        self._moved = moved
        self._alarm = Alarm(host, self._due)
        self._group_count = self._due_count = 1
        self._line = ""
        self.block: Block | None = None
        host.power_net.listen(lambda _is_stopped: self.serve())

    @property
    def line(self) -> str:
        """The request line in use, or several with commas; empty: memory to memory, which always asks."""
        return self._line

    def start(self, block: Block, line: str = "") -> None:
        """Begin a block, at once or when `line` asks."""
        self.block, self._line = block, line
        self._alarm.cancel()
        self.serve()

    def stop(self) -> None:
        """Stand still."""
        self._alarm.cancel()
        self.block = None

    def serve(self) -> None:
        """The request line may have risen."""
        block = self.block
        if block is None or block.is_done or self._alarm.is_set or self._host.power_net.is_stopped:
            return
        if not self._is_asked():
            self._group_count = 1
            return
        self._due_count = min(self._group_count, block.next_stop_count)
        self._alarm.set(self._host.now_cycles + self._beat_cycles(self._due_count))

    def _is_asked(self) -> bool:
        is_asking = self._host.dma_net.is_asking
        return not self._line or any(is_asking(each) for each in self._line.split(","))

    def _beat_cycles(self, beats_count: int) -> int:
        core_hz = self._host.core_clock_hz
        hclk_hz = self._host.clock_net.clock_hz("hclk") or core_hz
        return max(1, -(-beats_count * BEAT_HCLK_CYCLES * core_hz // hclk_hz))

    def _due(self) -> None:
        if self._host.power_net.is_stopped:
            return  # goes on when the clocks do
        block = self.block
        assert block is not None
        for _ in range(self._due_count):
            if not self._is_asked():
                self._group_count = 1
                break
            block.move_beat(self._host)
        else:
            self._group_count = min(2 * self._group_count, _GROUP_BEATS_MAX)
        self._moved()
        self.serve()


def numbers_of(text: str) -> tuple[int, ...]:
    """The whole numbers of an option like "11 12 13"."""
    return tuple(int(each, 0) for each in text.split())


def signals_of(text: str) -> dict[str, str]:
    """The pairs of an option like "1:2=SPI1_RX 2:0=ADC2"; signals that share a request have commas between them."""
    return dict(each.split("=") for each in text.split())


def lines_of(signals: dict[str, str]) -> set[str]:
    """Every single signal of such pairs."""
    return {line for each in signals.values() for line in each.split(",")}
