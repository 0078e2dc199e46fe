"""Lowers int8 convolutions, depthwise convolutions, fully connected layers and matrix products."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mcusim.codegen.graph import ElementType
from mcusim.codegen.lower.call import Call, Constant, input_of, unsupported
from mcusim.codegen.lower.mac_depthwise import depthwise_call
from mcusim.codegen.lower.mac_fast import fast_call
from mcusim.codegen.lower.mac_layer import (
    MacLayer,
    Window,
    ZeroPoints,
    activation_range,
    bias_of,
    check_counts,
    constant_weights,
    quantization_of,
    scaling_of,
    window_of,
)
from mcusim.codegen.lower.mac_matmul import batch_matmul, matmul_by_weights
from mcusim.codegen.lower.quantized import quantized_multiplier

if TYPE_CHECKING:
    from mcusim.codegen.graph import Graph, Operator, Tensor
    from mcusim.codegen.lower.call import Lowered, Lowering, Target


def conv_2d(graph: Graph, operator: Operator, target: Target) -> Lowered:
    """CONV_2D, with groups as TensorFlow Lite means them: fewer channels in the weights than in the image."""
    image, output = _image(graph, operator), graph.tensors[operator.outputs[0]]
    weights = constant_weights(graph, operator)
    kernel = (weights.shape[1], weights.shape[2])
    window = window_of(operator, image, kernel, output)
    groups_count = image.shape[3] // weights.shape[3]
    return _call(operator, _layer(graph, operator, window, groups_count), target)


def depthwise_conv_2d(graph: Graph, operator: Operator, target: Target) -> Lowered:
    """DEPTHWISE_CONV_2D: a convolution with one group per input channel."""
    image, output = _image(graph, operator), graph.tensors[operator.outputs[0]]
    weights = constant_weights(graph, operator)
    kernel = (weights.shape[1], weights.shape[2])
    window = window_of(operator, image, kernel, output)
    layer = _layer(graph, operator, window, image.shape[3])
    by_channel = weights.values.astype(np.int64).transpose(3, 1, 2, 0)
    return _call(operator, replace(layer, weights=by_channel), target)


def fully_connected(graph: Graph, operator: Operator, target: Target) -> Lowered:
    """FULLY_CONNECTED: a convolution over images of one pixel."""
    weights = input_of(graph, operator, 1)
    if weights is not None and not weights.is_constant:
        return matmul_by_weights(graph, operator)
    weights = constant_weights(graph, operator)
    image, output = graph.tensors[operator.inputs[0]], graph.tensors[operator.outputs[0]]
    outputs_count, depth_count = weights.shape
    check_counts(operator, image, output, (outputs_count, depth_count))
    batches_count = image.elements_count // depth_count
    window = Window(batches_count, 1, 1, depth_count, 1, 1, outputs_count)
    layer = _layer(graph, operator, window, 1)
    if len(quantization_of(operator, weights).scales) == 1:
        multiplier, shift = quantized_multiplier(_product_ratio(operator, image, weights, output))
        ones = np.ones(outputs_count, dtype=np.int64)
        layer = replace(layer, multipliers=multiplier * ones, shifts=shift * ones)
    return _call(operator, layer, target)


def _product_ratio(operator: Operator, image: Tensor, weights: Tensor, output: Tensor) -> float:
    """GetQuantizedConvolutionMultipler of tensorflow/lite/kernels/kernel_util.cc: the product in double precision."""
    scales = [quantization_of(operator, each).scale for each in (image, weights, output)]
    return scales[0] * scales[1] / scales[2]


def _image(graph: Graph, operator: Operator) -> Tensor:
    image = graph.tensors[operator.inputs[0]]
    if len(image.shape) != 4:
        raise unsupported(operator, f"its input has {len(image.shape)} dimensions, not 4")
    return image


def _layer(graph: Graph, operator: Operator, window: Window, groups_count: int) -> MacLayer:
    image, output = graph.tensors[operator.inputs[0]], graph.tensors[operator.outputs[0]]
    weights = constant_weights(graph, operator)
    outputs_count = window.out_channels_count
    multipliers, shifts = scaling_of(operator, image, weights, output)
    kernel = (window.kernel_height_count, window.kernel_width_count)
    depth_count = window.in_channels_count // groups_count
    is_dense = operator.name != "DEPTHWISE_CONV_2D"
    return MacLayer(
        window=window,
        groups_count=groups_count,
        weights=weights.values.astype(np.int64).reshape(
            outputs_count, *kernel, depth_count if is_dense else -1
        ),
        bias=bias_of(graph, operator, outputs_count),
        multipliers=np.broadcast_to(multipliers, (outputs_count,)),
        shifts=np.broadcast_to(shifts, (outputs_count,)),
        zero_points=ZeroPoints(
            quantization_of(operator, image).zero_point,
            _weights_zero_point(operator, weights),
            quantization_of(operator, output).zero_point,
        ),
        activation_range=activation_range(operator, output),
    )


def _weights_zero_point(operator: Operator, weights: Tensor) -> int:
    """TensorFlow Lite Micro looks at it in fully connected layers only."""
    return quantization_of(operator, weights).zero_point if operator.name == "FULLY_CONNECTED" else 0


def _call(operator: Operator, layer: MacLayer, target: Target) -> Call:
    fast = fast_call if layer.groups_count == 1 else depthwise_call
    return fast(operator, layer, target) or general_call(operator, layer)


def general_call(operator: Operator, layer: MacLayer) -> Call:
    """The slow kernel that computes them all."""
    arrays = {"bias": layer.bias, "multipliers": layer.multipliers, "shifts": layer.shifts}
    constants = [Constant("weights", layer.weights.astype(np.int8))]
    constants += [Constant(name, values.astype(np.int32)) for name, values in arrays.items()]
    low, high = layer.activation_range
    return Call(
        kernel="conv_2d_general_s8",
        inputs=operator.inputs[:1],
        outputs=operator.outputs,
        constants=tuple(constants),
        params={
            "window": layer.window.fields,
            "weights": "weights",
            **{name: name for name in arrays},
            "groups": layer.groups_count,
            "input_zero_point": layer.zero_points.image,
            "weights_zero_point": layer.zero_points.weights,
            "output_zero_point": layer.zero_points.output,
            "activation_min": low,
            "activation_max": high,
        },
    )


LOWERINGS: dict[tuple[str, ElementType], Lowering] = {
    ("CONV_2D", ElementType.INT8): conv_2d,
    ("DEPTHWISE_CONV_2D", ElementType.INT8): depthwise_conv_2d,
    ("FULLY_CONNECTED", ElementType.INT8): fully_connected,
    ("BATCH_MATMUL", ElementType.INT8): batch_matmul,
}
