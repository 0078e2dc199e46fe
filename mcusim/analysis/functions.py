"""Self and inclusive cycles per function, out of the calling-context tree; no clocks or energy here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.recording.recording import CallNode, Function

EXCEPTION_ROOT = "exception"
"""Roots whose label starts so are interrupt and fault handlers."""


@dataclass(frozen=True, slots=True)
class FunctionCycles:
    """Cycles of one function over all places it was called from."""

    index: int
    calls_count: int
    self_cycles: int
    inclusive_cycles: int
    """Its own and its callees', a recursive call counted once; interrupts are not in it."""


class Calls(Protocol):
    """What has a calling-context tree: a recording, or a single call."""

    @property
    def functions(self) -> tuple[Function, ...]: ...

    @property
    def calls(self) -> tuple[CallNode, ...]: ...


class CallTree:
    """The calling-context tree of a recording with the questions that the analysis asks it."""

    def __init__(self, recording: Calls) -> None:
        self.nodes: tuple[CallNode, ...] = recording.calls
        self.functions: tuple[Function, ...] = recording.functions
        self.roots: tuple[int, ...] = _roots(self.nodes)

    def root_label(self, node_index: int) -> str:
        """The execution context of a node: "thread", "exception 15 SysTick" …"""
        return self.nodes[self.roots[node_index]].root

    def function_name(self, function_index: int) -> str:
        """The function's name; nodes that belong to none are shown as "(unknown)"."""
        return self.functions[function_index].name if function_index >= 0 else "(unknown)"

    def is_in_exception(self, node_index: int) -> bool:
        """True below an exception handler's root."""
        return self.root_label(node_index).startswith(EXCEPTION_ROOT)

    def below(self, function_indexes: frozenset[int]) -> tuple[bool, ...]:
        """Per node: is it a call of one of these functions, or below one?"""
        found: list[bool] = []
        for node in self.nodes:
            is_below = node.parent_index >= 0 and found[node.parent_index]
            found.append(is_below or node.function_index in function_indexes)
        return tuple(found)

    def by_function(self, weights: Sequence[int] | None = None) -> dict[int, FunctionCycles]:
        """Cycles per function index; `weights` replaces the nodes' self cycles (0 outside a region)."""
        own = tuple(node.self_cycles for node in self.nodes) if weights is None else tuple(weights)
        subtree = _subtree_sums(self.nodes, own)
        totals: dict[int, tuple[int, int, int]] = {}
        for index, node in enumerate(self.nodes):
            calls, self_cycles, inclusive = totals.get(node.function_index, (0, 0, 0))
            inclusive += 0 if self._is_recursive(index) else subtree[index]
            totals[node.function_index] = (calls + node.calls_count, self_cycles + own[index], inclusive)
        return {index: FunctionCycles(index, *values) for index, values in totals.items()}

    def cycles_by_context(self) -> dict[str, int]:
        """Self cycles per execution context."""
        totals: dict[str, int] = {}
        for index, node in enumerate(self.nodes):
            label = self.root_label(index)
            totals[label] = totals.get(label, 0) + node.self_cycles
        return totals

    def _is_recursive(self, node_index: int) -> bool:
        """True when a caller of this node is the same function, whose subtree holds its cycles already."""
        function, parent = self.nodes[node_index].function_index, self.nodes[node_index].parent_index
        while parent >= 0:
            if self.nodes[parent].function_index == function:
                return True
            parent = self.nodes[parent].parent_index
        return False


def _roots(nodes: tuple[CallNode, ...]) -> tuple[int, ...]:
    roots: list[int] = []
    for index, node in enumerate(nodes):
        roots.append(index if node.parent_index < 0 else roots[node.parent_index])
    return tuple(roots)


def _subtree_sums(nodes: tuple[CallNode, ...], own: tuple[int, ...]) -> list[int]:
    sums = list(own)
    for index in range(len(nodes) - 1, -1, -1):  # parents are stored first, so children are done before them
        parent = nodes[index].parent_index
        if parent >= 0:
            sums[parent] += sums[index]
    return sums
