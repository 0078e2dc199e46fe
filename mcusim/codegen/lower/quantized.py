"""TensorFlow Lite's fixed-point numbers, multipliers and shifts, bit for bit as its kernels prepare them."""

from __future__ import annotations

import math


def quantized_multiplier(real: float) -> tuple[int, int]:
    """(multiplier, shift) with real ≈ multiplier / 2**31 * 2**shift, multiplier in [2**30, 2**31) or 0.

    As QuantizeMultiplier of tensorflow/lite/kernels/internal/quantization_util.cc.
    """
    if real == 0.0:
        return 0, 0
    fraction, shift = math.frexp(real)
    multiplier = (
        math.floor(fraction * (1 << 31) + 0.5) if fraction >= 0 else -math.floor(-fraction * (1 << 31) + 0.5)
    )
    if multiplier == 1 << 31:
        multiplier, shift = multiplier // 2, shift + 1
    if shift < -31:
        return 0, 0
    if shift > 30:
        return (1 << 31) - 1, 30
    return multiplier, shift
