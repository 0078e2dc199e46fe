"""Lowers convolutions, fully connected layers, matrix products and pools of floats."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mcusim.codegen.graph import ElementType
from mcusim.codegen.lower.call import Call, Constant, input_of, unsupported
from mcusim.codegen.lower.elements import number_option, operand, require, result
from mcusim.codegen.lower.mac_layer import check_counts, window_of
from mcusim.codegen.lower.views import for_each

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mcusim.codegen.graph import Graph, Operator, Tensor
    from mcusim.codegen.lower.call import FieldValue, Lowering, Target
    from mcusim.codegen.lower.mac_layer import Window

    Floats = NDArray[np.float32]

_RANGES = {
    "NONE": (-math.inf, math.inf),
    "RELU": (0.0, math.inf),
    "RELU6": (0.0, 6.0),
    "RELU_N1_TO_1": (-1.0, 1.0),
}
_BATCH_DIMS_COUNT = 3
"""BATCH_MATMUL_F32_DIMS of batch_matmul_f32.h."""


def float_range(operator: Operator) -> tuple[float, float]:
    """What the fused activation leaves of all floats.

    Raises:
        UnsupportedOperatorError: an activation that is not a range.
    """
    name = str(operator.options.get("fused_activation_function", "NONE"))
    if name not in _RANGES:
        raise unsupported(operator, f"the fused activation {name} is not computed")
    return _RANGES[name]


def constant_floats(graph: Graph, operator: Operator, place: int) -> Floats:
    """A constant operand.

    Raises:
        UnsupportedOperatorError: the network computes it, or it is of another type (a hybrid model).
    """
    tensor = operand(graph, operator, place)
    if tensor.element is not ElementType.FLOAT32:
        raise unsupported(
            operator,
            f"its input is float32 and '{tensor.name}' {tensor.element.value}: a hybrid layer",
            fix="quantize the model with a representative data set, or not at all",
        )
    if not tensor.is_constant:
        raise unsupported(operator, f"'{tensor.name}' is computed by the network, and must be constant")
    return tensor.values.astype(np.float32)


def in_fours(rows: Floats) -> Floats:
    """Rows interleaved by fours, then those left over: the order of weights that mac_f32.h reads."""
    whole = len(rows) // 4 * 4
    fours = rows[:whole].reshape(-1, 4, rows.shape[1]).transpose(0, 2, 1)
    return np.concatenate((fours.reshape(-1), rows[whole:].reshape(-1)))


def _bias(graph: Graph, operator: Operator, count: int) -> Constant:
    there = input_of(graph, operator, 2) is not None
    values = constant_floats(graph, operator, 2) if there else np.zeros(count, np.float32)
    return Constant("bias", values.reshape(-1))


def _limits(operator: Operator) -> dict[str, FieldValue]:
    low, high = float_range(operator)
    return {"activation_min": low, "activation_max": high}


def _images(graph: Graph, operator: Operator) -> tuple[Tensor, Tensor]:
    image, output = operand(graph, operator, 0), result(graph, operator)
    require(operator, output, ElementType.FLOAT32)
    if len(image.shape) != 4 or len(output.shape) != 4:
        raise unsupported(operator, f"its input has {len(image.shape)} dimensions, not 4")
    return image, output


def _conv_2d(graph: Graph, operator: Operator, target: Target) -> Call:
    del target
    image, output = _images(graph, operator)
    weights = constant_floats(graph, operator, 1)
    channels, height, width, depth = weights.shape
    groups_count = image.shape[3] // depth
    grouped = weights.reshape(groups_count, channels // groups_count, -1)
    ordered = np.concatenate([in_fours(each) for each in grouped])
    return _window_call(
        "conv_2d_f32",
        operator,
        _lying(window_of(operator, image, (height, width), output)),
        {"groups": groups_count, **_limits(operator)},
        (Constant("weights", ordered), _bias(graph, operator, channels)),
    )


def _lying(window: Window) -> Window:
    """A column of pixels is in memory what a row is, and the kernel computes two neighbours of a row at once."""
    if (window.in_width_count, window.out_width_count, window.kernel_width_count) != (1, 1, 1):
        return window
    return replace(
        window,
        **{f"{name}_height_count": 1 for name in ("in", "out", "kernel", "stride", "dilation")},
        in_width_count=window.in_height_count,
        out_width_count=window.out_height_count,
        kernel_width_count=window.kernel_height_count,
        stride_width_count=window.stride_height_count,
        dilation_width_count=window.dilation_height_count,
        pad_top_count=0,
        pad_left_count=window.pad_top_count,
    )


def _depthwise_conv_2d(graph: Graph, operator: Operator, target: Target) -> Call:
    del target
    image, output = _images(graph, operator)
    weights = constant_floats(graph, operator, 1)
    _, height, width, channels = weights.shape
    return _window_call(
        "depthwise_conv_2d_f32",
        operator,
        window_of(operator, image, (height, width), output),
        {"multiplier": channels // image.shape[3], **_limits(operator)},
        (Constant("weights", weights.reshape(-1)), _bias(graph, operator, channels)),
    )


def _window_call(
    kernel: str,
    operator: Operator,
    window: Window,
    params: dict[str, FieldValue],
    constants: tuple[Constant, ...],
) -> Call:
    names: dict[str, FieldValue] = {each.name: each.name for each in constants}
    fields: dict[str, FieldValue] = {"window": window.fields, **names, **params}
    return Call(kernel, operator.inputs[:1], operator.outputs, fields, constants)


def _pool(graph: Graph, operator: Operator, target: Target) -> Call:
    del target
    image, output = _images(graph, operator)
    height, width = (int(number_option(operator, f"filter_{each}")) for each in ("height", "width"))
    return Call(
        kernel=f"{operator.name.lower()}_f32",
        inputs=operator.inputs[:1],
        outputs=operator.outputs,
        params={"window": window_of(operator, image, (height, width), output).fields, **_limits(operator)},
        sources=("pool_2d_f32.c",),
        header="pool_2d_f32.h",
        params_type="pool_2d_f32_params_t",
    )


def _fully_connected(graph: Graph, operator: Operator, target: Target) -> Call:
    del target
    source, output, weights = (
        operand(graph, operator, 0),
        result(graph, operator),
        operand(graph, operator, 1),
    )
    require(operator, output, ElementType.FLOAT32)
    if not weights.is_constant and weights.element is ElementType.FLOAT32:
        return _product_with_computed_weights(graph, operator, source, weights)
    values = constant_floats(graph, operator, 1)
    outputs_count, depth_count = values.shape
    check_counts(operator, source, output, (outputs_count, depth_count))
    return Call(
        kernel="fully_connected_f32",
        inputs=operator.inputs[:1],
        outputs=operator.outputs,
        params={
            "rows": source.elements_count // depth_count,
            "depth": depth_count,
            "outputs": outputs_count,
            "weights": "weights",
            "bias": "bias",
            **_limits(operator),
        },
        constants=(Constant("weights", in_fours(values)), _bias(graph, operator, outputs_count)),
    )


def _product_with_computed_weights(graph: Graph, operator: Operator, source: Tensor, weights: Tensor) -> Call:
    if input_of(graph, operator, 2) is not None or float_range(operator) != _RANGES["NONE"]:
        raise unsupported(
            operator, "its weights are computed by the network, and it has a bias or an activation"
        )
    depth_count = weights.shape[-1]
    shapes = (source.elements_count // depth_count, depth_count), weights.shape
    return _matmul_call(operator, shapes, (False, True))


def _batch_matmul(graph: Graph, operator: Operator, target: Target) -> Call:
    del target
    lhs, rhs = operand(graph, operator, 0), operand(graph, operator, 1)
    require(operator, rhs, ElementType.FLOAT32)
    ranks = len(lhs.shape), len(rhs.shape)
    if min(ranks) < 2 or max(ranks) > _BATCH_DIMS_COUNT + 2:
        raise unsupported(operator, f"operands of {ranks[0]} and {ranks[1]} dimensions: 2 to 5 can be built")
    transposed = bool(operator.options.get("adj_x", False)), bool(operator.options.get("adj_y", False))
    return _matmul_call(operator, (lhs.shape, rhs.shape), transposed)


def _matmul_call(
    operator: Operator, shapes: tuple[tuple[int, ...], tuple[int, ...]], is_transposed: tuple[bool, bool]
) -> Call:
    """Steps of the operands from a numpy view of each: (batches…, rows, depth) and (batches…, depth, columns)."""
    lhs, rhs = (np.empty((1,) * (_BATCH_DIMS_COUNT + 2 - len(shape)) + shape, np.int8) for shape in shapes)
    lhs = lhs.swapaxes(-1, -2) if is_transposed[0] else lhs
    rhs = rhs.swapaxes(-1, -2) if is_transposed[1] else rhs
    batches = np.broadcast_shapes(lhs.shape[:-2], rhs.shape[:-2])
    lhs, rhs = (np.broadcast_to(each, (*batches, *each.shape[-2:])) for each in (lhs, rhs))
    if lhs.shape[-1] != rhs.shape[-2]:
        raise unsupported(operator, f"matrices of {lhs.shape[-2:]} and {rhs.shape[-2:]} cannot be multiplied")
    params: dict[str, FieldValue] = {
        "rows": lhs.shape[-2],
        "depth": lhs.shape[-1],
        "columns": rhs.shape[-1],
        "batches": batches,
        "lhs_steps": lhs.strides[:-2],
        "rhs_steps": rhs.strides[:-2],
        "lhs_row_step": lhs.strides[-2],
        "lhs_depth_step": lhs.strides[-1],
        "rhs_depth_step": rhs.strides[-2],
        "rhs_column_step": rhs.strides[-1],
    }
    return Call("batch_matmul_f32", operator.inputs[:2], operator.outputs, params)


LOWERINGS: dict[tuple[str, ElementType], Lowering] = for_each(
    (ElementType.FLOAT32,),
    CONV_2D=_conv_2d,
    DEPTHWISE_CONV_2D=_depthwise_conv_2d,
    FULLY_CONNECTED=_fully_connected,
    BATCH_MATMUL=_batch_matmul,
    AVERAGE_POOL_2D=_pool,
    MAX_POOL_2D=_pool,
)
