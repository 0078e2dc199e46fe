"""Post-training int8 quantisation of the digits network after TensorFlow Lite's specification.

Weights symmetric, per output channel for the convolutions and per tensor for the fully connected layer;
activations asymmetric per tensor; bias int32 with scale input x weight. Scales are float32, as its files have them.
Source: ai.google.dev/edge/litert/models/quantization_spec.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_samples.digits_cnn.float_net import Activations, FloatArray, Parameters

JsonLayer = dict[str, Any]
INPUT_SCALE = float(np.float32(1.0 / 255.0))
INPUT_ZERO_POINT = -128


@dataclass(frozen=True, slots=True)
class Quantization:
    """real = scale * (value - zero_point)."""

    scale: float
    zero_point: int


def activation_quantization(values: FloatArray) -> Quantization:
    """Scale and zero point that cover the values and represent 0.0 exactly."""
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    scale = float(np.float32((high - low) / 255.0))
    return Quantization(scale, int(np.clip(round(-128 - low / scale), -128, 127)))


def quantized_multiplier(real: float) -> tuple[int, int]:
    """real = multiplier / 2**31 * 2**shift with multiplier in [2**30, 2**31)."""
    fraction, shift = math.frexp(real)
    multiplier = math.floor(fraction * (1 << 31) + 0.5)
    if multiplier == 1 << 31:
        return multiplier // 2, shift + 1
    return multiplier, shift


def _integers(values: NDArray[Any]) -> list[Any]:
    rounded: list[Any] = np.floor(values + 0.5).astype(np.int64).tolist()
    return rounded


def layer_json(
    weights: FloatArray,
    bias: FloatArray,
    *,
    source: Quantization,
    target: Quantization,
    per_channel: bool = True,
) -> JsonLayer:
    """A layer whose last weight axis is the output channel, quantised (still with that axis last)."""
    channels = weights.shape[-1]
    largest = np.abs(weights).reshape(-1, channels).max(axis=0)
    if not per_channel:
        largest = np.full(channels, largest.max())
    scales = (np.maximum(largest, 1e-9) / 127.0).astype(np.float32).astype(np.float64)
    products = source.scale * scales  # in double precision, as the interpreter has it for all layers
    pairs = [quantized_multiplier(float(product) / target.scale) for product in products]
    return {
        "weights": _integers(weights / scales),
        "bias": _integers(bias / products),
        "multipliers": [multiplier for multiplier, _ in pairs],
        "shifts": [shift for _, shift in pairs],
        "input_offset": -source.zero_point,
        "output_offset": target.zero_point,
        "activation_min": -128,
        "activation_max": 127,
        "input_scale": source.scale,
        "weight_scales": scales.tolist(),
        "output_scale": target.scale,
    }


def _with_output_first(layer: JsonLayer, shape: tuple[int, ...]) -> JsonLayer:
    """Weights moved to [out, ...shape]: what the kernels read one after the other."""
    weights = np.array(layer["weights"]).T.reshape(-1, *shape)
    return layer | {"weights": weights.tolist()}


def softmax_json(logits: Quantization) -> dict[str, int]:
    """The softmax's input scale in Q5.26, as TFLite's PreprocessSoftmaxScaling computes it."""
    multiplier, left_shift = quantized_multiplier(min(logits.scale * (1 << 26), (1 << 31) - 1.0))
    radius = math.floor(31 * (1 << 26) / (1 << left_shift))
    return {"multiplier": multiplier, "left_shift": left_shift, "diff_min": -radius}


def quantized_network(params: Parameters, acts: Activations) -> dict[str, Any]:
    """Everything model_data.json holds about the network; `acts` are of the training images."""
    image = Quantization(INPUT_SCALE, INPUT_ZERO_POINT)
    conv, depthwise, pointwise, logits = (
        activation_quantization(each) for each in (acts.conv, acts.depthwise, acts.pointwise, acts.logits)
    )
    same = {"pad": 1}
    conv_layer = layer_json(params["conv_w"], params["conv_b"], source=image, target=conv)
    depthwise_layer = layer_json(params["depthwise_w"], params["depthwise_b"], source=conv, target=depthwise)
    pointwise_layer = layer_json(
        params["pointwise_w"], params["pointwise_b"], source=depthwise, target=pointwise
    )
    dense_layer = layer_json(
        params["dense_w"], params["dense_b"], source=pointwise, target=logits, per_channel=False
    )
    taps = np.array(depthwise_layer["weights"]).reshape(3, 3, -1).tolist()
    return {
        "conv": _with_output_first(conv_layer, (3, 3, 1)) | same,
        "depthwise": depthwise_layer | {"weights": taps} | same,
        "pointwise": _with_output_first(pointwise_layer, (params["pointwise_w"].shape[0],)),
        "dense": _with_output_first(dense_layer, (params["dense_w"].shape[0],)),
        "softmax": softmax_json(logits),
    }
