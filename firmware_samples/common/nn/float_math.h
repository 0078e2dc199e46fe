/* Single-precision functions of our own, so that a network needs no libm and gives the same bits on every core.
 *
 * Coefficients: weighted minimax fits to exp, tanh and log on the intervals named below, rounded to single precision.
 * tests/codegen/test_float_math.py sweeps each function against double precision and states the largest errors. */
#ifndef FLOAT_MATH_H
#define FLOAT_MATH_H

#include <stdint.h>

static inline uint32_t float_bits(float x)
{
    uint32_t bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float float_of_bits(uint32_t bits)
{
    float x;
    __builtin_memcpy(&x, &bits, sizeof x);
    return x;
}

static inline float smaller_f32(float a, float b)
{
    return a < b ? a : b;
}

static inline float larger_f32(float a, float b)
{
    return a > b ? a : b;
}

static inline float clamped_f32(float x, float low, float high)
{
    return x < low ? low : x > high ? high : x;
}

static inline float absolute_f32(float x)
{
    return float_of_bits(float_bits(x) & 0x7fffffffu);
}

/* 2^n for n in -126..127. */
static inline float power_of_two(int32_t n)
{
    return float_of_bits((uint32_t)(n + 127) << 23);
}

/* e^r - 1 for |r| <= ln(2) / 2. */
static inline float exp_less_one_near_zero(float r)
{
    float p = 0x1.6db5bap-10f;
    p = p * r + 0x1.123c78p-7f;
    p = p * r + 0x1.55545cp-5f;
    p = p * r + 0x1.55548ep-3f;
    p = p * r + 0.5f;
    return r + r * r * p;
}

/* x = n ln(2) + the result, |result| <= ln(2) / 2. The high part of ln(2) has 9 bits, so n times it is exact. */
static inline float exp_reduced(float x, int32_t *n)
{
    float turns = x * 0x1.715476p+0f;
    *n = (int32_t)(turns + (turns < 0.0f ? -0.5f : 0.5f));
    float whole = (float)*n;
    return (x - whole * 0x1.63p-1f) + whole * 0x1.bd0106p-13f;
}

/* e^x; infinity above, gradually zero below. */
static inline float exp_f32(float x)
{
    int32_t n;
    if (!(x < 88.7228394f)) {
        return x + float_of_bits(0x7f800000u); /* also for not-a-number */
    }
    if (x < -103.9721f) {
        return 0.0f;
    }
    float r = exp_reduced(x, &n);
    float y = 1.0f + exp_less_one_near_zero(r);
    int32_t half = n >> 1; /* two factors: 2^n alone may be no normal number */
    return y * power_of_two(half) * power_of_two(n - half);
}

/* e^x - 1, also where e^x is nearly 1. */
static inline float exp_less_one_f32(float x)
{
    int32_t n;
    if (!(x > -17.5f && x < 80.0f)) {
        return exp_f32(x) - 1.0f;
    }
    float r = exp_reduced(x, &n);
    float power = power_of_two(n);
    return power * exp_less_one_near_zero(r) + (power - 1.0f);
}

/* Natural logarithm. */
static inline float log_f32(float x)
{
    int32_t exponent = 0;
    if (!(x > 0.0f)) {
        return x == 0.0f ? -float_of_bits(0x7f800000u) : float_of_bits(0x7fc00000u);
    }
    if (x < 0x1p-126f) {
        x *= 0x1p+24f;
        exponent = -24;
    }
    uint32_t bits = float_bits(x);
    if (bits >= 0x7f800000u) {
        return x;
    }
    uint32_t shifted = bits - 0x3f3504f3u; /* sqrt(1/2): the fraction comes out between it and sqrt(2) */
    exponent += (int32_t)shifted >> 23;
    float f = float_of_bits((shifted & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
    float p = -0x1.41ed54p-4f;
    p = p * f + 0x1.07d0d0p-3f;
    p = p * f - 0x1.0ce08ep-3f;
    p = p * f + 0x1.226e4ep-3f;
    p = p * f - 0x1.54788ap-3f;
    p = p * f + 0x1.99a596p-3f;
    p = p * f - 0x1.000222p-2f;
    p = p * f + 0x1.55554ap-2f;
    float square = f * f;
    float n = (float)exponent;
    float small = square * f * p - 0.5f * square - n * 0x1.bd0106p-13f;
    return n * 0x1.63p-1f + (f + small);
}

static inline float tanh_f32(float x)
{
    float a = absolute_f32(x);
    float y;
    if (a < 0.625f) {
        float s = x * x;
        float p = -0x1.76abf2p-8f;
        p = p * s + 0x1.5256cep-6f;
        p = p * s - 0x1.b84448p-5f;
        p = p * s + 0x1.110768p-3f;
        p = p * s - 0x1.555534p-2f;
        return x + x * s * p;
    }
    y = a > 9.1f ? 1.0f : 1.0f - 2.0f / (exp_f32(a + a) + 1.0f); /* above, the difference to 1 is lost */
    return x < 0.0f ? -y : x != x ? x : y;
}

/* 1 / (1 + e^-x). */
static inline float logistic_f32(float x)
{
    float e = exp_f32(-absolute_f32(x));
    return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

/* Correctly rounded: the 24 bits of the root digit by digit, and one more that rounds. */
static inline float sqrt_digit_by_digit(float x)
{
    int32_t exponent = -127;
    if (!(x > 0.0f)) {
        return x == 0.0f ? x : float_of_bits(0x7fc00000u);
    }
    if (x < 0x1p-126f) {
        x *= 0x1p+24f;
        exponent -= 24;
    }
    uint32_t bits = float_bits(x);
    if (bits >= 0x7f800000u) {
        return x;
    }
    exponent += (int32_t)(bits >> 23);
    uint32_t radicand = (bits & 0x007fffffu) | 0x00800000u;
    radicand <<= 7 + (exponent & 1); /* in the top bits, two at a time */
    uint32_t root = 0;
    uint32_t rest = 0;
    for (int32_t digit = 0; digit < 25; ++digit) {
        rest = rest << 2 | radicand >> 30;
        radicand <<= 2;
        root <<= 1;
        if (rest > root * 2) {
            rest -= root * 2 + 1;
            root += 1;
        }
    }
    return float_of_bits(((root + 1) >> 1) - 0x00800000u + ((uint32_t)((exponent >> 1) + 127) << 23));
}

static inline float sqrt_f32(float x)
{
#if defined(__ARM_FP) && (__ARM_FP & 4)
    float y;
    __asm__("vsqrt.f32 %0, %1" : "=t"(y) : "t"(x));
    return y;
#else
    return sqrt_digit_by_digit(x);
#endif
}

#endif
