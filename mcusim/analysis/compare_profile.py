"""Two calling-context trees laid over each other, place by place; the nodes' weights sum to those of both runs."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

from mcusim.firmware.names import without_clone
from mcusim.report.comparison import ADDED, CHANGED, REMOVED, RENAMED, SAME
from mcusim.report.profile import FUNCTION
from mcusim.report.profile_change import ProfileChange, ProfileChangeNode

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from mcusim.report.comparison import Comparison
    from mcusim.report.profile import Profile, ProfileNode


def compare_profiles(old: Profile, new: Profile, comparison: Comparison | None = None) -> ProfileChange:
    """The places of either run. The `comparison` of the two reports tells what was renamed and which layer is which.

    Clones and parts of a function stand for the function, and calls of one function from one place are one node, but
    for a function that is several layers.
    """
    renamed = (
        {row.old_name: row.name for row in comparison.functions if row.status == RENAMED}
        if comparison
        else {}
    )
    layers = {row.old_index: row.new_index for row in comparison.layers} if comparison else {}
    merged = _Merged()
    for node, place in zip(new.nodes, _places(new, merged, {}, {}), strict=True):
        merged.add(place, node, is_old=False)
    for node, place in zip(old.nodes, _places(old, merged, renamed, layers), strict=True):
        merged.add(place, node, is_old=True)
    return ProfileChange(
        merged.nodes(has_joules=(old.total_j is not None, new.total_j is not None)),
        old.total_cycles,
        new.total_cycles,
        old.total_s,
        new.total_s,
        old.total_j,
        new.total_j,
    )


class _Merged:
    """The tree that grows: places by what leads to them, with the nodes of each run that are there."""

    def __init__(self) -> None:
        self.index_of: dict[tuple[int, Hashable], int] = {}
        self.parents: list[int] = []
        self._old: dict[int, list[ProfileNode]] = defaultdict(list)
        self._new: dict[int, list[ProfileNode]] = defaultdict(list)

    def place(self, parent: int, key: Hashable) -> int:
        """The node below `parent` with this key, made when it is not there."""
        if (parent, key) not in self.index_of:
            self.index_of[parent, key] = len(self.parents)
            self.parents.append(parent)
        return self.index_of[parent, key]

    def add(self, place: int, node: ProfileNode, *, is_old: bool) -> None:
        """One more call node at a place."""
        (self._old if is_old else self._new)[place].append(node)

    def nodes(self, *, has_joules: tuple[bool, bool]) -> tuple[ProfileChangeNode, ...]:
        """All places, parents first."""
        return tuple(
            _node(parent, self._old[place], self._new[place], has_joules)
            for place, parent in enumerate(self.parents)
        )


def _places(
    profile: Profile, merged: _Merged, renamed: Mapping[str, str], layers: Mapping[int, int]
) -> list[int]:
    """The place of each node; `layers` tells what layers of this run are called in the other, -1: not there."""
    places: list[int] = []
    for node in profile.nodes:
        parent = places[node.parent_index] if node.parent_index >= 0 else -1
        name = renamed.get(node.name, node.name)
        key: Hashable = (node.kind, without_clone(name) if node.kind == FUNCTION else name)
        if node.layer_index >= 0:
            index = layers.get(node.layer_index, node.layer_index)
            key = (key, index) if index >= 0 else (key, "gone", node.layer_index)
        places.append(merged.place(parent, key))
    return places


def _node(
    parent: int, old: Sequence[ProfileNode], new: Sequence[ProfileNode], has_joules: tuple[bool, bool]
) -> ProfileChangeNode:
    some = (new or old)[0]
    old_cycles, new_cycles = (sum(each.self_cycles for each in side) for side in (old, new))
    old_calls, new_calls = (sum(each.calls_count for each in side) for side in (old, new))
    status = SAME if (old_cycles, old_calls) == (new_cycles, new_calls) else CHANGED
    if not old or not new:
        status = REMOVED if old else ADDED
    elif old[0].name != new[0].name:
        status = RENAMED
    return ProfileChangeNode(
        name=some.name,
        old_name=old[0].name if old else "",
        kind=some.kind,
        parent_index=parent,
        status=status,
        old_calls_count=old_calls,
        new_calls_count=new_calls,
        old_self_cycles=old_cycles,
        new_self_cycles=new_cycles,
        old_self_s=math.fsum(each.self_s for each in old),
        new_self_s=math.fsum(each.self_s for each in new),
        old_self_j=math.fsum(each.self_j or 0.0 for each in old) if has_joules[0] else None,
        new_self_j=math.fsum(each.self_j or 0.0 for each in new) if has_joules[1] else None,
        source_file=some.source_file,
        layer_index=new[0].layer_index if new else -1,
    )
