/* The rounding multiplications of TensorFlow Lite's requantisation in the form that each core does fastest.
 *
 * Multipliers are never negative, so INT32_MIN * INT32_MIN, the one case that fixed_point.h saturates, cannot come up.
 */
#ifndef HIGH_MUL_H
#define HIGH_MUL_H

#include <stdint.h>

#include "fixed_point.h"

/* The same as high_mul from four products of 16 bits: Cortex-M0 and M0+ have no 32 x 32 -> 64 multiplication. */
static inline int32_t high_mul_by_halves(int32_t x, int32_t multiplier)
{
    const uint32_t x_low = (uint32_t)x & 0xFFFFu;
    const int32_t x_high = x >> 16;
    const uint32_t m_low = (uint32_t)multiplier & 0xFFFFu;
    const int32_t m_high = multiplier >> 16;
    const uint32_t low = x_low * m_low;
    const int32_t middle = x_high * (int32_t)m_low + (int32_t)(low >> 16);
    const uint32_t middle_and_carry = x_low * (uint32_t)m_high + ((uint32_t)middle & 0xFFFFu);
    const int32_t high = x_high * m_high + (middle >> 16) + (int32_t)(middle_and_carry >> 16);
    const uint32_t top_bits_of_low = (middle_and_carry >> 14) & 3u;
    return shifted_left(high, 1) + (int32_t)((top_bits_of_low + 1) >> 1);
}

/* x * multiplier / 2^31, rounded to nearest, halves up; multiplier >= 0. */
static inline int32_t high_mul(int32_t x, int32_t multiplier)
{
#if defined(__ARM_ARCH_6M__)
    return high_mul_by_halves(x, multiplier);
#else
    return (int32_t)(((int64_t)x * multiplier + ((int64_t)1 << 30)) >> 31);
#endif
}

/* x * 2^left * multiplier / 2^31 likewise, where |x| * 2^left < 2^30: one SMMULR where there is one. */
static inline int32_t high_mul_narrow(int32_t x, int32_t left, int32_t multiplier)
{
#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
    int32_t product;
    __asm__("smmulr %0, %1, %2" : "=r"(product) : "r"(shifted_left(x, left + 1)), "r"(multiplier));
    return product;
#else
    return high_mul(shifted_left(x, left), multiplier);
#endif
}

/* x / 2^exponent, halves away from zero, with no comparison; exponent in 0..31, |x| < 2^31 - 2^30. */
static inline int32_t rounding_shift_right(int32_t x, int32_t exponent)
{
    const int32_t half = (int32_t)(((uint32_t)1 << exponent) >> 1);
    const int32_t is_shift_mask = -(exponent > 0);
    return (x + ((x >> 31) & is_shift_mask) + half) >> exponent;
}

/* requantized() of fixed_point.h for multiplier >= 0. */
static inline int32_t rescaled(int32_t x, int32_t multiplier, int32_t shift)
{
    const int32_t left = shift > 0 ? shift : 0;
    const int32_t right = shift > 0 ? 0 : -shift;
    return rounding_divide_by_pot(high_mul(shifted_left(x, left), multiplier), right);
}

#endif
