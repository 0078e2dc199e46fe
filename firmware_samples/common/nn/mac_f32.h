/* Inner products of floats: four outputs at a time, so that each input is loaded once for four products. */
#ifndef MAC_F32_H
#define MAC_F32_H

#include <stdint.h>

typedef struct {
    float at[4];
} four_f32_t;

/* `weights`: four outputs' weights of the first input, of the second, … */
static inline four_f32_t add_products_by_four(four_f32_t sums, const float *in, const float *weights, int32_t count)
{
    float sum0 = sums.at[0], sum1 = sums.at[1], sum2 = sums.at[2], sum3 = sums.at[3];
    for (; count >= 2; count -= 2, in += 2, weights += 8) {
        float first = in[0], second = in[1];
        sum0 += first * weights[0];
        sum1 += first * weights[1];
        sum2 += first * weights[2];
        sum3 += first * weights[3];
        sum0 += second * weights[4];
        sum1 += second * weights[5];
        sum2 += second * weights[6];
        sum3 += second * weights[7];
    }
    if (count > 0) {
        float last = in[0];
        sum0 += last * weights[0];
        sum1 += last * weights[1];
        sum2 += last * weights[2];
        sum3 += last * weights[3];
    }
    return (four_f32_t){{sum0, sum1, sum2, sum3}};
}

typedef struct {
    four_f32_t first, second;
} two_by_four_f32_t;

/* The same for two inputs `step` apart, so that each weight is loaded once for two products. */
static inline two_by_four_f32_t add_products_two_by_four(two_by_four_f32_t sums, const float *in, int32_t step,
                                                         const float *weights, int32_t count)
{
    float a0 = sums.first.at[0], a1 = sums.first.at[1], a2 = sums.first.at[2], a3 = sums.first.at[3];
    float b0 = sums.second.at[0], b1 = sums.second.at[1], b2 = sums.second.at[2], b3 = sums.second.at[3];
    const float *in_second = in + step;

    for (; count > 0; --count, weights += 4) {
        const float first = *in++, second = *in_second++;
        const float w0 = weights[0], w1 = weights[1], w2 = weights[2], w3 = weights[3];
        a0 += first * w0;
        b0 += second * w0;
        a1 += first * w1;
        b1 += second * w1;
        a2 += first * w2;
        b2 += second * w2;
        a3 += first * w3;
        b3 += second * w3;
    }
    return (two_by_four_f32_t){{{a0, a1, a2, a3}}, {{b0, b1, b2, b3}}};
}

static inline float add_products(float sum, const float *in, const float *weights, int32_t count)
{
    for (int32_t i = 0; i < count; ++i) {
        sum += in[i] * weights[i];
    }
    return sum;
}

#endif
