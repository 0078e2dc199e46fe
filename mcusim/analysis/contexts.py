"""What each execution context cost: cycles, energy and stack of the thread, of every task and of every handler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.analysis.kernels import OTHER, SLEEP
from mcusim.report.report import ContextCost

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.analysis.activity import Activities, StateCycles
    from mcusim.analysis.functions import CallTree
    from mcusim.recording.recording import Context, Recording
    from mcusim.report.quantity import Band

NEARLY_FULL_RATIO = 0.9


def context_costs(
    recording: Recording,
    tree: CallTree,
    activities: Activities,
    energy_of: Callable[[StateCycles], Band | None],
) -> tuple[ContextCost, ...]:
    """The dearest first, then what completes their sum to the run: active cycles of no function, and sleep."""
    nodes_of: dict[str, list[int]] = {context.root: [] for context in recording.contexts}
    for index in range(len(tree.nodes)):
        nodes_of.setdefault(tree.root_label(index), []).append(index)
    cycles_of = tree.cycles_by_context()
    known = {context.root: context for context in recording.contexts}
    active_cycles = max(1, recording.total_cycles - recording.sleep_cycles)
    costs = []
    for root, nodes in nodes_of.items():
        cycles = cycles_of.get(root, 0)
        cost = ContextCost(
            name=root,
            self_cycles=cycles,
            share_ratio=cycles / active_cycles,
            energy_j=energy_of(activities.of_nodes(nodes)),
        )
        costs.append(_described(cost, known[root]) if root in known else cost)
    costs.sort(key=lambda cost: (-cost.self_cycles, cost.name))
    rests = ((OTHER, activities.of_no_function()), (SLEEP, activities.of_sleep()))
    for kind, states in rests:
        cycles = round(sum(states.values()))
        share = 0.0 if kind == SLEEP else cycles / active_cycles
        rest = ContextCost(kind, cycles, kind, share_ratio=share, energy_j=energy_of(states))
        costs += [rest] if cycles else []
    return tuple(costs)


def _described(cost: ContextCost, context: Context) -> ContextCost:
    return ContextCost(
        name=context.name,
        self_cycles=cost.self_cycles,
        kind=context.kind,
        activations_count=context.activations_count,
        share_ratio=cost.share_ratio,
        energy_j=cost.energy_j,
        stack_bytes=_known(context.stack_bytes),
        stack_used_bytes=_known(context.stack_used_bytes),
        max_cycles=context.longest_cycles,
    )


def _known(size_bytes: int) -> int | None:
    return size_bytes if size_bytes >= 0 else None


def stack_warnings(contexts: tuple[ContextCost, ...]) -> list[str]:
    """Tasks whose stack ran over or nearly did."""
    warnings = []
    for each in contexts:
        if each.stack_bytes is None or each.stack_used_bytes is None:
            continue
        shown = f"{each.stack_used_bytes} of {each.stack_bytes} bytes"
        if each.stack_used_bytes > each.stack_bytes:
            warnings.append(f"the stack of task '{each.name}' overflowed: it used {shown}")
        elif each.stack_used_bytes > NEARLY_FULL_RATIO * each.stack_bytes:
            warnings.append(f"the stack of task '{each.name}' is nearly full: it used {shown}")
    return warnings
