"""Computes ahead of time what does not depend on the network's input: shapes, and arithmetic on them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from mcusim.codegen.graph import ElementType, Graph
from mcusim.codegen.lower.moves_strided import slice_index

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from mcusim.codegen.graph import Operator, Tensor

_FOLDED = (ElementType.INT32, ElementType.INT64, ElementType.BOOL)
_MOST_ELEMENTS = 1024
"""Shapes and indices are small; larger constants are weights, and folding those would cost flash."""


class _Fold(Protocol):
    def __call__(self, operator: Operator, values: list[NDArray[np.generic]]) -> NDArray[np.generic]: ...


def folded(graph: Graph) -> Graph:
    """The same network without the operators whose results are known; those results are constant tensors."""
    tensors = list(graph.tensors)
    kept: list[Operator] = []
    for operator in graph.operators:
        value = None if set(operator.outputs) & set(graph.outputs) else _value(tensors, operator)
        if value is None:
            kept.append(operator)
        else:
            output = tensors[operator.outputs[0]]
            tensors[output.index] = replace(output, data=value.astype(output.element.dtype).tobytes())
    return replace(graph, tensors=tuple(tensors), operators=tuple(kept))


def _value(tensors: list[Tensor], operator: Operator) -> NDArray[np.generic] | None:
    """What the operator gives in any inference; None where that is not known, or it is not one to fold."""
    if len(operator.outputs) != 1 or -1 in operator.inputs:
        return None
    output = tensors[operator.outputs[0]]
    if output.element not in _FOLDED or output.elements_count > _MOST_ELEMENTS:
        return None
    if operator.name == "SHAPE":
        return np.array(tensors[operator.inputs[0]].shape)
    inputs = [tensors[index] for index in operator.inputs]
    if operator.name not in _FOLDS or not all(
        each.is_constant and each.element in _FOLDED for each in inputs
    ):
        return None
    try:
        value = _FOLDS[operator.name](operator, [each.values for each in inputs])
    except (IndexError, ValueError, ZeroDivisionError):
        return None  # contradictory operands: the lowering says so
    return value.reshape(output.shape) if value.size == output.elements_count else None


def _axis(operator: Operator) -> int:
    value = operator.options.get("axis", 0)
    return value if isinstance(value, int) else 0


def _strided_slice(operator: Operator, values: list[NDArray[np.generic]]) -> NDArray[np.generic]:
    begins, ends, strides = (tuple(int(each) for each in value.reshape(-1)) for value in values[1:4])
    if operator.options.get("offset"):
        ends = tuple(begin + end for begin, end in zip(begins, ends, strict=True))
    return np.asarray(values[0][slice_index(operator, begins, ends, strides)])


def _slice(operator: Operator, values: list[NDArray[np.generic]]) -> NDArray[np.generic]:
    begins, sizes = (tuple(int(each) for each in value.reshape(-1)) for value in values[1:3])
    pairs = zip(begins, sizes, strict=True)
    return values[0][tuple(slice(begin, None if size < 0 else begin + size) for begin, size in pairs)]


def _gather(operator: Operator, values: list[NDArray[np.generic]]) -> NDArray[np.generic]:
    if operator.options.get("batch_dims"):
        raise ValueError("not folded")
    return np.take(values[0], values[1].astype(np.int64), axis=_axis(operator))


def _unchanged(operator: Operator, values: list[NDArray[np.generic]]) -> NDArray[np.generic]:
    return values[0]


def _stacked(operator: Operator, values: list[NDArray[np.generic]]) -> NDArray[np.generic]:
    return np.stack(values, axis=_axis(operator))


def _concatenated(operator: Operator, values: list[NDArray[np.generic]]) -> NDArray[np.generic]:
    return np.concatenate(values, axis=_axis(operator))


def _product(operator: Operator, values: list[NDArray[np.generic]]) -> NDArray[np.generic]:
    axes = tuple(int(axis) for axis in values[1].reshape(-1))
    return np.asarray(np.prod(values[0].astype(np.int64), axis=axes))


def _of_two(function: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.int64]]) -> _Fold:
    def compute(operator: Operator, values: list[NDArray[np.generic]]) -> NDArray[np.generic]:
        if operator.options.get("fused_activation_function", "NONE") != "NONE":
            raise ValueError("not folded")
        divides = operator.name in ("DIV", "FLOOR_DIV", "FLOOR_MOD")
        if divides and not np.all(values[1]):
            raise ZeroDivisionError
        return np.asarray(function(values[0].astype(np.int64), values[1].astype(np.int64)))

    return compute


def _truncated(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """C's division."""
    quotients: NDArray[np.int64] = np.sign(a) * np.sign(b) * (np.abs(a) // np.abs(b))
    return quotients


_FOLDS: dict[str, _Fold] = {
    "STRIDED_SLICE": _strided_slice,
    "SLICE": _slice,
    "GATHER": _gather,
    "RESHAPE": _unchanged,
    "SQUEEZE": _unchanged,
    "EXPAND_DIMS": _unchanged,
    "CAST": _unchanged,
    "PACK": _stacked,
    "CONCATENATION": _concatenated,
    "REDUCE_PROD": _product,
    "ADD": _of_two(np.add),
    "SUB": _of_two(np.subtract),
    "MUL": _of_two(np.multiply),
    "DIV": _of_two(_truncated),
    "FLOOR_DIV": _of_two(np.floor_divide),
    "FLOOR_MOD": _of_two(np.mod),
    "MAXIMUM": _of_two(np.maximum),
    "MINIMUM": _of_two(np.minimum),
}
