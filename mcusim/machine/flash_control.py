"""Turns the flash interface of the chip file and the state that firmware programs into costs for the native core."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, TypeVar

from mcusim.board.schema import CacheSwitch, FetchModel
from mcusim.board.wait_states import wait_states_for
from mcusim.machine import fetch_walk
from mcusim.timing.cost import FetchPort

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcusim.board.schema import CacheSpec, FlashInterface, MemoryRegion
    from mcusim.machine.native._core import Core

_ADDR_MAX = 0xFFFF_FFFF
_AXI_BYTES = 8
"""What one beat of the Cortex-M7's AXI bus brings (TRM DDI0489: 64 bits)."""
_Value = TypeVar("_Value", int, bool)


class PortKind(IntEnum):
    """PORT_ in native/core.h."""

    RATIO = 0
    PREFETCH = 1
    L1 = 2
    WALK = 3


@dataclass(frozen=True, slots=True)
class FlashState:
    """What the flash interface's registers say."""

    wait_cycles: int
    prefetch_on: bool
    instruction_cache_on: bool
    data_cache_on: bool
    ways_count: int = 0
    """Of the instruction (or unified) cache, where a register says it (ICACHE_CR.WAYSEL); 0: as in the chip file."""


@dataclass(frozen=True, slots=True)
class AutoWaits:
    """Wait states are the fewest that the chip's tables allow, at every clock that the core runs at."""

    supply_v: float
    voltage_range: str = ""
    """Core voltage range; empty: the one that firmware chose."""


@dataclass(frozen=True, slots=True)
class FlashOverrides:
    """What the user decides whatever firmware programs; None: firmware decides."""

    wait_cycles: int | None = None
    auto_waits: AutoWaits | None = None
    is_prefetch_on: bool | None = None
    is_instruction_cache_on: bool | None = None
    is_data_cache_on: bool | None = None

    def applied_to(self, state: FlashState) -> FlashState:
        """`state` as the user wants it."""
        return replace(
            state,
            wait_cycles=_first(self.wait_cycles, state.wait_cycles),
            prefetch_on=_first(self.is_prefetch_on, state.prefetch_on),
            instruction_cache_on=_first(self.is_instruction_cache_on, state.instruction_cache_on),
            data_cache_on=_first(self.is_data_cache_on, state.data_cache_on),
        )


class FlashControl:
    """The flash interface of a chip (model: docs/concepts/memory.md)."""

    def __init__(
        self,
        interface: FlashInterface | None,
        regions: tuple[MemoryRegion, ...],
        core: Core,
        clock_hz: int = 0,
        overrides: FlashOverrides | None = None,
    ) -> None:
        self._interface = interface
        self._core = core
        self._clock_hz = clock_hz
        self._overrides = overrides or FlashOverrides()
        self._voltage_range = ""
        self._clocked_regions = tuple(each for each in regions if each.waits_above_hz)
        self._set_region_waits()
        self.programmed = FlashState(0, False, False, False)
        """What firmware programmed, for whoever changes a part of it."""
        self.state = self.programmed
        """What is in force: with the core's cache switches, the clock's wait states and the user's overrides."""
        self._bus_divider = 1 if interface is None else interface.wait_state_cycles
        self._fetch_regions: frozenset[str] = frozenset()
        if interface is None:
            return
        self._is_l1 = interface.switch is CacheSwitch.CORE
        self._is_walk = interface.model is FetchModel.WALK
        self._primary = next(each for each in regions if each.name == interface.region_names[0])
        cached_ram = {each.name for each in regions if self._is_l1 and each.line_fill_cycles}
        self._fetch_regions = frozenset(interface.region_names) | cached_ram
        self._set_port(interface)
        self._set_cache(interface.instruction_cache, is_data=False)
        self._set_cache(interface.data_cache, is_data=True)
        self.reset()

    def _set_port(self, interface: FlashInterface) -> None:
        spec, caches = interface.prefetch, (interface.instruction_cache, interface.data_cache)
        is_unified = interface.is_unified and interface.caches_data
        granule_bytes = interface.granule_bytes
        if self._is_l1:  # a miss fills the whole line
            granule_bytes = next((each.line_bytes for each in caches if each is not None), granule_bytes)
            self._core.set_flash(_log2(granule_bytes), False, PortKind.L1)
        elif self._is_walk:
            self._core.set_flash(_log2(granule_bytes), False, PortKind.WALK)
        elif spec is not None:
            kind = PortKind.PREFETCH
            self._core.set_flash(_log2(granule_bytes), is_unified, kind, spec.hit_cycles, spec.follows_hits)
        else:
            self._core.set_flash(_log2(granule_bytes), is_unified, PortKind.RATIO)

    def _set_cache(self, spec: CacheSpec | None, *, is_data: bool, ways_count: int = 0) -> None:
        if spec is None or self._is_walk:
            return
        ways = ways_count or spec.ways_count or (spec.lines_count if self._is_l1 else 0)
        start_addr, size_bytes = self._primary.start_addr, self._primary.size_bytes
        self._core.set_cache(is_data, spec.lines_count, ways, _log2(spec.line_bytes), start_addr, size_bytes)

    @property
    def fetch_regions(self) -> frozenset[str]:
        """Regions whose instruction fetches can wait: flash, and with L1 caches also RAM behind them."""
        return self._fetch_regions

    @property
    def fetch_port(self) -> FetchPort | None:
        """How flash falls short of a word a cycle now; None at wait states, whose cost is added at run time."""
        return self._port_of(self.state)

    def _port_of(self, state: FlashState) -> FetchPort | None:
        spec = self._interface
        if spec is None or spec.zero_wait is None or state.wait_cycles:
            return None
        new_line_cycles = 0 if state.prefetch_on else spec.zero_wait.new_line_cycles
        return FetchPort(spec.granule_bytes, new_line_cycles, spec.zero_wait.is_shared_with_data)

    @property
    def default_wait_cycles(self) -> int:
        """Wait states where no register says otherwise."""
        return self._interface.default_wait_cycles if self._interface else 0

    def reset(self) -> None:
        """The state after reset. The core's own caches are off then (ARMv7-M ARM, B3.2.8: CCR.IC and DC)."""
        spec = self._interface
        if spec is None:
            return
        on = (spec.reset_instruction_cache_on, spec.reset_data_cache_on)
        caches_on = (False, False) if self._is_l1 else on
        self.programmed = FlashState(spec.default_wait_cycles, spec.reset_prefetch_on, *caches_on)
        self._enforce()
        self._core.flush_caches()
        self.set_cacheability(())

    def set(self, state: FlashState) -> bool:
        """Firmware programmed the interface; False when nothing changed. It does not switch the core's caches."""
        if self._interface is None:
            return False
        if self._is_l1:
            before = self.programmed
            state = replace(
                state,
                instruction_cache_on=before.instruction_cache_on,
                data_cache_on=before.data_cache_on,
            )
        self.programmed = state
        return self._enforce()

    def set_core_caches(self, *, instruction_on: bool, data_on: bool) -> bool:
        """Firmware wrote SCB.CCR.IC and DC; False when nothing changed."""
        if self._interface is None or not self._is_l1:
            return False
        self.programmed = replace(self.programmed, instruction_cache_on=instruction_on, data_cache_on=data_on)
        return self._enforce()

    def set_clock(self, clock_hz: int) -> bool:
        """The core clock changed; False when the wait states stay as they are."""
        self._clock_hz = clock_hz
        self._set_region_waits()
        return self._interface is not None and self._enforce()

    def set_voltage_range(self, voltage_range: str) -> bool:
        """Firmware chose this core voltage range; False when the wait states stay as they are."""
        self._voltage_range = voltage_range
        return self._overrides.auto_waits is not None and self._interface is not None and self._enforce()

    def _set_region_waits(self) -> None:
        """RAM that waits only at high clocks."""
        for region in self._clocked_regions:
            is_slow = self._clock_hz > region.waits_above_hz
            waits = (region.read_wait_cycles, region.write_wait_cycles) if is_slow else (0, 0)
            self._core.set_waits(region.start_addr, *waits)

    def set_bus_divider(self, divider: int) -> None:
        """Core cycles in a cycle of the bus between the core's own caches and memory, which scales what misses cost.

        The chip file counts them where a wait state takes `wait_state_cycles`.
        """
        if self._interface is None or not self._is_l1 or divider == self._bus_divider:
            return
        self._bus_divider = divider
        self._enforce()

    def set_cacheability(self, ranges: Iterable[tuple[int, int]]) -> None:
        """The MPU keeps these ranges, [start, end), out of the core's own caches; replaces the ones before."""
        numbers = array("I", (min(addr, _ADDR_MAX) for each in ranges for addr in each))
        self._core.set_uncacheable(numbers.tobytes())

    def flush(self, *, instruction: bool = True, data: bool = True) -> None:
        """Nothing is in these caches any more."""
        self._core.flush_caches(instruction, data)

    def _in_force(self, spec: FlashInterface) -> FlashState:
        state = self.programmed
        if spec.waits_follow_clock and spec.wait_state_limits_hz:
            limits_hz = spec.wait_state_limits_hz
            wait_cycles = min(bisect_left(limits_hz, self._clock_hz), len(limits_hz) - 1)
            state = replace(state, wait_cycles=wait_cycles)
        auto = self._overrides.auto_waits
        if auto is not None:
            voltage_range = auto.voltage_range or self._voltage_range
            fewest_count = wait_states_for(spec, self._clock_hz, auto.supply_v, voltage_range)
            # At a clock that no number allows, firmware's stay: the report warns of them.
            state = replace(state, wait_cycles=_first(fewest_count, state.wait_cycles))
        return self._overrides.applied_to(state)

    def _line_rest_cycles(self, spec: FlashInterface) -> int:
        """What the rest of a line takes after the word that was asked for: the other beats, one a bus cycle."""
        line_bytes = spec.data_cache.line_bytes if spec.data_cache else _AXI_BYTES
        return (line_bytes // _AXI_BYTES - 1) * self._bus_divider

    def _overhead_cycles(self, spec: FlashInterface, state: FlashState) -> int:
        """What a miss takes beside the wait states.

        With prefetch modelled apart it is the refill of the cache, so without the cache there is none.
        """
        if self._is_l1:
            has_overhead = True
        elif spec.prefetch is not None and spec.instruction_cache is not None:
            has_overhead = state.instruction_cache_on
        else:
            has_overhead = state.wait_cycles > 0
        return spec.miss_overhead_cycles if has_overhead else 0

    def _enforce(self) -> bool:
        """Tell the native core what is in force now; False when that is what was in force before."""
        spec = self._interface
        assert spec is not None
        state, before = self._in_force(spec), self.state
        if state.ways_count != before.ways_count:
            self._set_cache(spec.instruction_cache, is_data=False, ways_count=state.ways_count)
        self.state = state
        wait_cycles = state.wait_cycles * spec.wait_state_cycles
        overhead_cycles = self._overhead_cycles(spec, state)
        miss_cycles = wait_cycles + overhead_cycles
        if self._is_l1:
            miss_cycles = miss_cycles * self._bus_divider // spec.wait_state_cycles
            self._core.set_line_fills(self._bus_divider, spec.wait_state_cycles, self._line_rest_cycles(spec))
        ratio = spec.fetch_exposed_prefetch_ratio if state.prefetch_on else spec.fetch_exposed_ratio
        self._core.set_flash_state(
            miss_cycles > 0 or self._is_l1,
            round(256 * (ratio * wait_cycles + overhead_cycles)),
            miss_cycles,
            state.instruction_cache_on,
            state.data_cache_on,
            state.prefetch_on,
            wait_cycles + (spec.prefetch.latency_cycles if spec.prefetch else 0),
        )
        if self._port_of(before) != self._port_of(state):
            self._core.forget_flash()  # blocks are priced with the port they were filled under
        if self._is_walk and state != before:
            fetch_walk.set_flash_state(self._core, spec, state, wait_cycles)
        return state != before


def _first(wanted: _Value | None, otherwise: _Value) -> _Value:
    return otherwise if wanted is None else wanted


def _log2(size_bytes: int) -> int:
    return size_bytes.bit_length() - 1
