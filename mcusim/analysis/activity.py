"""Cycles by power state (clock, execution memory, sleep mode …) of functions, of the region and of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.analysis.memory import region_at
from mcusim.board.schema import Medium
from mcusim.power.schema import Activity, Execution, PowerState
from mcusim.recording.timeline import PLAIN_SLEEP, sleep_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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
        self._places = tuple(_place(chip, function.addr) for function in tree.functions)

    def uses_flash(self) -> bool:
        """Did code of the region (of the run, when it was not reached) run from flash?

        Also at zero wait states: fetch and data share the flash, which the models leave out.
        """
        in_region = (
            self._region.node_cycles
            if self._region.traced_cycles
            else [each.node_cycles for each in self._phases]
        )
        return any(
            any(each and self._place_of(i) is Execution.FLASH for i, each in enumerate(own))
            for own in in_region
        )

    def of_run(self) -> StateCycles:
        """The whole run: all that the other methods tell of it."""
        cycles: StateCycles = {}
        for phase in self._phases:
            _add(cycles, self._of_nodes(phase, phase.node_cycles, range(len(phase.node_cycles))))
        _add(cycles, self.of_no_function())
        _add(cycles, self.of_sleep())
        return cycles

    def of_sleep(self) -> StateCycles:
        """The run's sleep of every depth, and waking up from it."""
        cycles: StateCycles = {}
        for phase in self._phases:
            _add(cycles, _sleeping(phase))
        return cycles

    def of_no_function(self) -> StateCycles:
        """Active cycles of the run that no call node holds: nothing, unless a recording lost some."""
        cycles: StateCycles = {}
        for phase in self._phases:
            _add(cycles, self._rest(phase))
        return cycles

    def _rest(self, phase: Phase) -> StateCycles:
        rest = phase.active_cycles - sum(phase.node_cycles)
        return {self._running(phase, Execution.FLASH): float(rest)} if rest > 0 else {}

    def of_phase(self, phase: Phase) -> dict[str, StateCycles]:
        """One phase: its sleep by the names of the timeline's spans of sleep, its active cycles by an empty name."""
        running = self._of_nodes(phase, phase.node_cycles, range(len(phase.node_cycles)))
        _add(running, self._rest(phase))
        return {"": running, **_sleeping_by_name(phase)}

    def of_function(self, function_index: int) -> StateCycles:
        """The self cycles of one function."""
        return self.of_nodes(self._nodes_of.get(function_index, []))

    def of_nodes(self, nodes: Sequence[int]) -> StateCycles:
        """The self cycles of some call nodes."""
        cycles: StateCycles = {}
        for phase in self._phases:
            _add(cycles, self._of_nodes(phase, phase.node_cycles, nodes))
        return cycles

    def by_node(self) -> Iterator[tuple[int, PowerState, int]]:
        """The self cycles of every call node: (node, state, cycles), once per phase that it ran in."""
        for phase in self._phases:
            states: dict[Execution, PowerState] = {}
            for node, cycles in enumerate(phase.node_cycles):
                if cycles:
                    place = self._place_of(node)
                    if place not in states:
                        states[place] = self._running(phase, place)
                    yield node, states[place], cycles

    def of_kernel(self, row: KernelRow) -> StateCycles:
        """One row of the region's kernel table, per call of the region."""
        region = self._region
        cycles: StateCycles = {}
        for phase, own in zip(region.phases, region.node_cycles, strict=False):
            _add(cycles, self._of_nodes(phase, own, row.node_indexes))
        scale = region.nodes_scale_ratio
        cycles = {state: each * scale for state, each in cycles.items()}
        if row.untraced_cycles:
            _add(cycles, _scaled(self._region_rest(), row.untraced_cycles))
        if row.sleep_cycles:
            _add(cycles, _scaled(self._region_sleep(), row.sleep_cycles))
        calls = max(1, region.calls_count)
        return {state: each / calls for state, each in cycles.items()}

    def _region_rest(self) -> StateCycles:
        """The region's active cycles of no call node: of calls, what interrupted them, in the phase of most of them."""
        cycles: StateCycles = {}
        for phase, is_inside in zip(self._phases, self._region.inside, strict=False):
            _add(cycles, self._rest(phase) if is_inside else {})
        return cycles or {self._running(self._main_phase(), Execution.FLASH): 1.0}

    def _region_sleep(self) -> StateCycles:
        """A recording says how long calls slept, not how: as the run did in their phases, or in any."""
        with_nodes = tuple(any(own) for own in self._region.node_cycles)
        for inside in (self._region.inside or with_nodes, (True,) * len(self._phases)):
            slept: StateCycles = {}
            for phase, is_inside in zip(self._phases, inside, strict=True):
                _add(slept, _sleeping(phase) if is_inside else {})
            if slept:
                return slept
        return {_state(self._main_phase(), Activity.SLEEP): 1.0}

    def _main_phase(self) -> Phase:
        """The one with most of the region."""
        weights = [sum(own) for own in self._region.node_cycles]
        return self._phases[weights.index(max(weights))]

    def _of_nodes(self, phase: Phase, own: tuple[int, ...], nodes: Iterable[int]) -> StateCycles:
        by_place: dict[Execution, int] = {}
        for node in nodes:
            if own[node]:
                place = self._place_of(node)
                by_place[place] = by_place.get(place, 0) + own[node]
        return {self._running(phase, place): float(count) for place, count in by_place.items()}

    def _place_of(self, node_index: int) -> Execution:
        function = self._tree.nodes[node_index].function_index
        return self._places[function] if function >= 0 else Execution.FLASH

    def _running(self, phase: Phase, place: Execution) -> PowerState:
        execution = self._flash_execution(phase) if place is Execution.FLASH else place
        return _state(phase, Activity.RUN, execution)

    def _flash_execution(self, phase: Phase) -> Execution:
        """Which column of the current tables applies to code in flash."""
        if self._interface is None:
            return Execution.FLASH
        if self._interface.instruction_cache is not None and not phase.is_instruction_cache_on:
            return Execution.FLASH_UNCACHED
        return Execution.FLASH_PREFETCH if phase.is_prefetch_on else Execution.FLASH


def _place(chip: Chip, addr: int) -> Execution:
    """The kind of memory that code at `addr` runs from."""
    region = region_at(chip, addr)
    if region is None or region.medium is not Medium.SRAM:
        return Execution.FLASH
    # Every RAM of a Cortex-M7 that its L1 caches do not go through is tightly coupled (boards/README.md).
    is_coupled = chip.core == "cortex-m7" and region.line_fill_cycles == 0
    return Execution.TCM if is_coupled else Execution.RAM


def _sleeping(phase: Phase) -> StateCycles:
    """Sleep of every depth, and waking up from it."""
    cycles: StateCycles = {}
    for each in _sleeping_by_name(phase).values():
        _add(cycles, each)
    told_cycles = sum(each.cycles for each in phase.deep)
    _add(cycles, {_state(phase, Activity.STOP): float(phase.stop_cycles - told_cycles)})
    return {state: count for state, count in cycles.items() if count}


def _sleeping_by_name(phase: Phase) -> dict[str, StateCycles]:
    named: dict[str, StateCycles] = {PLAIN_SLEEP: {_state(phase, Activity.SLEEP): float(phase.sleep_cycles)}}
    for each in phase.deep:
        activity = Activity.STANDBY if each.is_standby else Activity.STOP
        for is_waking, state, cycles in (
            (False, activity, each.cycles),
            (True, Activity.WAKE_UP, each.wake_cycles),
        ):
            name = sleep_name(each.mode, is_standby=each.is_standby, is_waking=is_waking)
            _add(named.setdefault(name, {}), {_state(phase, state, mode=each.mode): float(cycles)})
    return named


def _state(
    phase: Phase, activity: Activity, execution: Execution = Execution.ANY, *, mode: str = ""
) -> PowerState:
    """The chip in a phase. Deep sleep stops the clocks of the peripherals with the core's."""
    has_clocks = activity in (Activity.RUN, Activity.SLEEP)
    return PowerState(
        activity=activity,
        execution=execution,
        clock_hz=phase.clock_hz,
        mode=mode,
        regulator=phase.power.regulator,
        voltage_range=phase.power.voltage_range,
        peripherals=phase.power.peripherals if has_clocks else (),
    )


def _scaled(cycles: StateCycles, total_cycles: int) -> StateCycles:
    """As many cycles in all, in the same shares."""
    have = sum(cycles.values())
    return {state: each * total_cycles / have for state, each in cycles.items()}


def _add(total: StateCycles, more: StateCycles) -> None:
    for state, cycles in more.items():
        total[state] = total.get(state, 0.0) + cycles
