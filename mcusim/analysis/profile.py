"""Cycles, seconds and joules by place in the calls, with what belongs to no call: the sum is the run."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from mcusim.report.profile import CONTEXT, FUNCTION, OTHER, SLEEP, Profile, ProfileNode

if TYPE_CHECKING:
    from mcusim.analysis.activity import Activities, StateCycles
    from mcusim.analysis.energy import EnergyMeter
    from mcusim.analysis.functions import CallTree
    from mcusim.power.schema import PowerState
    from mcusim.recording.recording import Recording


def profile_of(
    recording: Recording, tree: CallTree, activities: Activities, meter: EnergyMeter | None
) -> Profile:
    """The whole run; a context's root is a node of its own, and the functions that it began with are below it."""
    prices = _Prices(meter)
    seconds = [0.0] * len(tree.nodes)
    joules = [0.0] * len(tree.nodes)
    for index, state, cycles in activities.by_node():
        seconds[index] += cycles / state.clock_hz
        joules[index] += cycles * prices.j_per_cycle(state)
    roots = list(dict.fromkeys(each.root for each in tree.nodes if each.parent_index < 0))
    nodes = _contexts(recording, roots, has_energy=meter is not None)
    place_of: dict[int, int] = {}
    for index in _kept(tree):
        each = tree.nodes[index]
        parent = place_of[each.parent_index] if each.parent_index >= 0 else roots.index(each.root)
        place_of[index] = len(nodes)
        self_j = joules[index] if meter is not None else None
        nodes.append(_function(tree, index, parent, seconds[index], self_j))
    for kind, states in ((OTHER, activities.of_no_function()), (SLEEP, activities.of_sleep())):
        if any(states.values()):
            nodes.append(_rest(kind, states, prices))
    return Profile(
        nodes=tuple(nodes),
        total_cycles=sum(each.self_cycles for each in nodes),
        total_s=math.fsum(each.self_s for each in nodes),
        total_j=None if meter is None else math.fsum(each.self_j or 0.0 for each in nodes),
    )


def _kept(tree: CallTree) -> list[int]:
    """Without the roots of contexts that ran nothing outside of known functions, which is most of them."""
    parents = {each.parent_index for each in tree.nodes}
    return [
        index
        for index, each in enumerate(tree.nodes)
        if each.parent_index >= 0 or each.self_cycles or each.calls_count or index in parents
    ]


def _function(
    tree: CallTree, index: int, parent_index: int, self_s: float, self_j: float | None
) -> ProfileNode:
    node = tree.nodes[index]
    function = tree.functions[node.function_index] if node.function_index >= 0 else None
    return ProfileNode(
        name=tree.function_name(node.function_index),
        kind=FUNCTION,
        parent_index=parent_index,
        calls_count=node.calls_count,
        self_cycles=node.self_cycles,
        self_s=self_s,
        self_j=self_j,
        addr=function.addr if function else 0,
        source_file=function.source_file if function else "",
        layer_index=node.layer_index,
        is_tail_call=node.is_tail_call,
    )


class _Prices:
    """Joules of one cycle in each power state, asked for once."""

    def __init__(self, meter: EnergyMeter | None) -> None:
        self._meter = meter
        self._known: dict[PowerState, float] = {}

    @property
    def is_known(self) -> bool:
        return self._meter is not None

    def j_per_cycle(self, state: PowerState) -> float:
        if self._meter is None:
            return 0.0
        if state not in self._known:
            self._known[state] = self._meter.energy_j({state: 1.0}).value
        return self._known[state]


def _contexts(recording: Recording, roots: list[str], *, has_energy: bool) -> list[ProfileNode]:
    known = {each.root: each for each in recording.contexts}
    uses = Counter(known[root].name for root in roots if root in known)
    zero_j = 0.0 if has_energy else None
    return [
        ProfileNode(
            # Tasks may have equal names; labels of roots are never equal.
            name=known[root].name if root in known and uses[known[root].name] == 1 else root,
            kind=CONTEXT,
            parent_index=-1,
            calls_count=known[root].activations_count if root in known else 1,
            self_cycles=0,
            self_s=0.0,
            self_j=zero_j,
        )
        for root in roots
    ]


def _rest(kind: str, states: StateCycles, prices: _Prices) -> ProfileNode:
    return ProfileNode(
        name=kind,
        kind=kind,
        parent_index=-1,
        calls_count=0,
        self_cycles=round(sum(states.values())),
        self_s=math.fsum(cycles / state.clock_hz for state, cycles in states.items()),
        self_j=math.fsum(cycles * prices.j_per_cycle(state) for state, cycles in states.items())
        if prices.is_known
        else None,
    )
