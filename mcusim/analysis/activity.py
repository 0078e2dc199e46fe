"""Cycles by power state (clock, execution memory, sleep) of functions, of the region and of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.analysis.memory import is_ram
from mcusim.power.schema import Activity, Execution, PowerState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mcusim.analysis.functions import CallTree
    from mcusim.analysis.kernels import KernelRow
    from mcusim.analysis.region import Region
    from mcusim.board.schema import Chip
    from mcusim.recording.recording import Phase


StateCycles = dict[PowerState, float]
"""Cycles by state; not whole where they are means or scaled."""


class Activities:
    """The power states of one run."""

    def __init__(self, region: Region, tree: CallTree, chip: Chip) -> None:
        self._phases = region.phases
        self._region = region
        self._tree = tree
        self._interface = chip.flash_interface
        self._nodes_of: dict[int, list[int]] = {}
        for index, node in enumerate(tree.nodes):
            self._nodes_of.setdefault(node.function_index, []).append(index)
        self._in_ram = tuple(is_ram(chip, function.addr) for function in tree.functions)

    def uses_flash(self) -> bool:
        """Did code of the region (of the run, when it was not reached) run from flash?

        Also at zero wait states: fetch and data share the flash, which the models leave out.
        """
        in_region = (
            self._region.node_cycles
            if self._region.traced_cycles
            else [each.node_cycles for each in self._phases]
        )
        return any(any(each and not self._is_in_ram(i) for i, each in enumerate(own)) for own in in_region)

    def of_run(self) -> StateCycles:
        """The whole run."""
        cycles: StateCycles = {}
        for index, phase in enumerate(self._phases):
            _add(cycles, self._of_nodes(index, phase.node_cycles, range(len(phase.node_cycles))))
            rest = phase.active_cycles - sum(phase.node_cycles)
            _add(cycles, {self._running(phase, in_ram=False): float(rest)} if rest > 0 else {})
            _add(cycles, _sleeping(phase, phase.sleep_cycles, phase.stop_cycles))
        return cycles

    def of_function(self, function_index: int) -> StateCycles:
        """The self cycles of one function."""
        return self.of_nodes(self._nodes_of.get(function_index, []))

    def of_nodes(self, nodes: Sequence[int]) -> StateCycles:
        """The self cycles of some call nodes."""
        cycles: StateCycles = {}
        for index, phase in enumerate(self._phases):
            _add(cycles, self._of_nodes(index, phase.node_cycles, nodes))
        return cycles

    def of_kernel(self, row: KernelRow) -> StateCycles:
        """One row of the region's kernel table, per call of the region."""
        region = self._region
        cycles: StateCycles = {}
        for index, own in enumerate(region.node_cycles):
            _add(cycles, self._of_nodes(index, own, row.node_indexes))
        scale = region.nodes_scale_ratio
        cycles = {state: each * scale for state, each in cycles.items()}
        phase = self._main_phase()
        if phase is not None and row.untraced_cycles:
            _add(cycles, {self._running(phase, in_ram=False): float(row.untraced_cycles)})
        if phase is not None and row.sleep_cycles:
            _add(cycles, _sleeping(*self._region_sleep(phase, row.sleep_cycles)))
        calls = max(1, region.calls_count)
        return {state: each / calls for state, each in cycles.items()}

    def _region_sleep(self, phase: Phase, sleep_cycles: int) -> tuple[Phase, int, int]:
        """A recording says how long the region slept, not how deep: as deep as the run did in its phases."""
        chosen = [each for own, each in zip(self._region.node_cycles, self._phases, strict=True) if any(own)]
        light = sum(each.sleep_cycles for each in chosen)
        deep = sum(each.stop_cycles for each in chosen)
        stopped = round(sleep_cycles * deep / (light + deep)) if light + deep else 0
        return phase, sleep_cycles - stopped, stopped

    def _main_phase(self) -> Phase | None:
        weights = [sum(own) for own in self._region.node_cycles]
        return self._phases[weights.index(max(weights))] if weights else None

    def _of_nodes(self, phase_index: int, own: tuple[int, ...], nodes: Iterable[int]) -> StateCycles:
        phase = self._phases[phase_index]
        in_flash = in_ram = 0
        for node in nodes:
            if self._is_in_ram(node):
                in_ram += own[node]
            else:
                in_flash += own[node]
        cycles: StateCycles = {}
        if in_flash:
            cycles[self._running(phase, in_ram=False)] = float(in_flash)
        if in_ram:
            cycles[self._running(phase, in_ram=True)] = float(in_ram)
        return cycles

    def _is_in_ram(self, node_index: int) -> bool:
        function = self._tree.nodes[node_index].function_index
        return function >= 0 and self._in_ram[function]

    def _running(self, phase: Phase, *, in_ram: bool) -> PowerState:
        return PowerState(Activity.RUN, self._execution(phase, in_ram=in_ram), phase.clock_hz)

    def _execution(self, phase: Phase, *, in_ram: bool) -> Execution:
        """Which column of the current tables applies."""
        if in_ram:
            return Execution.RAM
        if self._interface is None:
            return Execution.FLASH
        if self._interface.instruction_cache is not None and not phase.is_instruction_cache_on:
            return Execution.FLASH_UNCACHED
        return Execution.FLASH_PREFETCH if phase.is_prefetch_on else Execution.FLASH


def _sleeping(phase: Phase, sleep_cycles: int, stop_cycles: int) -> StateCycles:
    cycles: StateCycles = {}
    if sleep_cycles:
        cycles[PowerState(Activity.SLEEP, Execution.ANY, phase.clock_hz)] = float(sleep_cycles)
    if stop_cycles:
        cycles[PowerState(Activity.STOP, Execution.ANY, phase.clock_hz)] = float(stop_cycles)
    return cycles


def _add(total: StateCycles, more: StateCycles) -> None:
    for state, cycles in more.items():
        total[state] = total.get(state, 0.0) + cycles
