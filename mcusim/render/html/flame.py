"""The calling-context tree as the numbers that the page's flame graph draws; bounded, and still summing to the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcusim.render import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.report.profile import Profile, ProfileNode
    from mcusim.report.profile_change import ProfileChange, ProfileChangeNode

NODES_SHOWN = 4000
"""Places in the calls that a page holds; the cheapest ones are summed under their callers."""
_SIGNIFICANT_DIGITS = 7
REST = "(smaller calls)"


def flame_data(profile: Profile) -> dict[str, Any]:
    """Columns of the tree's nodes, parents first."""
    nodes = profile.nodes
    weights: list[Sequence[float]] = [[each.self_cycles for each in nodes], [each.self_s for each in nodes]]
    if profile.total_j is not None:
        weights.append([each.self_j or 0.0 for each in nodes])
    tree = _Tree(nodes, _dearest(nodes, weights))
    data = tree.columns()
    data["calls"] = tree.summed([each.calls_count for each in nodes], has_rest=False)
    data["cycles"] = tree.summed(weights[0])
    data["s"] = _rounded(tree.summed(weights[1]))
    data["j"] = _rounded(tree.summed(weights[2])) if len(weights) > 2 else None
    data["layer"] = [each.layer_index for each in tree.shown()] + [-1] * tree.rest_count
    return data


def change_data(change: ProfileChange) -> dict[str, Any]:
    """The same for two runs: each weight of the old and of the new one."""
    nodes = change.nodes
    pairs: dict[str, list[Sequence[float]]] = {
        "cycles": [[each.old_self_cycles for each in nodes], [each.new_self_cycles for each in nodes]],
        "s": [[each.old_self_s for each in nodes], [each.new_self_s for each in nodes]],
    }
    if change.old_j is not None and change.new_j is not None:
        pairs["j"] = [[each.old_self_j or 0.0 for each in nodes], [each.new_self_j or 0.0 for each in nodes]]
    tree = _Tree(nodes, _dearest(nodes, [column for columns in pairs.values() for column in columns]))
    data = tree.columns()
    data["status"] = [each.status for each in tree.shown()] + [""] * tree.rest_count
    data["was"] = [_old_name(each) for each in tree.shown()] + [""] * tree.rest_count
    data["calls"] = tree.summed([each.new_calls_count for each in nodes], has_rest=False)
    data["old_calls"] = tree.summed([each.old_calls_count for each in nodes], has_rest=False)
    data["j"] = data["old_j"] = None
    for name, (old, new) in pairs.items():
        data[name], data[f"old_{name}"] = _rounded(tree.summed(new)), _rounded(tree.summed(old))
    data["layer"] = [each.layer_index for each in tree.shown()] + [-1] * tree.rest_count
    return data


def _old_name(node: ProfileChangeNode) -> str:
    is_renamed = node.old_name not in ("", node.name)
    return words.printable(words.short_name(node.old_name)) if is_renamed else ""


class _Tree:
    """The kept nodes in a new numbering, followed by one row per node whose cheap callees were summed."""

    def __init__(self, nodes: Sequence[ProfileNode | ProfileChangeNode], dearest: list[int]) -> None:
        self._nodes = nodes
        self._kept = sorted(dearest[:NODES_SHOWN])
        self._left_out = dearest[NODES_SHOWN:]
        self._new = {old: new for new, old in enumerate(self._kept)}
        self._owner = self._owners()
        owners = sorted({self._owner[index] for index in self._left_out})
        self._rests = {owner: len(self._kept) + place for place, owner in enumerate(owners)}

    @property
    def rest_count(self) -> int:
        return len(self._rests)

    def shown(self) -> list[Any]:
        """The kept nodes."""
        return [self._nodes[index] for index in self._kept]

    def columns(self) -> dict[str, Any]:
        """Names, kinds, files and parents."""
        shown = self.shown()
        rest = self.rest_count
        names = [words.printable(words.short_name(each.name)) for each in shown] + [REST] * rest
        files = [words.printable(each.source_file.rpartition("/")[2]) for each in shown] + [""] * rest
        kinds = [each.kind for each in shown] + ["rest"] * rest
        parents = [self._new.get(each.parent_index, -1) for each in shown] + sorted(self._rests)
        data: dict[str, Any] = {"parent": parents, "left_out": len(self._left_out)}
        for key, column in (("name", names), ("file", files), ("kind", kinds)):
            table = list(dict.fromkeys(column))
            places = {text: place for place, text in enumerate(table)}
            data[key], data[f"{key}s"] = [places[text] for text in column], table
        return data

    def summed(self, weights: Sequence[float], *, has_rest: bool = True) -> list[float]:
        """A weight per row; what was left out is in the row of the rest below the place that it was called from."""
        column: list[float] = [weights[index] for index in self._kept] + [0] * self.rest_count
        for index in self._left_out if has_rest else ():
            column[self._rests[self._owner[index]]] += weights[index]
        return column

    def _owners(self) -> list[int]:
        """For each node, the nearest kept one at or above it, in the new numbering; -1: none."""
        owners: list[int] = []
        for index, node in enumerate(self._nodes):
            above = owners[node.parent_index] if node.parent_index >= 0 else -1
            owners.append(self._new.get(index, above))
        return owners


def _dearest(nodes: Sequence[ProfileNode | ProfileChangeNode], weights: list[Sequence[float]]) -> list[int]:
    """The nodes that cost anything, those with the largest share of any weight first; callers are never after
    what they call.
    """
    shares = [0.0] * len(nodes)
    for column in weights:
        inclusive = list(column)
        for index in range(len(nodes) - 1, -1, -1):
            if nodes[index].parent_index >= 0:
                inclusive[nodes[index].parent_index] += inclusive[index]
        total = sum(column) or 1.0
        shares = [max(share, value / total) for share, value in zip(shares, inclusive, strict=True)]
    with_cost = [index for index in range(len(nodes)) if shares[index] > 0]
    return sorted(with_cost, key=lambda index: (-shares[index], index))


def _rounded(column: Sequence[float]) -> list[float]:
    return [
        value if isinstance(value, int) else float(f"{value:.{_SIGNIFICANT_DIGITS}g}") for value in column
    ]
