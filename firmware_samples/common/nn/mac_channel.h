/* What finishes an accumulator: per output channel, prepared ahead of time by mcusim/codegen/lower/mac_fast.py. */
#ifndef MAC_CHANNEL_H
#define MAC_CHANNEL_H

#include <stdint.h>

#include "simd.h"

typedef struct {
    int32_t bias;       /* of the layer, less the input's zero point times the sum of the weights */
    int32_t multiplier; /* Q0.31 */
    int32_t rounding;   /* half of 2^shift, plus the output's zero point times 2^shift */
    int32_t shift;      /* to the right; at least 1 */
} mac_channel_t;

/* (acc * multiplier + 2^30) / 2^31, rounded down: gemmlowp's SaturatingRoundingDoublingHighMul for multiplier >= 0.
 * |acc| < 2^30: the lowering has seen to it. */
static inline int32_t mac_scaled(int32_t acc, int32_t multiplier)
{
#if KERNELS_USE_SIMD
    return simd_mul_high_rounded((int32_t)((uint32_t)acc << 1), multiplier);
#elif defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__)
    /* Four products of half-words: these cores multiply 32 by 32 bits to 32 only. */
    const uint32_t low = (uint32_t)multiplier & 0xFFFFu, acc_low = (uint32_t)acc & 0xFFFFu;
    const int32_t high = multiplier >> 16, acc_high = acc >> 16;
    const uint32_t bottom = acc_low * low;
    const int32_t middle = acc_high * (int32_t)low + (int32_t)(bottom >> 16); /* > -2^30, < 2^30 + 2^16 */
    const uint32_t other = acc_low * (uint32_t)high;                          /* < 2^31 */
    const int32_t carry = (int32_t)((((uint32_t)middle & 0xFFFFu) + (other & 0xFFFFu) + 0x4000u) >> 15);
    const int32_t rest = (middle >> 16) + (int32_t)(other >> 16);
    return (acc_high * high + rest) * 2 + carry;
#else
    return (int32_t)(((int64_t)acc * multiplier + ((int64_t)1 << 30)) >> 31);
#endif
}

/* Both roundings of TensorFlow Lite, halves away from zero in the second, and the output's zero point. */
static inline int32_t mac_requantized(int32_t acc, int32_t multiplier, int32_t rounding, int32_t shift)
{
    const int32_t scaled = mac_scaled(acc, multiplier);
    return (scaled + (scaled >> 31) + rounding) >> shift;
}

static inline int32_t mac_clamped(int32_t x, int32_t low, int32_t high)
{
#if KERNELS_USE_SIMD
    x = simd_clamped_to_byte(x);
    if (low == INT8_MIN && high == INT8_MAX) {
        return x;
    }
#endif
    return x < low ? low : x > high ? high : x;
}

#endif
