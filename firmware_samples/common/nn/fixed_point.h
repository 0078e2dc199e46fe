/* Fixed-point arithmetic of TensorFlow Lite's reference kernels (double rounding). */
#ifndef FIXED_POINT_H
#define FIXED_POINT_H

#include <stdint.h>

/* High word of 2ab, halves away from zero; the one overflow saturates. */
static inline int32_t saturating_rounding_doubling_high_mul(int32_t a, int32_t b)
{
    if (a == INT32_MIN && b == INT32_MIN) {
        return INT32_MAX;
    }
    int64_t product = (int64_t)a * b;
    int64_t nudge = product >= 0 ? (int64_t)1 << 30 : 1 - ((int64_t)1 << 30);
    return (int32_t)((product + nudge) / ((int64_t)1 << 31));
}

/* x / 2^exponent, halves away from zero. */
static inline int32_t rounding_divide_by_pot(int32_t x, int32_t exponent)
{
    int32_t mask = (int32_t)(((uint32_t)1 << exponent) - 1);
    int32_t threshold = (mask >> 1) + (x < 0);
    return (x >> exponent) + ((x & mask) > threshold);
}

static inline int32_t shifted_left(int32_t x, int32_t bits)
{
    return (int32_t)((uint32_t)x << bits); /* defined for negative x, too */
}

static inline int32_t clamped(int32_t x, int32_t low, int32_t high)
{
    return x < low ? low : x > high ? high : x;
}

/* acc * multiplier / 2^31 * 2^shift: from the scale of input times weight to that of the output. */
static inline int32_t requantized(int32_t acc, int32_t multiplier, int32_t shift)
{
    int32_t left = shift > 0 ? shift : 0;
    int32_t right = shift > 0 ? 0 : -shift;
    return rounding_divide_by_pot(saturating_rounding_doubling_high_mul(shifted_left(acc, left), multiplier), right);
}

#endif
