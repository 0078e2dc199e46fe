/* gemmlowp's reciprocal, as TensorFlow Lite uses it; Qm.n: m integer bits, n fraction bits, one sign bit. */
#include "softmax_s8.h"

#include "high_mul.h"

typedef struct {
    int32_t reciprocal; /* of the sum of exponentials, Q0.31 */
    int32_t exponent;   /* products with the reciprocal are this many bits above 1 */
} softmax_scale_t;

static inline int32_t softmax_largest(const int8_t *in, int32_t count)
{
    int32_t largest = in[0];

    for (int32_t i = 1; i < count; ++i) {
        largest = in[i] > largest ? in[i] : largest;
    }
    return largest;
}

/* x * 2^bits, saturating. */
static inline int32_t saturating_shift_left(int32_t x, int32_t bits)
{
    const int32_t limit = INT32_MAX >> bits;
    return x > limit ? INT32_MAX : x < -limit - 1 ? INT32_MIN : shifted_left(x, bits);
}

/* 1 / (1 + x) for x in [0, 1), both Q0.31: three Newton steps from 48/17 - 32/17 d in Q2.29. */
static inline int32_t one_over_one_plus_x(int32_t x)
{
    const int32_t half_denominator = (int32_t)(((uint32_t)x + (uint32_t)INT32_MAX + 1) / 2);
    int32_t estimate = 1515870810 + saturating_rounding_doubling_high_mul(half_denominator, -1010580540);

    for (int32_t i = 0; i < 3; ++i) {
        const int32_t error = (1 << 29) - saturating_rounding_doubling_high_mul(half_denominator, estimate);
        estimate += saturating_shift_left(saturating_rounding_doubling_high_mul(estimate, error), 2);
    }
    return saturating_shift_left(estimate, 1);
}

/* The sum is in Q12.19, at least 1: the largest value's own exponential. */
static inline softmax_scale_t softmax_scale(const int32_t *exponentials, const int8_t *in, int32_t count,
                                            int32_t largest, int32_t result_bits)
{
    int32_t total = 0;

    for (int32_t i = 0; i < count; ++i) {
        total += (int32_t)(((uint32_t)exponentials[largest - in[i]] + (1u << 11)) >> 12);
    }
    const int32_t headroom_bits = __builtin_clz((uint32_t)total);
    softmax_scale_t scale = {
        .reciprocal = one_over_one_plus_x((int32_t)(((uint32_t)total << headroom_bits) - 0x80000000u)),
        .exponent = 12 - headroom_bits + 31 - result_bits,
    };
    if (scale.exponent > 31) { /* more than 511 equal values: every share is below half a unit */
        scale.reciprocal = 0;
        scale.exponent = 31;
    }
    return scale;
}

/* exponential * reciprocal / 2^exponent, rounded; nothing here is negative. */
static inline int32_t softmax_share(int32_t exponential, softmax_scale_t scale)
{
    const uint32_t product = (uint32_t)high_mul(exponential, scale.reciprocal);
    return (int32_t)((product + (((uint32_t)1 << scale.exponent) >> 1)) >> scale.exponent);
}

void softmax_s8(const softmax_s8_params_t *params, const int8_t *in, int8_t *out)
{
    const int32_t *exponentials = params->exponentials;
    const int32_t count = params->count;

    for (int32_t row = 0; row < params->rows; ++row, in += count, out += count) {
        const int32_t largest = softmax_largest(in, count);
        const softmax_scale_t scale = softmax_scale(exponentials, in, count, largest, 8);
        for (int32_t i = 0; i < count; ++i) {
            const int32_t value = softmax_share(exponentials[largest - in[i]], scale) + INT8_MIN;
            out[i] = (int8_t)(value > INT8_MAX ? INT8_MAX : value);
        }
    }
}

void softmax_s8_s16(const softmax_s8_params_t *params, const int8_t *in, int16_t *out)
{
    const int32_t *exponentials = params->exponentials;
    const int32_t count = params->count;

    for (int32_t row = 0; row < params->rows; ++row, in += count, out += count) {
        const int32_t largest = softmax_largest(in, count);
        const softmax_scale_t scale = softmax_scale(exponentials, in, count, largest, 16);
        for (int32_t i = 0; i < count; ++i) {
            const int32_t value = softmax_share(exponentials[largest - in[i]], scale) + INT16_MIN;
            out[i] = (int16_t)(value > INT16_MAX ? INT16_MAX : value);
        }
    }
}
