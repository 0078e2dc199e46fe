"""gemmlowp's fixed-point functions on Python integers, bit for bit, for tables computed ahead of time.

Qm.n below: m integer bits, n fraction bits, one sign bit; the sources are fixedpoint/fixedpoint.h of gemmlowp and
tensorflow/lite/kernels/internal/common.h.
"""

from __future__ import annotations

_INT32_MAX = (1 << 31) - 1
_INT32_MIN = -(1 << 31)


def high_mul(a: int, b: int) -> int:
    """a * b / 2**31, rounded to nearest, halves up (SaturatingRoundingDoublingHighMul)."""
    return min((a * b + (1 << 30)) >> 31, _INT32_MAX)


def divided_by_pot(x: int, exponent: int) -> int:
    """x / 2**exponent, rounded to nearest, halves away from zero (RoundingDivideByPOT)."""
    half = (1 << exponent) >> 1
    return (x + half) >> exponent if x >= 0 else -((-x + half) >> exponent)


def shifted_left(x: int, bits: int) -> int:
    """x * 2**bits, saturating (SaturatingRoundingMultiplyByPOT)."""
    return min(max(x << bits, _INT32_MIN), _INT32_MAX)


def rescaled(x: int, multiplier: int, shift: int) -> int:
    """x * multiplier / 2**31 * 2**shift with both roundings (MultiplyByQuantizedMultiplier)."""
    wrapped = ((x << max(shift, 0)) - _INT32_MIN) % (1 << 32) + _INT32_MIN
    return divided_by_pot(high_mul(wrapped, multiplier), max(-shift, 0))


def saturated(x: int, bits: int) -> int:
    """The nearest integer of `bits` bits."""
    return min(max(x, -(1 << (bits - 1))), (1 << (bits - 1)) - 1)


def exponential(a: int, integer_bits: int) -> int:
    """exp(a) for a <= 0 with `integer_bits` integer bits; the result is Q0.31 (exp_on_negative_values)."""
    if a == 0:
        return _INT32_MAX
    quarter_bit = 29 - integer_bits
    quarter = 1 << quarter_bit
    below_quarter = (a & (quarter - 1)) - quarter
    result = _exponential_in_last_quarter(shifted_left(below_quarter, integer_bits))
    remainder = below_quarter - a
    factors = (
        1672461947,
        1302514674,
        790015084,
        290630308,
        39332535,
        720401,
        242,
    )  # exp(-1/4), … exp(-16), Q0.31
    for place, factor in enumerate(factors[: integer_bits + 2]):
        if remainder & (1 << (quarter_bit + place)):
            result = high_mul(result, factor)
    return result


def _exponential_in_last_quarter(a: int) -> int:
    """exp(a) for a in [-1/4, 0), Q0.31: Taylor around -1/8."""
    exp_minus_eighth, third = 1895147668, 715827883
    x = a + (1 << 28)
    x2 = high_mul(x, x)
    x3 = high_mul(x2, x)
    x4_over_4 = divided_by_pot(high_mul(x2, x2), 2)
    higher_terms = divided_by_pot(high_mul(x4_over_4 + x3, third) + x2, 1)
    return exp_minus_eighth + high_mul(exp_minus_eighth, x + higher_terms)


def _two_over_one_plus(x: int) -> int:
    """2 / (1 + x) in Q2.29 for x in [0, 1) in Q0.31: three Newton steps from 48/17 - 32/17 d."""
    half_denominator = (x + _INT32_MAX + 1) // 2
    estimate = 1515870810 + high_mul(half_denominator, -1010580540)
    for _ in range(3):
        error = (1 << 29) - high_mul(half_denominator, estimate)
        estimate += shifted_left(high_mul(estimate, error), 2)
    return estimate


def logistic(a: int, integer_bits: int) -> int:
    """1 / (1 + exp(-a)) in Q0.31."""
    if a == 0:
        return 1 << 30
    positive = shifted_left(_two_over_one_plus(exponential(-abs(a), integer_bits)), 1)
    return positive if a > 0 else _INT32_MAX - positive


def tanh(a: int, integer_bits: int) -> int:
    """The hyperbolic tangent in Q0.31."""
    if a == 0:
        return 0
    value = shifted_left(_two_over_one_plus(exponential(-abs(a), integer_bits + 1)) - (1 << 29), 2)
    return value if a > 0 else -value


def inverse_square_root(x: int) -> tuple[int, int]:
    """1 / sqrt(x) for x >= 0 as multiplier (Q0.31) and shift to the left (GetInvSqrtQuantizedMultiplierExp)."""
    if x <= 1:
        return _INT32_MAX, 0
    right = 11
    while x >= 1 << 29:
        x, right = x // 4, right + 1
    pairs = (32 - x.bit_length() - 1) // 2 - 1
    right -= pairs
    value = (x << (2 * pairs)) >> 1  # Q3.28 from here
    half_value, half_three, estimate = divided_by_pot(value, 1), (1 << 28) + (1 << 27), 1 << 28
    for _ in range(5):
        cube = shifted_left(high_mul(high_mul(estimate, estimate), estimate), 6)
        estimate = shifted_left(high_mul(half_three, estimate) - high_mul(half_value, cube), 3)
    multiplier = high_mul(estimate, 1518500250)  # sqrt(2) / 2
    return (multiplier << -right, 0) if right < 0 else (multiplier, -right)
