"""Lowers products of two int8 matrices that the network computes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from mcusim.codegen.graph import ElementType
from mcusim.codegen.lower.call import Call, input_of, unsupported
from mcusim.codegen.lower.mac_layer import quantization_of
from mcusim.codegen.lower.quantized import quantized_multiplier

if TYPE_CHECKING:
    from mcusim.codegen.graph import Graph, Operator, Tensor
    from mcusim.codegen.lower.call import FieldValue, Lowered, Target

_DIMS_COUNT = 3
"""Batch dimensions: BATCH_MATMUL_DIMS of batch_matmul_s8.h; TensorFlow Lite Micro has tensors of up to five."""


def batch_matmul(graph: Graph, operator: Operator, target: Target) -> Lowered:
    """BATCH_MATMUL."""
    del target
    lhs, rhs = (graph.tensors[index] for index in operator.inputs[:2])
    if rhs.element is not ElementType.INT8:
        raise unsupported(operator, f"its operands are int8 and {rhs.element.value}")
    if max(len(lhs.shape), len(rhs.shape)) > _DIMS_COUNT + 2 or min(len(lhs.shape), len(rhs.shape)) < 2:
        raise unsupported(
            operator, f"operands of {len(lhs.shape)} and {len(rhs.shape)} dimensions: 2 to 5 can be built"
        )
    is_transposed = (bool(operator.options.get("adj_x", False)), bool(operator.options.get("adj_y", False)))
    return _call(
        operator, (lhs, rhs, graph.tensors[operator.outputs[0]]), (lhs.shape, rhs.shape), is_transposed
    )


def matmul_by_weights(graph: Graph, operator: Operator) -> Lowered:
    """A fully connected layer whose weights the network computes."""
    lhs, rhs = (graph.tensors[index] for index in operator.inputs[:2])
    bias = input_of(graph, operator, 2)
    if bias is not None and (not bias.is_constant or np.any(bias.values)):
        raise unsupported(operator, "its weights are computed by the network, and it has a bias")
    if operator.options.get("fused_activation_function", "NONE") != "NONE":
        raise unsupported(operator, "its weights are computed by the network, and it has a fused activation")
    depth_count = rhs.shape[-1]
    shapes = ((lhs.elements_count // depth_count, depth_count), rhs.shape)
    return _call(operator, (lhs, rhs, graph.tensors[operator.outputs[0]]), shapes, (False, True))


def _call(
    operator: Operator,
    tensors: tuple[Tensor, Tensor, Tensor],
    shapes: tuple[tuple[int, ...], tuple[int, ...]],
    is_transposed: tuple[bool, bool],
) -> Call:
    (lhs_batches, lhs_sizes), (rhs_batches, rhs_sizes) = ((_batches(each), each[-2:]) for each in shapes)
    rows_count, depth_count = lhs_sizes[::-1] if is_transposed[0] else lhs_sizes
    columns_count = rhs_sizes[0] if is_transposed[1] else rhs_sizes[1]
    quantizations = [quantization_of(operator, each) for each in tensors]
    scales = [each.scale for each in quantizations]
    # GetQuantizedConvolutionMultipler of tensorflow/lite/kernels/kernel_util.cc: the product in double precision
    multiplier, shift = quantized_multiplier(scales[0] * scales[1] / scales[2])
    params: dict[str, FieldValue] = {
        "rows": rows_count,
        "depth": depth_count,
        "columns": columns_count,
        "batches": tuple(max(pair) for pair in zip(lhs_batches, rhs_batches, strict=True)),
        "lhs_strides": _strides(lhs_batches, math.prod(lhs_sizes)),
        "rhs_strides": _strides(rhs_batches, math.prod(rhs_sizes)),
        "lhs_is_transposed": int(is_transposed[0]),
        "rhs_is_transposed": int(is_transposed[1]),
        "lhs_zero_point": quantizations[0].zero_point,
        "rhs_zero_point": quantizations[1].zero_point,
        "output_zero_point": quantizations[2].zero_point,
        "multiplier": multiplier,
        "shift": shift,
    }
    scratch_bytes = 4 * (depth_count + 3 & ~3)
    return Call("batch_matmul_s8", operator.inputs[:2], operator.outputs, params, scratch_bytes=scratch_bytes)


def _batches(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Three dimensions of batches; missing ones are 1."""
    return (1,) * (_DIMS_COUNT + 2 - len(shape)) + shape[:-2]


def _strides(batches: tuple[int, ...], matrix_count: int) -> tuple[int, ...]:
    """Elements from one matrix to the next along each dimension; 0 along broadcast ones."""
    return tuple(
        0 if size == 1 else math.prod(batches[place + 1 :]) * matrix_count
        for place, size in enumerate(batches)
    )
