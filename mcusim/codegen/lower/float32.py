"""Lowers operators on floats: element by element, reductions, softmax; multiplying layers are in float32_mac.py."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mcusim.codegen.graph import ElementType
from mcusim.codegen.lower import float32_mac, float32_recurrent
from mcusim.codegen.lower.call import Call, unsupported
from mcusim.codegen.lower.elements import broadcast_fields, number_option, operand, require, result
from mcusim.codegen.lower.float32_mac import float_range
from mcusim.codegen.lower.views import constant_integers, for_each, sizes_around

if TYPE_CHECKING:
    from mcusim.codegen.graph import Graph, Operator
    from mcusim.codegen.lower.call import FieldValue, Lowering, Target

FLOAT = ElementType.FLOAT32
_REDUCE_LOOPS = 6
"""REDUCE_F32_LOOPS of reduce_f32.h."""
_FLOATS_BYTES = 4


def _of_family(
    family: str, kernel: str, operands: tuple[int, ...], output: int, params: dict[str, FieldValue]
) -> Call:
    """A kernel that shares file, header and parameters with others."""
    return Call(
        kernel=kernel,
        inputs=operands,
        outputs=(output,),
        params=params,
        sources=(f"{family}.c",),
        header=f"{family}.h",
        params_type=f"{family}_params_t",
    )


def _binary(graph: Graph, operator: Operator, target: Target) -> Call:
    del target
    first, second, output = operand(graph, operator, 0), operand(graph, operator, 1), result(graph, operator)
    for each in (second, output):
        require(operator, each, FLOAT)
    low, high = float_range(operator)
    params: dict[str, FieldValue] = {
        "is_clamped": int((low, high) != (-math.inf, math.inf)),
        "activation_min": low,
        "activation_max": high,
        "broadcast": broadcast_fields(operator, (first.shape, second.shape, output.shape), _FLOATS_BYTES),
    }
    kernel = f"{operator.name.lower()}_f32"
    return _of_family("binary_f32", kernel, (first.index, second.index), output.index, params)


def _unary(graph: Graph, operator: Operator, target: Target) -> Call:
    del target
    source, output = operand(graph, operator, 0), result(graph, operator)
    require(operator, output, FLOAT)
    alpha = number_option(operator, "alpha") if operator.name == "LEAKY_RELU" else 0.0
    params: dict[str, FieldValue] = {"count": source.elements_count, "alpha": float(alpha)}
    kernel = f"elementwise_{operator.name.lower()}_f32"
    return _of_family("unary_f32", kernel, (source.index,), output.index, params)


def _reduce(graph: Graph, operator: Operator, target: Target) -> Call:
    del target
    source, output = operand(graph, operator, 0), result(graph, operator)
    require(operator, output, FLOAT)
    rank = len(source.shape)
    axes = {axis % rank for axis in constant_integers(graph, operator, 1)} if rank else set()
    loops = _reduce_loops(source.shape, axes)
    kept_count = math.prod(size for axis, size in enumerate(source.shape) if axis not in axes)
    if kept_count != output.elements_count or len(loops) > _REDUCE_LOOPS:
        raise unsupported(
            operator, f"reducing {source.shape} over {sorted(axes)} does not give {output.shape}"
        )
    loops = [(1, 0)] * (_REDUCE_LOOPS - len(loops)) + loops
    params: dict[str, FieldValue] = {
        "counts": tuple(count for count, _ in loops),
        "out_strides": tuple(stride for _, stride in loops),
        "out_count": kept_count,
        "divisor": float(source.elements_count / kept_count),
    }
    kernel = f"{operator.name.lower()}_f32"
    return _of_family("reduce_f32", kernel, (source.index,), output.index, params)


def _reduce_loops(shape: tuple[int, ...], axes: set[int]) -> list[tuple[int, int]]:
    """(count, stride of the output in elements), outermost first; neighbours that move alike are one loop."""
    loops: list[tuple[int, int]] = []
    stride = 1
    for axis in reversed(range(len(shape))):
        size, goes = shape[axis], axis in axes
        if size > 1:
            if loops and (loops[0][1] == 0) == goes:
                loops[0] = (loops[0][0] * size, loops[0][1])
            else:
                loops.insert(0, (size, 0 if goes else stride))
        stride *= 1 if goes else size
    return loops


def _softmax(graph: Graph, operator: Operator, target: Target) -> Call:
    del target
    source, output = operand(graph, operator, 0), result(graph, operator)
    require(operator, output, FLOAT)
    beta = number_option(operator, "beta") if operator.name == "SOFTMAX" else 1.0
    params: dict[str, FieldValue] = {
        "rows": source.elements_count // source.shape[-1],
        "depth": source.shape[-1],
        "beta": float(beta),
    }
    kernel = f"{operator.name.lower()}_f32"
    return _of_family("softmax_f32", kernel, (source.index,), output.index, params)


def _arg(graph: Graph, operator: Operator, target: Target) -> Call:
    del target
    source, output = operand(graph, operator, 0), result(graph, operator)
    require(operator, output, ElementType.INT32)
    axis = constant_integers(graph, operator, 1)[0] % len(source.shape)
    outer, inner = sizes_around(source.shape, axis)
    params: dict[str, FieldValue] = {"outer": outer, "count": source.shape[axis], "inner": inner}
    return _of_family("arg_f32", f"{operator.name.lower()}_f32", (source.index,), output.index, params)


def _l2_normalization(graph: Graph, operator: Operator, target: Target) -> Call:
    del target
    source, output = operand(graph, operator, 0), result(graph, operator)
    require(operator, output, FLOAT)
    if operator.options.get("fused_activation_function", "NONE") != "NONE":
        raise unsupported(operator, "TensorFlow Lite Micro fuses no activation with it")
    depth_count = source.shape[-1]
    params: dict[str, FieldValue] = {"rows": source.elements_count // depth_count, "depth": depth_count}
    return Call("l2_normalization_f32", (source.index,), (output.index,), params)


_BINARY = ("ADD", "SUB", "MUL", "DIV", "SQUARED_DIFFERENCE", "MAXIMUM", "MINIMUM", "PRELU")
_UNARY = (
    *("ABS", "NEG", "SQUARE", "EXP", "LOG", "SQRT", "RSQRT", "LOGISTIC", "TANH"),
    *("ELU", "RELU", "RELU6", "RELU_N1_TO_1", "LEAKY_RELU", "HARD_SWISH"),
)
_REDUCE = ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN")
LOWERINGS: dict[tuple[str, ElementType], Lowering] = {
    **for_each((FLOAT,), **dict.fromkeys(_BINARY, _binary)),
    **for_each((FLOAT,), **dict.fromkeys(_UNARY, _unary)),
    **for_each((FLOAT,), **dict.fromkeys(_REDUCE, _reduce)),
    **for_each((FLOAT,), SOFTMAX=_softmax, LOG_SOFTMAX=_softmax, ARG_MAX=_arg, ARG_MIN=_arg),
    **for_each((FLOAT,), L2_NORMALIZATION=_l2_normalization),
    **float32_mac.LOWERINGS,
    **float32_recurrent.LOWERINGS,
}
