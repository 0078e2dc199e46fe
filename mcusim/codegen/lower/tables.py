"""The 256 results of int8 operations on one value, as TensorFlow Lite Micro's kernels compute each of them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import numpy as np

from mcusim.codegen.lower import fixed_point as fp
from mcusim.codegen.lower.call import unsupported
from mcusim.codegen.lower.elements import number_option, quantized
from mcusim.codegen.lower.quantized import quantized_multiplier

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.codegen.graph import Operator, Quantization

_VALUES = range(-128, 128)
_GATE_INTEGER_BITS = 4
"""Of the input of logistic and tanh."""
_SOFTMAX_INTEGER_BITS = 5


class Table(Protocol):
    """The results for -128, -127, … 127."""

    def __call__(self, operator: Operator, before: Quantization, after: Quantization) -> list[int]:
        """The table.

        Raises:
            UnsupportedOperatorError: scales that TensorFlow Lite Micro refuses.
        """
        ...


def _ratio(before: Quantization, after: Quantization) -> float:
    """In double precision: the interpreter's build widens `static_cast<double>(a / b)` of floats, and so it is here."""
    return before.scale / after.scale


def _input_radius(integer_bits: int, shift: int) -> int:
    """The first distance from the zero point that the fixed-point input cannot hold (CalculateInputRadius)."""
    return math.floor(((1 << integer_bits) - 1) * (1 << (31 - integer_bits)) / 2.0**shift)


def _gate(
    before: Quantization, function: Callable[[int, int], int], finish: Callable[[int], int]
) -> list[int]:
    """logistic.h and tanh.h of integer_ops: saturated outside of the radius."""
    multiplier, shift = quantized_multiplier(before.scale * (1 << (31 - _GATE_INTEGER_BITS)))
    radius = _input_radius(_GATE_INTEGER_BITS, shift)

    def of(value: int) -> int:
        x = value - before.zero_point
        if abs(x) >= radius:
            return 127 if x > 0 or x == radius else -128
        return fp.saturated(finish(function(fp.rescaled(x, multiplier, shift), _GATE_INTEGER_BITS)), 8)

    return [of(value) for value in _VALUES]


def _logistic(operator: Operator, before: Quantization, after: Quantization) -> list[int]:
    if after.zero_point != -128:
        raise unsupported(operator, f"its output must have the zero point -128, not {after.zero_point}")
    return _gate(before, fp.logistic, lambda value: fp.divided_by_pot(value, 31 - 8) - 128)


def _tanh(operator: Operator, before: Quantization, after: Quantization) -> list[int]:
    del operator, after
    return _gate(before, fp.tanh, lambda value: fp.divided_by_pot(value, 31 - 7))


def _relu(operator: Operator, before: Quantization, after: Quantization) -> list[int]:
    del operator
    multiplier, shift = quantized_multiplier(_ratio(before, after))
    scaled = (
        fp.rescaled(value - before.zero_point, multiplier, shift) + after.zero_point for value in _VALUES
    )
    return [min(max(value, after.zero_point), 127) for value in scaled]


def _relu6(operator: Operator, before: Quantization, after: Quantization) -> list[int]:
    """TensorFlow Lite Micro takes the output to have the scale of the input."""
    del operator, after
    six = fp.saturated(quantized(6.0, before), 8)
    return [min(max(value, before.zero_point), six) for value in _VALUES]


def _leaky_relu(operator: Operator, before: Quantization, after: Quantization) -> list[int]:
    slope = before.scale * number_option(operator, "alpha") / after.scale
    identity, alpha = quantized_multiplier(_ratio(before, after)), quantized_multiplier(abs(slope))
    sign = -1 if slope < 0 else 1

    def of(value: int) -> int:
        x = value - before.zero_point
        scaled = fp.rescaled(x, *identity) if x >= 0 else sign * fp.rescaled(x, *alpha)
        return fp.saturated(scaled + after.zero_point, 8)

    return [of(value) for value in _VALUES]


def _absolute(operator: Operator, before: Quantization, after: Quantization) -> list[int]:
    del operator
    multiplier, shift = quantized_multiplier(_ratio(before, after))

    def of(value: int) -> int:
        x = abs(value - before.zero_point)
        scaled = x if before.scale == after.scale else fp.rescaled(x, multiplier, shift)
        return fp.saturated(scaled + after.zero_point, 8)

    return [of(value) for value in _VALUES]


def _rsqrt(operator: Operator, before: Quantization, after: Quantization) -> list[int]:
    """Below the zero point TensorFlow Lite Micro stops; here it is the largest result, as at the zero point."""
    extra_bits = 20
    real = 1.0 / float(np.sqrt(np.float32(before.scale)) * np.float32(after.scale))
    multiplier, shift = quantized_multiplier(real)
    if shift - extra_bits < -31:
        raise unsupported(operator, "its output scale is too large for its input scale")

    def of(value: int) -> int:
        x = value - before.zero_point
        if x <= 0:
            return 127
        root, root_shift = fp.inverse_square_root(x)
        inverse = fp.rescaled(1, root, root_shift + extra_bits)
        return fp.saturated(fp.rescaled(inverse, multiplier, shift - extra_bits) + after.zero_point, 8)

    return [of(value) for value in _VALUES]


def _half_multiplier(real: float) -> tuple[int, int]:
    """Of 16 bits (DownScaleInt32ToInt16Multiplier)."""
    multiplier, shift = quantized_multiplier(real)
    return (0x7FFF if multiplier >= (1 << 31) - 1 - (1 << 15) else (multiplier + (1 << 15)) >> 16), shift


def _high_half(a: int, b: int) -> int:
    """a * b / 2**15 of two halves, rounded to nearest, halves up, saturating."""
    return min((a * b + (1 << 14)) >> 15, 0x7FFF)


def _hard_swish(operator: Operator, before: Quantization, after: Quantization) -> list[int]:
    """reference/hard_swish.h, all in 16 bits."""
    fine_scale = before.scale / 128
    scale, scale_shift = _half_multiplier(fine_scale / after.scale)
    gate, gate_shift = _half_multiplier(fine_scale / float(np.float32(3.0 / 32768.0)))
    if scale_shift > 0:
        raise unsupported(operator, "its output scale is below 1/128 of its input scale")

    def of(value: int) -> int:
        fine = (value - before.zero_point) << 7
        unshifted = _high_half(fine, scale)
        share = _high_half(fp.saturated(fine << max(gate_shift - 1, 0), 16), gate)
        if gate_shift > 0:
            share = fp.saturated(share << 1, 16)
        share = (fp.divided_by_pot(share, max(-gate_shift, 0)) + (1 << 15)) >> 1
        product = share * unshifted
        toward_zero = product >> 15 if product >= 0 else -(-product >> 15)
        return fp.saturated(fp.divided_by_pot(toward_zero, -scale_shift) + after.zero_point, 8)

    return [of(value) for value in _VALUES]


def softmax_exponentials(operator: Operator, scale: float) -> list[int]:
    """exp(-scale * i) in Q0.31 for i = 0 … 255; 0 where it is left out (PreprocessSoftmaxScaling).

    Raises:
        UnsupportedOperatorError: a scale so small that TensorFlow Lite Micro refuses it.
    """
    real = min(scale * (1 << (31 - _SOFTMAX_INTEGER_BITS)), float((1 << 31) - 1))
    if real <= 1:
        raise unsupported(operator, f"its input scale times beta is {scale}, too small to tell values apart")
    multiplier, shift = quantized_multiplier(real)
    radius = _input_radius(_SOFTMAX_INTEGER_BITS, shift)
    return [
        fp.exponential(fp.rescaled(-i, multiplier, shift), _SOFTMAX_INTEGER_BITS) if i <= radius else 0
        for i in range(256)
    ]


TABLES: dict[str, Table] = {
    "ABS": _absolute,
    "HARD_SWISH": _hard_swish,
    "LEAKY_RELU": _leaky_relu,
    "LOGISTIC": _logistic,
    "RELU": _relu,
    "RELU6": _relu6,
    "RSQRT": _rsqrt,
    "TANH": _tanh,
}
