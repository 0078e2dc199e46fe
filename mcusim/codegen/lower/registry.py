"""Finds the lowering of an operator."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from mcusim.codegen.graph import ElementType
from mcusim.codegen.lower.call import unsupported

if TYPE_CHECKING:
    from mcusim.codegen.graph import Graph, Operator
    from mcusim.codegen.lower.call import Lowered, Lowering, Target

_MODULES = (
    "mac",
    "mac_int4",  # in the place of mac for two operators
    "pooling",
    "elementwise",
    "activation",
    "reduction",
    "recurrent",
    "moves",
    "quantize",
    "float32",
    "choices",
)
_CONTRADICTIONS = (LookupError, ValueError, TypeError, ArithmeticError)
"""What a damaged operator leads to: too few dimensions, data of another size, a scale of 0 or NaN."""


def lowerings() -> dict[tuple[str, ElementType], Lowering]:
    """By operator and element type of its first input."""
    found: dict[tuple[str, ElementType], Lowering] = {}
    for name in _MODULES:
        if find_spec(f"mcusim.codegen.lower.{name}") is None:
            continue
        found |= import_module(f"mcusim.codegen.lower.{name}").LOWERINGS
    return found


def lowered(graph: Graph, target: Target) -> tuple[tuple[Operator, Lowered], ...]:
    """Every operator with what it becomes.

    Raises:
        UnsupportedOperatorError: no kernel computes one of them, or its tensors and options contradict each other.
    """
    known = lowerings()
    return tuple((each, _checked(graph, each, target, known)) for each in graph.operators)


def _checked(
    graph: Graph, operator: Operator, target: Target, known: dict[tuple[str, ElementType], Lowering]
) -> Lowered:
    try:
        return _lowered(graph, operator, target, known)
    except _CONTRADICTIONS as error:
        raise unsupported(
            operator,
            f"its tensors and options contradict each other ({error})",
            fix="convert the model again, with the TensorFlow Lite converter",
        ) from error


def _lowered(
    graph: Graph, operator: Operator, target: Target, known: dict[tuple[str, ElementType], Lowering]
) -> Lowered:
    place = operator.inputs[0] if operator.inputs else operator.outputs[0]
    element = graph.tensors[place].element
    lowering = known.get((operator.name, element))
    if lowering is not None:
        return lowering(graph, operator, target)
    others = sorted(each.value for name, each in known if name == operator.name)
    raise unsupported(
        operator,
        f"there is no kernel for {element.value} inputs, only for {', '.join(others)}"
        if others
        else "there is no kernel for this operation",
        fix="mcusim operators lists what can be built"
        if not others
        else "convert the model to one of these types",
    )
