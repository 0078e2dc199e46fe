"""Cuts the run into phases of one clock, one flash and one power setting, and turns cycles into seconds across them.

Firmware may switch a peripheral's clock thousands of times. Between two changes of clock, flash setting or region,
the time under each power setting is therefore put together: the phases of such a stretch stand in the order in which
their settings first appeared, each as long as all its parts.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import zip_longest
from math import ceil
from operator import sub
from typing import TYPE_CHECKING

from mcusim.recording.recording import DeepSleep, Phase, PowerSetting
from mcusim.recording.timeline import PhaseBegin

if TYPE_CHECKING:
    from mcusim.machine.flash_control import FlashState
    from mcusim.machine.native._core import Core

POWER_SETTINGS_MAX = 256
"""Power settings told apart between two changes of clock, flash setting or region; later ones join the last."""
BEGINS_MAX = 20_000
"""Times at which the run came to another phase that are kept: the first ones."""


@dataclass(slots=True)
class _Mode:
    """Time in a deep sleep mode so far."""

    cycles: int = 0
    wakes_count: int = 0
    wake_cycles: int = 0


@dataclass(slots=True)
class _Part:
    """What happened under one power setting."""

    cycles: int = 0
    slept_cycles: int = 0
    """With deep sleep and waking up."""
    nodes: list[int] = field(default_factory=list)
    modes: dict[tuple[str, bool], _Mode] = field(default_factory=dict)


class Phases:
    """The phases so far; the last one is open."""

    def __init__(self, core: Core, clock_hz: int, flash: FlashState) -> None:
        self._core = core
        self._done: list[Phase] = []
        self._clock_hz = clock_hz
        self._flash = flash
        self._in_region = False
        self._power = PowerSetting()
        self._begin_cycles = 0
        self._past_s = Fraction(0)
        self._asked: tuple[Fraction, int] | None = None
        """What `cycles_at` said last in this phase; it is asked at every interrupt."""
        self._parts: dict[PowerSetting, _Part] = {}
        self._cut_cycles = 0
        self._cut_sleep_cycles = 0
        self._cut_nodes: array[int] = array("q")
        self._settings: list[tuple[int, PowerSetting]] = [(0, self._power)]
        """Since the last change of clock, flash setting or region."""
        self._begins: list[PhaseBegin] = []
        self._lost_begin_cycles: int | None = None

    @property
    def clock_hz(self) -> int:
        """The core clock now."""
        return self._clock_hz

    @property
    def flash(self) -> FlashState:
        """The flash setting now."""
        return self._flash

    def seconds_at(self, now_cycles: int) -> Fraction:
        """Simulated time since reset."""
        return self._past_s + Fraction(now_cycles - self._begin_cycles, self._clock_hz)

    def cycles_at(self, seconds: Fraction) -> int:
        """The first cycle count at which `seconds` have passed if the clock stays as it is."""
        if self._asked is None or self._asked[0] is not seconds:
            self._asked = seconds, self._begin_cycles + ceil((seconds - self._past_s) * self._clock_hz)
        return self._asked[1]

    def change(
        self, clock_hz: int, flash: FlashState, now_cycles: int, *, in_region: bool | None = None
    ) -> None:
        """Clock, flash setting or measured region change at `now_cycles`, maybe in the middle of a counted block."""
        is_in_region = self._in_region if in_region is None else in_region
        if (clock_hz, flash, is_in_region) == (self._clock_hz, self._flash, self._in_region):
            return
        self._close(now_cycles)
        self._clock_hz, self._flash, self._in_region = clock_hz, flash, is_in_region

    def change_power(self, power: PowerSetting, now_cycles: int) -> bool:
        """The power setting changes at `now_cycles`; False: there were too many, it is not told from the one before."""
        if power == self._power:
            return True
        self._cut(now_cycles)
        if len(self._parts) >= POWER_SETTINGS_MAX and power not in self._parts:
            return False
        self._power = power
        if len(self._begins) + len(self._settings) <= BEGINS_MAX:
            self._settings.append((self._cut_cycles, power))
        elif self._lost_begin_cycles is None:
            self._lost_begin_cycles = self._cut_cycles
        return True

    def note_deep_sleep(self, mode: str, cycles: int, *, is_standby: bool) -> None:
        """Of the cycles that the core slept, these went by in a deep sleep mode of the chip."""
        self._mode(mode, is_standby).cycles += cycles

    def note_wake_up(self, mode: str, cycles: int, *, is_standby: bool) -> None:
        """The chip left a deep sleep mode, which took these cycles of the core's sleep."""
        left = self._mode(mode, is_standby)
        left.wakes_count += 1
        left.wake_cycles += cycles

    def finished(self) -> tuple[Phase, ...]:
        """All phases; ends the last one. Every phase has one entry per call node."""
        self._close(self._core.now)
        nodes_count = self._core.nodes_count
        return tuple(_padded(phase, nodes_count) for phase in self._done)

    @property
    def begins(self) -> tuple[PhaseBegin, ...]:
        """When each of `finished` began, and when the run came back to it."""
        return tuple(self._begins)

    @property
    def begins_known_until_cycles(self) -> int | None:
        """From here on `begins` lacks some; None: it is whole."""
        return self._lost_begin_cycles

    def _mode(self, mode: str, is_standby: bool) -> _Mode:
        return self._part().modes.setdefault((mode, is_standby), _Mode())

    def _part(self) -> _Part:
        return self._parts.setdefault(self._power, _Part())

    def _cut(self, now_cycles: int) -> None:
        """Give what happened since the last cut to the power setting."""
        if now_cycles <= self._cut_cycles:
            return
        nodes = array("q")
        nodes.frombytes(self._core.node_cycles())
        if self._core.last_node >= 0:
            rest_cycles = self._core.now - now_cycles  # of the block: it comes after the cut
            nodes[self._core.last_node] -= rest_cycles
        before, sleep_cycles, part = self._cut_nodes, self._core.sleep_cycles, self._part()
        before.extend([0] * (len(nodes) - len(before)))
        spent = map(sub, nodes, before)
        part.nodes = (
            list(map(sum, zip_longest(spent, part.nodes, fillvalue=0))) if part.nodes else list(spent)
        )
        part.cycles += now_cycles - self._cut_cycles
        part.slept_cycles += sleep_cycles - self._cut_sleep_cycles
        self._cut_cycles, self._cut_sleep_cycles, self._cut_nodes = now_cycles, sleep_cycles, nodes

    def _close(self, now_cycles: int) -> None:
        """End the phases of this clock, flash setting and side of the region."""
        self._cut(now_cycles)
        self._past_s = self.seconds_at(max(now_cycles, self._cut_cycles))
        self._asked = None
        begin_cycles = self._begin_cycles
        index_of = {power: len(self._done) + i for i, power in enumerate(self._parts)}
        self._note_begins(index_of, now_cycles)
        for power, part in self._parts.items():
            self._done.append(self._phase(begin_cycles, power, part))
            begin_cycles += part.cycles
        self._parts = {}
        self._begin_cycles = max(now_cycles, self._cut_cycles)

    def _note_begins(self, index_of: dict[PowerSetting, int], now_cycles: int) -> None:
        ends = [begin_cycles for begin_cycles, _ in self._settings[1:]]
        for (begin_cycles, power), end_cycles in zip(self._settings, [*ends, now_cycles], strict=True):
            if end_cycles > begin_cycles and power in index_of:
                self._begins.append(PhaseBegin(begin_cycles, index_of[power]))
        self._settings = [(max(now_cycles, self._cut_cycles), self._power)]

    def _phase(self, begin_cycles: int, power: PowerSetting, part: _Part) -> Phase:
        stop_cycles = sum(mode.cycles for mode in part.modes.values())
        wake_cycles = sum(mode.wake_cycles for mode in part.modes.values())
        return Phase(
            begin_cycles=begin_cycles,
            clock_hz=self._clock_hz,
            flash_wait_cycles=self._flash.wait_cycles,
            is_prefetch_on=self._flash.prefetch_on,
            is_instruction_cache_on=self._flash.instruction_cache_on,
            active_cycles=part.cycles - part.slept_cycles,
            sleep_cycles=part.slept_cycles - stop_cycles - wake_cycles,
            stop_cycles=stop_cycles,
            in_region=self._in_region,
            node_cycles=tuple(part.nodes),
            power=power,
            deep=tuple(
                DeepSleep(name, is_standby, mode.cycles, mode.wakes_count, mode.wake_cycles)
                for (name, is_standby), mode in part.modes.items()
            ),
        )


def _padded(phase: Phase, nodes_count: int) -> Phase:
    missing = nodes_count - len(phase.node_cycles)
    if not missing:
        return phase
    return replace(phase, node_cycles=phase.node_cycles + (0,) * missing)
