/* Softmax in fixed point (gemmlowp's exponential and reciprocal, as TensorFlow Lite uses them).
 * Qm.n below: m integer bits, n fraction bits, one sign bit. Output scale 1/256, zero point -128. */
#include "fixed_point.h"
#include "kernels_s8.h"

#define MUL saturating_rounding_doubling_high_mul

/* x * 2^bits, saturating. */
static inline int32_t saturating_shift_left(int32_t x, int32_t bits)
{
    const int32_t limit = INT32_MAX >> bits;
    return x > limit ? INT32_MAX : x < -limit - 1 ? INT32_MIN : shifted_left(x, bits);
}

/* exp(a) for a in [-1/4, 0), Q0.31: Taylor around -1/8. */
static inline int32_t exp_on_last_quarter(int32_t a)
{
    const int32_t exp_minus_eighth = 1895147668;
    const int32_t third = 715827883;
    int32_t x = a + (1 << 28);
    int32_t x2 = MUL(x, x);
    int32_t x3 = MUL(x2, x);
    int32_t x4_over_4 = rounding_divide_by_pot(MUL(x2, x2), 2);
    int32_t higher_terms = rounding_divide_by_pot(MUL(x4_over_4 + x3, third) + x2, 1);
    return exp_minus_eighth + MUL(x + higher_terms, exp_minus_eighth);
}

/* exp(a) for a <= 0 in Q5.26; result in Q0.31. */
static int32_t exp_on_negative_values(int32_t a)
{
    /* exp(-1/4), exp(-1/2), exp(-1), ... exp(-16) in Q0.31 */
    static const int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
    const int32_t quarter = 1 << 24;
    int32_t below_quarter = (a & (quarter - 1)) - quarter;
    int32_t result = exp_on_last_quarter(shifted_left(below_quarter, 5));
    int32_t remainder = below_quarter - a;

    for (int32_t i = 0; i < 7; ++i) {
        if (remainder & shifted_left(quarter, i)) {
            result = MUL(result, factors[i]);
        }
    }
    return a == 0 ? INT32_MAX : result;
}

/* 1 / (1 + x) for x in [0, 1), both Q0.31: three Newton steps from 48/17 - 32/17 d in Q2.29. */
static inline int32_t one_over_one_plus_x(int32_t x)
{
    int32_t half_denominator = (int32_t)(((int64_t)x + INT32_MAX + 1) / 2);
    int32_t estimate = 1515870810 + MUL(half_denominator, -1010580540);

    for (int32_t i = 0; i < 3; ++i) {
        int32_t error = (1 << 29) - MUL(half_denominator, estimate);
        estimate += saturating_shift_left(MUL(estimate, error), 2);
    }
    return saturating_shift_left(estimate, 1);
}

void softmax_s8(softmax_scaling_t scaling, int32_t count, const int8_t *in, int8_t *out)
{
    int32_t largest = INT8_MIN;
    int32_t total = 0; /* Q12.19 */

    for (int32_t i = 0; i < count; ++i) {
        largest = in[i] > largest ? in[i] : largest;
    }
    for (int32_t i = 0; i < count; ++i) {
        int32_t diff = in[i] - largest;
        if (diff >= scaling.diff_min) {
            int32_t scaled = MUL(shifted_left(diff, scaling.left_shift), scaling.multiplier);
            total += rounding_divide_by_pot(exp_on_negative_values(scaled), 12);
        }
    }
    const int32_t headroom_bits = __builtin_clz((uint32_t)total);
    const int32_t reciprocal = one_over_one_plus_x((int32_t)(((uint32_t)total << headroom_bits) - 0x80000000u));
    for (int32_t i = 0; i < count; ++i) {
        int32_t diff = in[i] - largest;
        int32_t value = INT8_MIN;
        if (diff >= scaling.diff_min) {
            int32_t scaled = MUL(shifted_left(diff, scaling.left_shift), scaling.multiplier);
            int32_t product = MUL(reciprocal, exp_on_negative_values(scaled));
            value += rounding_divide_by_pot(product, 12 - headroom_bits + 31 - 8);
        }
        out[i] = (int8_t)clamped(value, INT8_MIN, INT8_MAX);
    }
}
