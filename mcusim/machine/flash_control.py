"""Turns the flash interface of the chip file and the state that firmware programs into costs for the native core."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.board.schema import CacheSpec, FlashInterface, MemoryRegion
    from mcusim.machine.native._core import Core


@dataclass(frozen=True, slots=True)
class FlashState:
    """What the flash interface's registers say."""

    wait_cycles: int
    prefetch_on: bool
    instruction_cache_on: bool
    data_cache_on: bool
    ways_count: int = 0
    """Of the instruction (or unified) cache, where a register says it (ICACHE_CR.WAYSEL); 0: as in the chip file."""


class FlashControl:
    """The flash interface of a chip (model: docs/concepts/memory.md)."""

    def __init__(
        self, interface: FlashInterface | None, regions: tuple[MemoryRegion, ...], core: Core
    ) -> None:
        self._interface = interface
        self._core = core
        self.state = FlashState(0, False, False, False)
        if interface is None:
            return
        core.set_flash(
            interface.granule_bytes.bit_length() - 1, interface.is_unified and interface.caches_data
        )
        self._primary = next(each for each in regions if each.name == interface.region_names[0])
        self._set_cache(interface.instruction_cache, is_data=False)
        self._set_cache(interface.data_cache, is_data=True)
        self.reset()

    def _set_cache(self, spec: CacheSpec | None, *, is_data: bool, ways_count: int = 0) -> None:
        if spec is not None:
            line_shift = spec.line_bytes.bit_length() - 1
            lines, ways = spec.lines_count, ways_count or spec.ways_count
            start_addr, size_bytes = self._primary.start_addr, self._primary.size_bytes
            self._core.set_cache(is_data, lines, ways, line_shift, start_addr, size_bytes)

    @property
    def fetch_regions(self) -> frozenset[str]:
        """Regions whose instruction fetches this interface serves."""
        return frozenset(self._interface.region_names) if self._interface else frozenset()

    @property
    def default_wait_cycles(self) -> int:
        """Wait states where no register says otherwise."""
        return self._interface.default_wait_cycles if self._interface else 0

    def reset(self) -> None:
        """The state after reset."""
        spec = self._interface
        if spec is not None:
            on = (spec.reset_prefetch_on, spec.reset_instruction_cache_on, spec.reset_data_cache_on)
            self.set(FlashState(spec.default_wait_cycles, *on))
            self._core.flush_caches()

    def set(self, state: FlashState) -> bool:
        """Firmware programmed the interface; False when nothing changed."""
        spec = self._interface
        if spec is None or state == self.state:
            return False
        if state.ways_count != self.state.ways_count:
            self._set_cache(spec.instruction_cache, is_data=False, ways_count=state.ways_count)
        self.state = state
        ratio = spec.fetch_exposed_prefetch_ratio if state.prefetch_on else spec.fetch_exposed_ratio
        wait = state.wait_cycles
        fetch_q8 = round(256 * (ratio * wait + (spec.miss_overhead_cycles if wait else 0)))
        data_cycles = wait + (spec.miss_overhead_cycles if wait else 0)
        self._core.set_flash_state(
            wait > 0, fetch_q8, data_cycles, state.instruction_cache_on, state.data_cache_on
        )
        return True
