"""Finds the function inside a wrapper whose callees are the layers: a harness tells nothing with its one call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.recording.recording import Function

    Node = tuple[int, int, int, int, int, int]
    """Function, parent, calls, self cycles, whether it is a tail call, layer: rows of the native call tree."""

_WRAPPED_RATIO = 0.9
"""A function that spends more than this in one callee is a wrapper, and so is the next one."""
_MATTERS_RATIO = 0.01
_NETWORK_CALLEES = 3
"""Where so many callees matter, the network is already told apart, however dear one of its layers is."""
_LAYER_CALLS_MIN = 2
_DEPTH_MAX = 8
"""X-CUBE-AI's run function is four calls above its layers' functions."""


@dataclass(slots=True)
class _Callee:
    """One function that the functions of a level call."""

    nodes: list[int] = field(default_factory=list)
    calls_count: int = 0
    cycles: int = 0


def inner_dispatcher_addr(nodes: Sequence[Node], functions: Sequence[Function], inference_addr: int) -> int:
    """The function below the inference whose callees tell more than its own; -1 when there is none.

    Goes down as long as one callee, called once, takes almost everything.
    """
    cycles = _inclusive(nodes)
    level = [
        index
        for index, node in enumerate(nodes)
        if node[0] >= 0
        and functions[node[0]].addr == inference_addr
        and functions[node[0]].host_index < 0
        and not _is_below(nodes, index, node[0])
    ]
    found_addr, times = -1, sum(nodes[index][2] for index in level)
    for _ in range(_DEPTH_MAX):
        callees = _callees(nodes, cycles, level)
        wrapped = _wrapped(callees, sum(cycles[index] for index in level), times)
        if wrapped < 0 or functions[wrapped].host_index >= 0:
            inner_count = sum(each.calls_count for each in callees.values())
            return found_addr if inner_count >= _LAYER_CALLS_MIN * max(1, times) else -1
        level, found_addr = callees[wrapped].nodes, functions[wrapped].addr
    return -1


def _inclusive(nodes: Sequence[Node]) -> list[int]:
    cycles = [node[3] for node in nodes]
    for index in range(len(nodes) - 1, -1, -1):
        if nodes[index][1] >= 0:
            cycles[nodes[index][1]] += cycles[index]
    return cycles


def _is_below(nodes: Sequence[Node], index: int, function: int) -> bool:
    parent = nodes[index][1]
    while parent >= 0:
        if nodes[parent][0] == function:
            return True
        parent = nodes[parent][1]
    return False


def _callees(nodes: Sequence[Node], cycles: list[int], level: list[int]) -> dict[int, _Callee]:
    parents = frozenset(level)
    found: dict[int, _Callee] = {}
    for index, (function, parent, calls_count, *_) in enumerate(nodes):
        if parent in parents and function >= 0:
            callee = found.setdefault(function, _Callee())
            callee.nodes.append(index)
            callee.calls_count += calls_count
            callee.cycles += cycles[index]
    return found


def _wrapped(callees: dict[int, _Callee], total_cycles: int, times: int) -> int:
    """The one callee of a wrapper that ran so many times, or -1: the functions of this level are none.

    A part that was jumped to, not called, has no calls.
    """
    if not callees or not total_cycles:
        return -1
    best = max(sorted(callees), key=lambda each: callees[each].cycles)
    matter_count = sum(each.cycles >= _MATTERS_RATIO * total_cycles for each in callees.values())
    is_wrapper = (
        callees[best].cycles > _WRAPPED_RATIO * total_cycles
        and callees[best].calls_count <= times
        and matter_count < _NETWORK_CALLEES
    )
    return best if is_wrapper else -1
