"""Where the time of one inference goes, layer by layer: from the call tree to the report's network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.analysis.kernels import SLEEP, KernelRow, completing_rows, mean
from mcusim.analysis.layer_names import named_layer, with_model
from mcusim.recording.recording import LAYERS_MAX
from mcusim.report.network import LayerCost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.analysis.functions import CallTree
    from mcusim.analysis.region import Region
    from mcusim.firmware.models import Model
    from mcusim.firmware.recognise import OperatorNames
    from mcusim.recording.recording import Recording
    from mcusim.report.quantity import Band

LAYER, BETWEEN = "layer", "between"


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One row, summed over all inferences in the measured region."""

    index: int
    """Place in the inference; -1 on the rows that complete the sum."""
    function_index: int
    kernel_index: int
    """The function at or below it with most cycles of its own."""
    cost: KernelRow
    """Its calls, its cycles with everything it called, and all call nodes they are from."""


@dataclass(frozen=True, slots=True)
class Inferences:
    """All inferences in the measured region."""

    calls_count: int
    """What the sums are divided by."""
    started_count: int
    """Over the whole run: what the counts of calls, which know no region, are divided by."""
    total_cycles: int
    scale_ratio: float
    """What node cycles are multiplied with (`Region.nodes_scale_ratio`)."""
    rows: tuple[LayerRow, ...]


def inferences_in(recording: Recording, tree: CallTree, region: Region) -> Inferences | None:
    """The inferences in the region by layer; None when none was recognised, or none ran there.

    A region that is the inference function itself gives rows that sum to the region: interrupts and sleep are among
    them. Of a region around it, only what runs in its call tree can be told apart.
    """
    tops = _outermost(tree, recording.inference_addr)
    if not tops or not region.node_cycles:
        return None
    weights = [sum(column) for column in zip(*region.node_cycles, strict=True)]
    started = sum(tree.nodes[top].calls_count for top in tops)
    if recording.region_addr == recording.inference_addr and recording.region_kind in ("function", "main"):
        if not region.is_measured:
            return None
        more = [LayerRow(-1, -1, -1, each) for each in completing_rows(tree, region, 0, ())]
        rows = (*_rows(tree, weights), *more)
        calls = max(1, region.calls_count)
        return Inferences(calls, started, region.total_cycles, region.nodes_scale_ratio, rows)
    inside = tree.below(frozenset(tree.nodes[top].function_index for top in tops))
    weights = [cycles if is_in else 0 for cycles, is_in in zip(weights, inside, strict=True)]
    calls = _calls_inside(recording, tree, tops, sum(weights))
    return Inferences(calls, started, sum(weights), 1.0, _rows(tree, weights)) if calls else None


def network_of(
    inferences: Inferences,
    energies: Sequence[Band | None],
    tree: CallTree,
    operators: OperatorNames,
    models: Sequence[Model],
) -> tuple[tuple[LayerCost, ...], str]:
    """The rows as means per inference, and the name of the model that they are; `energies` are per inference."""
    total = inferences.total_cycles
    layers = []
    for row, energy in zip(inferences.rows, energies, strict=True):
        cost = row.cost
        ratio = 1.0 if cost.kind == SLEEP else inferences.scale_ratio
        name, source_file = named_layer(tree, row.cost.node_indexes, row.function_index)
        layers.append(
            LayerCost(
                index=row.index,
                kind=cost.kind,
                operator=operators.operator_of(name, source_file) if cost.kind == LAYER else "",
                name=name if cost.kind == LAYER else cost.kind,
                kernel=tree.function_name(row.kernel_index) if cost.kind == LAYER else "",
                source_file=source_file,
                calls_count=mean(cost.calls_count, inferences.started_count, 1.0),
                cycles=mean(cost.inclusive_cycles, inferences.calls_count, ratio),
                share_ratio=cost.inclusive_cycles * ratio / total if total else 0.0,
                energy_j=energy,
            )
        )
    return with_model(tuple(layers), models)


def _outermost(tree: CallTree, inference_addr: int) -> list[int]:
    """The call nodes of the inference function that are not below another one."""
    wanted = frozenset(
        index
        for index, each in enumerate(tree.functions)
        if each.addr == inference_addr and each.host_index < 0
    )
    if inference_addr < 0 or not wanted:
        return []
    below = tree.below(wanted)
    return [
        index
        for index, node in enumerate(tree.nodes)
        if node.function_index in wanted and (node.parent_index < 0 or not below[node.parent_index])
    ]


def _calls_inside(recording: Recording, tree: CallTree, tops: list[int], inside_cycles: int) -> int:
    """How many inferences a region around them holds; of a stretch, as many as its share of their cycles."""
    if recording.region_kind != "pair":
        region = [i for i, each in enumerate(tree.functions) if each.addr == recording.region_addr]
        if recording.region_kind == "whole":
            return sum(tree.nodes[top].calls_count for top in tops)
        below = tree.below(frozenset(region))
        return sum(tree.nodes[top].calls_count for top in tops if below[top])
    inside = tree.below(frozenset(tree.nodes[top].function_index for top in tops))
    everything = sum(node.self_cycles for node, is_in in zip(tree.nodes, inside, strict=True) if is_in)
    calls = sum(tree.nodes[top].calls_count for top in tops)
    return round(calls * inside_cycles / everything) if everything else 0


def _rows(tree: CallTree, weights: list[int]) -> tuple[LayerRow, ...]:
    """Layers by their place, then what is between them."""
    places = _places(tree)
    members: dict[tuple[int, int], list[int]] = {}
    between: list[int] = []
    layer_of: list[int] = []
    for index, node in enumerate(tree.nodes):
        inherited = layer_of[node.parent_index] if node.parent_index >= 0 else -1
        layer_of.append(index if node.layer_index >= 0 else inherited)
        if layer_of[index] >= 0:
            members.setdefault(places[layer_of[index]], []).append(index)
        elif weights[index]:
            between.append(index)
    rows = [_layer_row(tree, weights, key, nodes) for key, nodes in sorted(members.items())]
    rows = [each for each in rows if each.cost.inclusive_cycles]
    rest = sum(weights[index] for index in between)
    if rest:
        rows.append(LayerRow(-1, -1, -1, KernelRow(BETWEEN, -1, 0, rest, rest, tuple(between))))
    return tuple(rows)


def _places(tree: CallTree) -> dict[int, tuple[int, int]]:
    """(place, function) of each node that begins a layer.

    More calls than a network has layers are the steps of a loop: then each function is one row, at its first place.
    """
    roots = {index: node for index, node in enumerate(tree.nodes) if node.layer_index >= 0}
    if all(node.layer_index < LAYERS_MAX - 1 for node in roots.values()):
        return {index: (node.layer_index, node.function_index) for index, node in roots.items()}
    first: dict[int, int] = {}
    for node in roots.values():
        first[node.function_index] = min(node.layer_index, first.get(node.function_index, LAYERS_MAX))
    return {index: (first[node.function_index], node.function_index) for index, node in roots.items()}


def _layer_row(tree: CallTree, weights: list[int], key: tuple[int, int], nodes: list[int]) -> LayerRow:
    place, function = key
    calls = sum(tree.nodes[index].calls_count for index in nodes if tree.nodes[index].layer_index >= 0)
    cycles = sum(weights[index] for index in nodes)
    by_function: dict[int, int] = {}
    for index in nodes:
        kernel = tree.nodes[index].function_index
        by_function[kernel] = by_function.get(kernel, 0) + weights[index]
    kernel = max(sorted(by_function), key=lambda each: by_function[each])
    row = KernelRow(LAYER, function, calls, weights[nodes[0]], cycles, tuple(nodes))
    return LayerRow(place, function, kernel, row)
