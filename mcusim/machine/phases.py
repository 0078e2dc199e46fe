"""Cuts the run into phases of one clock and one flash setting, and turns cycles into seconds across them."""

from __future__ import annotations

from array import array
from dataclasses import replace
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from mcusim.recording.recording import Phase

if TYPE_CHECKING:
    from mcusim.machine.flash_control import FlashState
    from mcusim.machine.native._core import Core


class Phases:
    """The phases so far; the last one is open."""

    def __init__(self, core: Core, clock_hz: int, flash: FlashState) -> None:
        self._core = core
        self._done: list[Phase] = []
        self._clock_hz = clock_hz
        self._flash = flash
        self._in_region = False
        self._begin_cycles = 0
        self._begin_sleep_cycles = 0
        self._stop_cycles = 0
        self._begin_nodes: array[int] = array("q")
        self._past_s = Fraction(0)

    @property
    def clock_hz(self) -> int:
        """The core clock now."""
        return self._clock_hz

    def seconds_at(self, now_cycles: int) -> Fraction:
        """Simulated time since reset."""
        return self._past_s + Fraction(now_cycles - self._begin_cycles, self._clock_hz)

    def cycles_at(self, seconds: Fraction) -> int:
        """The first cycle count at which `seconds` have passed if the clock stays as it is."""
        return self._begin_cycles + ceil((seconds - self._past_s) * self._clock_hz)

    def change(
        self, clock_hz: int, flash: FlashState, now_cycles: int, *, in_region: bool | None = None
    ) -> None:
        """Clock, flash setting or measured region change at `now_cycles`, maybe in the middle of a counted block."""
        is_in_region = self._in_region if in_region is None else in_region
        if (clock_hz, flash, is_in_region) == (self._clock_hz, self._flash, self._in_region):
            return
        self._cut(now_cycles)
        self._clock_hz, self._flash, self._in_region = clock_hz, flash, is_in_region

    @property
    def flash(self) -> FlashState:
        """The flash setting now."""
        return self._flash

    def _cut(self, now_cycles: int) -> None:
        sleep_cycles = self._core.sleep_cycles
        self._past_s = self.seconds_at(now_cycles)
        nodes = array("q")
        nodes.frombytes(self._core.node_cycles())
        if self._core.last_node >= 0:
            nodes[self._core.last_node] -= (
                self._core.now - now_cycles
            )  # the rest of the block comes after the cut
        before = self._begin_nodes
        spent = [cycles - (before[i] if i < len(before) else 0) for i, cycles in enumerate(nodes)]
        slept_cycles = sleep_cycles - self._begin_sleep_cycles
        if now_cycles > self._begin_cycles:
            self._done.append(
                Phase(
                    begin_cycles=self._begin_cycles,
                    clock_hz=self._clock_hz,
                    flash_wait_cycles=self._flash.wait_cycles,
                    is_prefetch_on=self._flash.prefetch_on,
                    is_instruction_cache_on=self._flash.instruction_cache_on,
                    active_cycles=now_cycles - self._begin_cycles - slept_cycles,
                    sleep_cycles=slept_cycles - self._stop_cycles,
                    stop_cycles=self._stop_cycles,
                    in_region=self._in_region,
                    node_cycles=tuple(spent),
                )
            )
        self._begin_cycles, self._begin_sleep_cycles, self._begin_nodes = now_cycles, sleep_cycles, nodes
        self._stop_cycles = 0

    def note_stop(self, cycles: int) -> None:
        """Of the cycles that the core slept, these went by with the chip's fast clocks stopped."""
        self._stop_cycles += cycles

    def finished(self) -> tuple[Phase, ...]:
        """All phases; ends the last one. Every phase has one entry per call node."""
        self._cut(self._core.now)
        nodes_count = self._core.nodes_count
        return tuple(_padded(phase, nodes_count) for phase in self._done)


def _padded(phase: Phase, nodes_count: int) -> Phase:
    missing = nodes_count - len(phase.node_cycles)
    if not missing:
        return phase
    return replace(phase, node_cycles=phase.node_cycles + (0,) * missing)
