"""Lowers arithmetic on int32 indices, comparisons, and choices between tensors: what surrounds an embedding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mcusim.codegen.graph import ElementType
from mcusim.codegen.lower.call import Call, unsupported
from mcusim.codegen.lower.elements import broadcast_fields, operand, require, result
from mcusim.codegen.lower.views import WORD_OR_SMALLER, for_each

if TYPE_CHECKING:
    from mcusim.codegen.graph import Graph, Operator
    from mcusim.codegen.lower.call import FieldValue, Lowering, Target

_INT32_BYTES = 4
_LIMITS = np.iinfo(np.int32)
_RANGES = {
    "NONE": (int(_LIMITS.min), int(_LIMITS.max)),
    "RELU": (0, int(_LIMITS.max)),
    "RELU6": (0, 6),
    "RELU_N1_TO_1": (-1, 1),
}
_SELECT_LOOPS = 4
"""SELECT_LOOPS of select.h."""
_SELECT_KERNELS = {1: "select_bytes", 2: "select_halves", 4: "select_words"}


def _binary(graph: Graph, operator: Operator, target: Target) -> Call:
    del target
    first, second, output = operand(graph, operator, 0), operand(graph, operator, 1), result(graph, operator)
    for each in (second, output):
        require(operator, each, ElementType.INT32)
    name = str(operator.options.get("fused_activation_function", "NONE"))
    if name not in _RANGES:
        raise unsupported(operator, f"the fused activation {name} is not computed")
    params: dict[str, FieldValue] = {
        "activation_min": _RANGES[name][0],
        "activation_max": _RANGES[name][1],
        "broadcast": broadcast_fields(operator, (first.shape, second.shape, output.shape), _INT32_BYTES),
    }
    return Call(
        kernel=f"{operator.name.lower()}_s32",
        inputs=(first.index, second.index),
        outputs=(output.index,),
        params=params,
        sources=("binary_s32.c",),
        header="binary_s32.h",
        params_type="binary_s32_params_t",
    )


def _compare(graph: Graph, operator: Operator, target: Target) -> Call:
    del target
    first, second, output = operand(graph, operator, 0), operand(graph, operator, 1), result(graph, operator)
    require(operator, second, first.element)
    require(operator, output, ElementType.BOOL)
    suffix = "f32" if first.element is ElementType.FLOAT32 else "s32"
    shapes = (first.shape, second.shape, output.shape)
    return Call(
        kernel=f"{operator.name.lower()}_{suffix}",
        inputs=(first.index, second.index),
        outputs=(output.index,),
        params={"broadcast": broadcast_fields(operator, shapes, first.element.dtype.itemsize)},
        sources=("compare.c",),
        header="compare.h",
        params_type="compare_params_t",
    )


def _select(graph: Graph, operator: Operator, target: Target) -> Call:
    """SELECT and SELECT_V2; of the former, a condition of one dimension chooses rows, as TensorFlow Lite says."""
    del target
    condition, first, second = (operand(graph, operator, place) for place in range(3))
    output = result(graph, operator)
    for each in (second, output):
        require(operator, each, first.element)
    if first.element not in WORD_OR_SMALLER:
        raise unsupported(operator, f"it chooses between {first.element.value}, which no kernel does")
    if len({each.quantization for each in (first, second, output)}) > 1:
        raise unsupported(operator, "its operands and its output have unlike scales or zero points")
    shape = condition.shape
    if operator.name == "SELECT" and len(shape) == 1 and len(output.shape) > 1:
        shape = shape + (1,) * (len(output.shape) - 1)
    steps = [_steps(operator, each, output.shape) for each in (shape, first.shape, second.shape)]
    counts = (1,) * (_SELECT_LOOPS - len(output.shape)) + output.shape
    return Call(
        kernel=_SELECT_KERNELS[first.element.dtype.itemsize],
        inputs=(condition.index, first.index, second.index),
        outputs=(output.index,),
        params={
            "counts": counts,
            "condition_steps": steps[0],
            "first_steps": steps[1],
            "second_steps": steps[2],
        },
        sources=("select.c",),
        header="select.h",
        params_type="select_params_t",
    )


def _steps(operator: Operator, shape: tuple[int, ...], output: tuple[int, ...]) -> tuple[int, ...]:
    """Elements from one index to the next along each loop; 0 along dimensions that the operand does not have."""
    if len(output) > _SELECT_LOOPS:
        raise unsupported(
            operator, f"its output has {len(output)} dimensions, and the kernel {_SELECT_LOOPS} loops"
        )
    try:
        view = np.broadcast_to(np.empty(shape, np.int8), output)
    except ValueError:
        raise unsupported(operator, f"an operand of shape {shape} does not fit its output {output}") from None
    steps = tuple(0 if size == 1 else step for size, step in zip(view.shape, view.strides, strict=True))
    return (0,) * (_SELECT_LOOPS - len(steps)) + steps


_COMPARED = (ElementType.INT32, ElementType.FLOAT32)
LOWERINGS: dict[tuple[str, ElementType], Lowering] = {
    **for_each((ElementType.INT32,), ADD=_binary, SUB=_binary, MUL=_binary, MAXIMUM=_binary, MINIMUM=_binary),
    **for_each(_COMPARED, LESS=_compare, LESS_EQUAL=_compare, GREATER=_compare),
    **for_each(_COMPARED, GREATER_EQUAL=_compare, EQUAL=_compare, NOT_EQUAL=_compare),
    **for_each((ElementType.BOOL,), SELECT=_select, SELECT_V2=_select),
}
