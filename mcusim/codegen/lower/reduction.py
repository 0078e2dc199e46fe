"""Lowers sums, means and extremes of int8 tensors over axes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mcusim.codegen.graph import ElementType
from mcusim.codegen.lower.call import Call, unsupported
from mcusim.codegen.lower.elements import operand, quantization_of, require, result
from mcusim.codegen.lower.quantized import quantized_multiplier

if TYPE_CHECKING:
    from mcusim.codegen.graph import Graph, Operator, Tensor
    from mcusim.codegen.lower.call import FieldValue, Lowering, Target

_LOOPS = 4
"""REDUCE_LOOPS of firmware_samples/common/nn/reduce_s8.h."""


def _axes(graph: Graph, operator: Operator, rank: int) -> tuple[int, ...]:
    tensor = operand(graph, operator, 1)
    if not tensor.is_constant or tensor.element is not ElementType.INT32:
        raise unsupported(operator, "its axes must be int32 constants")
    axes = tuple(int(axis) for axis in tensor.values.reshape(-1).tolist())
    if any(not -rank <= axis < rank for axis in axes):
        raise unsupported(operator, f"its axes {list(axes)} are not axes of {rank} dimensions")
    return tuple(sorted({axis % rank for axis in axes}))


def _loops(shape: tuple[int, ...], axes: tuple[int, ...]) -> dict[str, list[tuple[int, int]]]:
    """(count, step) of the axes that stay and those that go, innermost first; neighbours are fused."""
    loops: dict[str, list[tuple[int, int]]] = {"kept": [], "reduced": []}
    previous, step = "", 1
    for axis in reversed(range(len(shape))):
        kind = "reduced" if axis in axes else "kept"
        if shape[axis] != 1:
            if kind == previous:
                count, first_step = loops[kind].pop()
                loops[kind].append((count * shape[axis], first_step))
            else:
                loops[kind].append((shape[axis], step))
            previous = kind
        step *= shape[axis]
    return loops


def _loop_fields(operator: Operator, source: Tensor, axes: tuple[int, ...]) -> dict[str, FieldValue]:
    fields: dict[str, FieldValue] = {}
    for kind, loops in _loops(source.shape, axes).items():
        if len(loops) > _LOOPS:
            raise unsupported(operator, f"its axes {list(axes)} of {list(source.shape)} alternate too often")
        padded = [*loops, *([(1, 1)] * (_LOOPS - len(loops)))]
        fields[kind] = tuple(number for loop in padded for number in loop)
    return fields


def _reduce_call(operator: Operator, source: Tensor, output: Tensor, params: dict[str, FieldValue]) -> Call:
    return Call(
        f"{operator.name.lower()}_s8",
        (source.index,),
        (output.index,),
        params,
        sources=("reduce_s8.c",),
        header="reduce_s8.h",
        params_type="reduce_s8_params_t",
    )


def lower_sum(graph: Graph, operator: Operator, target: Target) -> Call:
    """MEAN and SUM, with the division by the count in the multiplier (QuantizedMeanOrSum of reference/reduce.h)."""
    del target
    source, output = operand(graph, operator, 0), result(graph, operator)
    require(operator, output, ElementType.INT8)
    before, after = quantization_of(operator, source), quantization_of(operator, output)
    axes = _axes(graph, operator, len(source.shape))
    count = math.prod(source.shape[axis] for axis in axes)
    if count < 1:
        raise unsupported(operator, "it has nothing to add up")
    multiplier, shift = quantized_multiplier(before.scale / after.scale)
    if operator.name == "MEAN":
        extra_bits = min(count.bit_length() - 1, 32, 31 + shift)
        multiplier, shift = (multiplier << extra_bits) // count, shift - extra_bits
    params: dict[str, FieldValue] = {
        **_loop_fields(operator, source, axes),
        "in_offset": -before.zero_point * count,
        "multiplier": multiplier,
        "shift": shift,
        "out_offset": after.zero_point,
    }
    return _reduce_call(operator, source, output, params)


def lower_extreme(graph: Graph, operator: Operator, target: Target) -> Call:
    """REDUCE_MAX and REDUCE_MIN."""
    del target
    source, output = operand(graph, operator, 0), result(graph, operator)
    require(operator, output, ElementType.INT8)
    if quantization_of(operator, source) != quantization_of(operator, output):
        raise unsupported(operator, "its input and output must share scale and zero point")
    axes = _axes(graph, operator, len(source.shape))
    return _reduce_call(operator, source, output, _loop_fields(operator, source, axes))


def lower_arg(graph: Graph, operator: Operator, target: Target) -> Call:
    """ARG_MAX and ARG_MIN."""
    del target
    source, output = operand(graph, operator, 0), result(graph, operator)
    require(operator, output, ElementType.INT32)
    axes = _axes(graph, operator, len(source.shape))
    if len(axes) != 1:
        raise unsupported(operator, "it must have one axis")
    axis = axes[0]
    params: dict[str, FieldValue] = {
        "outer": math.prod(source.shape[:axis]),
        "count": source.shape[axis],
        "inner": math.prod(source.shape[axis + 1 :]),
    }
    return Call(
        f"{operator.name.lower()}_s8",
        (source.index,),
        (output.index,),
        params,
        sources=("arg_s8.c",),
        header="arg_s8.h",
        params_type="arg_s8_params_t",
    )


LOWERINGS: dict[tuple[str, ElementType], Lowering] = {
    ("MEAN", ElementType.INT8): lower_sum,
    ("SUM", ElementType.INT8): lower_sum,
    ("REDUCE_MAX", ElementType.INT8): lower_extreme,
    ("REDUCE_MIN", ElementType.INT8): lower_extreme,
    ("ARG_MAX", ElementType.INT8): lower_arg,
    ("ARG_MIN", ElementType.INT8): lower_arg,
}
