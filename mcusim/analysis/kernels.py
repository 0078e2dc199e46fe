"""Where the time of one inference goes: functions by cost, completed by interrupts and sleep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.report.report import KernelCost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.analysis.functions import CallTree
    from mcusim.analysis.region import Region
    from mcusim.report.quantity import Band, Number

FUNCTION, INTERRUPTS, TASKS, SLEEP, OTHER = "function", "interrupts", "tasks", "sleep", "other"


@dataclass(frozen=True, slots=True)
class KernelRow:
    """One row, summed over all calls of the region."""

    kind: str
    function_index: int
    """-1 on the rows that complete the sum."""
    calls_count: int
    self_cycles: int
    inclusive_cycles: int
    node_indexes: tuple[int, ...]
    """The call nodes whose self cycles it sums."""
    untraced_cycles: int = 0
    """Active cycles that belong to no call node."""
    sleep_cycles: int = 0


def kernel_rows(tree: CallTree, region: Region) -> tuple[KernelRow, ...]:
    """The region's functions, then what completes their sum to the region's cycles.

    With an unfinished call in the recording they sum to more, which `kernel_costs` scales down.
    """
    weights = [sum(column) for column in zip(*region.node_cycles, strict=True)]
    handlers: list[int] = []
    members_of: dict[int, list[int]] = {}
    for index, cycles in enumerate(weights):
        if cycles and region.has_handlers and tree.is_in_exception(index):
            handlers.append(index)
        elif cycles:
            members_of.setdefault(tree.nodes[index].function_index, []).append(index)
    handled = sum(weights[index] for index in handlers)
    for index in handlers:
        weights[index] = 0
    costs = tree.by_function(weights) if weights else {}
    rows = [
        KernelRow(
            kind=FUNCTION,
            function_index=function,
            calls_count=sum(tree.nodes[index].calls_count for index in members),
            self_cycles=costs[function].self_cycles,
            inclusive_cycles=costs[function].inclusive_cycles,
            node_indexes=tuple(members),
        )
        for function, members in members_of.items()
    ]
    return (*rows, *completing_rows(tree, region, handled, tuple(handlers)))


def completing_rows(
    tree: CallTree, region: Region, handled_cycles: int, handlers: tuple[int, ...]
) -> list[KernelRow]:
    """Interrupts (or "other" when no handler and no second task ran), other tasks, and sleep."""
    tasks = min(region.other_tasks_cycles, region.untraced_cycles)
    untraced = region.untraced_cycles - tasks
    has_others = len({node.root for node in tree.nodes if node.parent_index < 0}) > 1
    kind = INTERRUPTS if has_others else OTHER
    active = handled_cycles + untraced
    rows = [KernelRow(kind, -1, 0, active, active, handlers, untraced_cycles=untraced)] if active else []
    if tasks:
        rows.append(KernelRow(TASKS, -1, 0, tasks, tasks, (), untraced_cycles=tasks))
    if region.sleep_cycles:
        slept = region.sleep_cycles
        rows.append(KernelRow(SLEEP, -1, 0, slept, slept, (), sleep_cycles=slept))
    return rows


def kernel_costs(
    rows: Sequence[KernelRow], energies: Sequence[Band | None], tree: CallTree, region: Region
) -> tuple[KernelCost, ...]:
    """The rows as means per call of the region, dearest first; `energies` are per call already."""
    total = region.total_cycles
    calls = max(1, region.calls_count)
    costs = []
    for row, energy in zip(rows, energies, strict=True):
        ratio = 1.0 if row.kind == SLEEP else region.nodes_scale_ratio
        known = row.function_index >= 0
        costs.append(
            KernelCost(
                name=tree.function_name(row.function_index) if row.kind == FUNCTION else row.kind,
                source_file=tree.functions[row.function_index].source_file if known else "",
                kind=row.kind,
                calls_count=mean(row.calls_count, calls, 1.0),
                self_cycles=mean(row.self_cycles, calls, ratio),
                inclusive_cycles=mean(row.inclusive_cycles, calls, ratio),
                share_ratio=row.self_cycles * ratio / total if total else 0.0,
                energy_j=energy,
            )
        )
    return tuple(sorted(costs, key=lambda cost: (-cost.self_cycles, cost.name, cost.source_file)))


def mean(total: int, calls_count: int, ratio: float) -> Number:
    """`total` x `ratio` per call: an integer where it is one, so that exact counts stay exact."""
    if ratio == 1.0:
        return total // calls_count if total % calls_count == 0 else total / calls_count
    return total * ratio / calls_count
