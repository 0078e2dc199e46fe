"""Multiplications of a network's operators; what counts as one is firmware/models/macs.py's business."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.firmware.models.macs import macs_of

if TYPE_CHECKING:
    from mcusim.codegen.graph import Graph, Operator


def operator_macs_count(graph: Graph, operator: Operator) -> int | None:
    """Of one inference; None where the operator has no such number."""
    inputs = tuple(graph.tensors[index].shape if index >= 0 else None for index in operator.inputs)
    return macs_of(operator.name, inputs, tuple(graph.tensors[index].shape for index in operator.outputs))


def network_macs_count(graph: Graph) -> int:
    """Of all operators that have a number."""
    return sum(operator_macs_count(graph, each) or 0 for each in graph.operators)
