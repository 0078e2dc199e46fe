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

static inline float add_products(float sum, const float *in, const float *weights, int32_t count)
{
    for (int32_t i = 0; i < count; ++i) {
        sum += in[i] * weights[i];
    }
    return sum;
}

#endif
