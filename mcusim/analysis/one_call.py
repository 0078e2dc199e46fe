"""What a single call means: its time in each power state, by the same rules as a report of many calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.analysis.activity import Activities
from mcusim.analysis.functions import CallTree
from mcusim.analysis.kernels import kernel_rows
from mcusim.analysis.region import Region, merged_phases

if TYPE_CHECKING:
    from mcusim.analysis.activity import StateCycles
    from mcusim.board.schema import Chip
    from mcusim.recording.recording import CallNode, Function, Phase


@dataclass(frozen=True, slots=True)
class OneCall:
    """A call that has returned."""

    functions: tuple[Function, ...]
    calls: tuple[CallNode, ...]
    phases: tuple[Phase, ...]
    """From the call to the return; their node cycles are of this stretch alone."""
    cycles: int
    sleep_cycles: int
    other_tasks_cycles: int
    latency_s: float
    function_addr: int


@dataclass(frozen=True, slots=True)
class CallStates:
    """Its cycles by power state."""

    states: StateCycles
    uses_flash: bool


def call_states(call: OneCall, chip: Chip) -> CallStates:
    """Of the function and all below it, with interrupts, other tasks and sleep while it was open."""
    tree = CallTree(call)
    measured = frozenset(
        index for index, function in enumerate(call.functions) if function.addr == call.function_addr
    )
    below = tree.below(measured)
    phases = merged_phases(call.phases)
    region = Region(
        calls_count=1,
        total_cycles=call.cycles,
        sleep_cycles=call.sleep_cycles,
        phases=phases,
        node_cycles=tuple(
            tuple(cycles if is_in else 0 for cycles, is_in in zip(phase.node_cycles, below, strict=True))
            for phase in phases
        ),
        seconds_s=call.latency_s,
        has_unfinished=False,
        has_handlers=False,
        other_tasks_cycles=call.other_tasks_cycles,
    )
    activities = Activities(region, tree, chip)
    states: StateCycles = {}
    for row in kernel_rows(tree, region):
        for state, cycles in activities.of_kernel(row).items():
            states[state] = states.get(state, 0.0) + cycles
    return CallStates(states, activities.uses_flash())
