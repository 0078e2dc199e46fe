"""What a .tflite file consists of, as rows of a table: operators, output shapes, weights, multiply-accumulates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.codegen.macs import operator_macs_count
from mcusim.codegen.tensorflow_lite import parse_model

if TYPE_CHECKING:
    from mcusim.codegen.graph import Graph, Operator


@dataclass(frozen=True, slots=True)
class Layer:
    """One operator of the file."""

    name: str
    output_shape: tuple[int, ...]
    parameters_count: int
    macs_count: int
    """Of one inference; 0 for operators that do not multiply weights."""


def layers_of(model: bytes) -> tuple[Layer, ...]:
    """In the order of execution."""
    graph = parse_model(model, "model")
    return tuple(_layer(graph, operator) for operator in graph.operators)


def _layer(graph: Graph, operator: Operator) -> Layer:
    inputs = [graph.tensors[index] if index >= 0 else None for index in operator.inputs]
    macs_count = operator_macs_count(graph, operator) or 0
    constants = [each for each in inputs if each is not None and each.is_constant]
    parameters_count = sum(each.elements_count for each in constants) if macs_count else 0
    return Layer(operator.name, graph.tensors[operator.outputs[0]].shape, parameters_count, macs_count)


def as_markdown(layers: tuple[Layer, ...]) -> str:
    """The table of a read-me."""
    rows = ["| operator | output | weights and biases | multiply-accumulates |", "| --- | --- | --- | --- |"]
    for each in layers:
        shape = "x".join(str(size) for size in each.output_shape[1:])
        rows.append(
            f"| {each.name} | {shape} | {_number(each.parameters_count)} | {_number(each.macs_count)} |"
        )
    parameters = sum(each.parameters_count for each in layers)
    macs = sum(each.macs_count for each in layers)
    rows.append(f"| all | | {_number(parameters)} | {_number(macs)} |")
    return "\n".join(rows)


def _number(count: int) -> str:
    return f"{count:,}".replace(",", " ") if count else ""
