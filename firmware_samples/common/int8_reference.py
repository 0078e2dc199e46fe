"""Integer reference of the kernels in `nn/`, bit for bit, in numpy; no quantisation and no training.

The arithmetic is TensorFlow Lite's int8 specification (ai.google.dev/edge/litert/models/quantization_spec)
with the double rounding of its reference kernels; the softmax is their fixed-point one, from gemmlowp.
Tensors are int arrays in NHWC order without N.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]

INT32_MAX = (1 << 31) - 1
INT32_MIN = -(1 << 31)
INT8_MIN, INT8_MAX = -128, 127


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer with weights: `multipliers` and `shifts` have one entry per output channel."""

    weights: IntArray
    """conv [out, h, w, in]; depthwise [h, w, channel]; pointwise and fully connected [out, in]."""
    bias: IntArray
    multipliers: IntArray
    shifts: IntArray
    input_offset: int
    output_offset: int
    activation_min: int
    activation_max: int
    pad: int = 0
    stride: int = 1

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Layer:
        """The layer out of a model file; its real-valued scales are for readers only."""
        values: dict[str, Any] = {each.name: data[each.name] for each in fields(cls) if each.name in data}
        for name in ("weights", "bias", "multipliers", "shifts"):
            values[name] = np.array(values[name], dtype=np.int64)
        return cls(**values)


@dataclass(frozen=True, slots=True)
class SoftmaxScaling:
    """Input scale of the softmax as multiplier, left shift, and the smallest difference that matters."""

    multiplier: int
    left_shift: int
    diff_min: int


def saturating_rounding_doubling_high_mul(a: IntArray, b: IntArray | int) -> IntArray:
    """High 32 bits of 2ab, rounded half away from zero; INT32_MIN squared saturates."""
    product = a * np.int64(b) if isinstance(b, int) else a * b
    nudged = product + np.where(product >= 0, 1 << 30, 1 - (1 << 30))
    high = np.where(nudged >= 0, nudged >> 31, -(-nudged >> 31))
    return np.minimum(high, INT32_MAX)


def rounding_divide_by_pot(x: IntArray, exponent: IntArray | int) -> IntArray:
    """x / 2**exponent, rounded half away from zero."""
    mask = (np.int64(1) << exponent) - 1
    threshold = (mask >> 1) + (x < 0)
    return (x >> exponent) + ((x & mask) > threshold)


def requantized(acc: IntArray, multipliers: IntArray, shifts: IntArray) -> IntArray:
    """acc * multiplier / 2**31 * 2**shift rounded twice as TFLite's MultiplyByQuantizedMultiplier."""
    shifted = acc << np.maximum(shifts, 0)
    return rounding_divide_by_pot(
        saturating_rounding_doubling_high_mul(shifted, multipliers), np.maximum(-shifts, 0)
    )


def _finished(acc: IntArray, layer: Layer) -> IntArray:
    """Accumulators with bias (channel last) to int8 values."""
    out = requantized(acc + layer.bias, layer.multipliers, layer.shifts) + layer.output_offset
    return np.clip(out, layer.activation_min, layer.activation_max)


def _patches(image: IntArray, layer: Layer, size: tuple[int, int]) -> IntArray:
    """Windows [out_h, out_w, kernel_h, kernel_w, channel] with the offset added; padding is a real zero."""
    shifted = np.pad(image + layer.input_offset, ((layer.pad,) * 2, (layer.pad,) * 2, (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(shifted, size, axis=(0, 1))
    return windows[:: layer.stride, :: layer.stride].transpose(0, 1, 3, 4, 2)


def conv2d(image: IntArray, layer: Layer) -> IntArray:
    """Convolution; weights [out, kernel_h, kernel_w, in]."""
    patches = _patches(image, layer, layer.weights.shape[1:3])
    return _finished(np.tensordot(patches, layer.weights, axes=((2, 3, 4), (1, 2, 3))), layer)


def depthwise_conv2d(image: IntArray, layer: Layer) -> IntArray:
    """Depthwise convolution, one output per input channel; weights [kernel_h, kernel_w, channel]."""
    patches = _patches(image, layer, layer.weights.shape[0:2])
    return _finished((patches * layer.weights).sum(axis=(2, 3)), layer)


def dense(values: IntArray, layer: Layer) -> IntArray:
    """Matrix product over the last axis: pointwise convolution or fully connected; weights [out, in]."""
    return _finished((values + layer.input_offset) @ layer.weights.T, layer)


def _pool_windows(image: IntArray, size: int) -> IntArray:
    height, width, channels = image.shape
    tiles = image.reshape(height // size, size, width // size, size, channels)
    return tiles.transpose(0, 2, 4, 1, 3).reshape(height // size, width // size, channels, size * size)


def max_pool(image: IntArray, size: int) -> IntArray:
    """Largest of each size x size tile."""
    largest: IntArray = _pool_windows(image, size).max(axis=-1)
    return largest


def avg_pool(image: IntArray, size: int) -> IntArray:
    """Mean of each size x size tile, rounded half away from zero."""
    total: IntArray = _pool_windows(image, size).sum(axis=-1)
    count = size * size
    magnitude = (np.abs(total) + count // 2) // count
    return np.where(total > 0, magnitude, -magnitude)


def exponentials(scaling: SoftmaxScaling, count: int) -> IntArray:
    """exp(-i) of the first `count` differences i in the input's scale, Q0.31; 0 where the softmax leaves it out."""
    diff = -np.arange(count, dtype=np.int64)
    counts = diff >= scaling.diff_min
    exponent = saturating_rounding_doubling_high_mul(
        np.where(counts, diff, 0) << scaling.left_shift, scaling.multiplier
    )
    return np.where(counts, _exp_on_negative_values(exponent), 0)


def softmax(logits: IntArray, scaling: SoftmaxScaling) -> IntArray:
    """Probabilities with scale 1/256 and zero point -128."""
    diff = logits - logits.max()
    counts = diff >= scaling.diff_min
    exponent = saturating_rounding_doubling_high_mul(
        np.where(counts, diff, 0) << scaling.left_shift, scaling.multiplier
    )
    exps = np.where(counts, _exp_on_negative_values(exponent), 0)
    total = int(rounding_divide_by_pot(exps, 12)[counts].sum())  # Q12.19
    headroom_bits = 32 - total.bit_length()
    reciprocal = _one_over_one_plus_x((total << headroom_bits) - (1 << 31))
    scaled = saturating_rounding_doubling_high_mul(exps, reciprocal)
    out = rounding_divide_by_pot(scaled, 12 - headroom_bits + 31 - 8) + INT8_MIN
    return np.where(counts, np.clip(out, INT8_MIN, INT8_MAX), INT8_MIN)


# exp(-2**e) in Q0.31 for e = -2..4: gemmlowp's fixedpoint.h, exp_on_negative_values.
_EXP_FACTORS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)


def _exp_on_negative_values(a: IntArray) -> IntArray:
    """exp of Q5.26 values <= 0, in Q0.31."""
    quarter = 1 << 24
    below_quarter = (a & (quarter - 1)) - quarter
    result = _exp_on_last_quarter(below_quarter << 5)
    remainder = below_quarter - a
    for bit, factor in enumerate(_EXP_FACTORS, start=24):
        result = np.where(
            remainder & (1 << bit), saturating_rounding_doubling_high_mul(result, factor), result
        )
    return np.where(a == 0, INT32_MAX, result)


def _exp_on_last_quarter(a: IntArray) -> IntArray:
    """exp of Q0.31 values in [-1/4, 0): Taylor around -1/8."""
    mul = saturating_rounding_doubling_high_mul
    exp_minus_eighth, third = 1895147668, 715827883
    x = a + (1 << 28)
    x2 = mul(x, x)
    x3 = mul(x2, x)
    x4_over_4 = rounding_divide_by_pot(mul(x2, x2), 2)
    higher_terms = rounding_divide_by_pot(mul(x4_over_4 + x3, third) + x2, 1)
    return exp_minus_eighth + mul(x + higher_terms, exp_minus_eighth)


def _one_over_one_plus_x(x: int) -> int:
    """1 / (1 + x) for x in [0, 1), both Q0.31: three Newton steps from 48/17 - 32/17 d."""
    mul = saturating_rounding_doubling_high_mul
    half_denominator = np.array((x + INT32_MAX + 1) // 2, dtype=np.int64)
    estimate = 1515870810 + mul(half_denominator, -1010580540)  # Q2.29
    for _ in range(3):
        error = (1 << 29) - mul(half_denominator, estimate)
        estimate = estimate + np.clip(mul(estimate, error) << 2, INT32_MIN, INT32_MAX)
    return int(np.clip(estimate << 1, INT32_MIN, INT32_MAX))
