"""The fixed-point arithmetic of the reference kernels, fact by fact."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_samples.common import int8_reference as kernels
from firmware_samples.common.int8_reference import INT32_MAX, INT32_MIN


def _high_mul(a: int, b: int) -> int:
    return int(kernels.saturating_rounding_doubling_high_mul(np.array(a, dtype=np.int64), b))


def test_the_only_overflow_of_the_doubling_multiply_saturates():
    """gemmlowp fixedpoint.h: `overflow ? max : ...` for a == b == min."""
    assert _high_mul(INT32_MIN, INT32_MIN) == INT32_MAX


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (1 << 30, 1 << 30, 1 << 29),  # 0.5 * 0.5 = 0.25 in Q0.31
        (3, 1 << 30, 2),  # 1.5 rounds away from zero
        (-3, 1 << 30, -1),  # -1.5: gemmlowp's nudge of 1 - 2**30 rounds negative halves up
        (-5, 1 << 30, -2),
        (-(1 << 20), 1 << 30, -(1 << 19)),
    ],
)
def test_the_doubling_multiply_rounds_like_gemmlowp(a, b, expected):
    """(ab + nudge) / 2**31, truncated, with nudge 2**30 or 1 - 2**30 (gemmlowp fixedpoint.h)."""
    assert expected == _high_mul(a, b)


@pytest.mark.parametrize(("x", "expected"), [(5, 3), (-5, -3), (6, 3), (4, 2), (-7, -4), (3, 2), (-3, -2)])
def test_dividing_by_two_rounds_halves_away_from_zero(x, expected):
    """gemmlowp fixedpoint.h, RoundingDivideByPOT."""
    assert expected == int(kernels.rounding_divide_by_pot(np.array(x, dtype=np.int64), 1))


@pytest.mark.parametrize(("total", "expected"), [(6, 2), (-6, -2), (5, 1), (-5, -1), (-7, -2), (0, 0)])
def test_the_average_pool_rounds_halves_away_from_zero(total, expected):
    """TFLite reference AveragePool: acc > 0 ? (acc + n/2) / n : (acc - n/2) / n; here n = 4."""
    image = np.array([total, 0, 0, 0], dtype=np.int64).reshape(2, 2, 1)

    assert expected == int(kernels.avg_pool(image, 2)[0, 0, 0])


@pytest.mark.parametrize("seed", range(20))
def test_the_fixed_point_softmax_is_within_one_step_of_the_real_one(seed):
    """An independent check: exp in floating point, output scale 1/256."""
    from firmware_samples.digits_cnn.quantize import Quantization, softmax_json

    rng = np.random.default_rng(seed)
    scale = float(rng.uniform(0.01, 0.4))
    logits = rng.integers(-128, 128, size=10)
    exps = np.exp((logits - logits.max()) * scale)
    real = np.clip(np.round(exps / exps.sum() * 256) - 128, -128, 127)

    out = kernels.softmax(logits, kernels.SoftmaxScaling(**softmax_json(Quantization(scale, 0))))

    assert np.abs(out - real).max() <= 1
