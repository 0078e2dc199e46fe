#include "quantize.h"

#include "fixed_point.h"

/* To the nearest, halves away from zero. TensorFlow Lite divides, so multiplying by 1 / scale would round otherwise.
 * Beyond 2^24 every int8 and int16 is at its limit; not-a-number becomes the lowest value. */
static inline int32_t quantized(float value, float scale)
{
    const float limit = 16777216.0f;
    float quotient = value / scale;
    if (!(quotient > -limit)) {
        quotient = -limit;
    }
    if (quotient > limit) {
        quotient = limit;
    }
    int32_t whole = (int32_t)quotient;
    float fraction = quotient - (float)whole;
    return whole + (fraction >= 0.5f) - (fraction <= -0.5f);
}

void quantize_f32_s8(const quantize_params_t *params, const float *in, int8_t *out)
{
    for (int32_t i = 0; i < params->elements_count; ++i) {
        out[i] = (int8_t)clamped(quantized(in[i], params->scale) + params->zero_point, INT8_MIN, INT8_MAX);
    }
}

void quantize_f32_s16(const quantize_params_t *params, const float *in, int16_t *out)
{
    for (int32_t i = 0; i < params->elements_count; ++i) {
        out[i] = (int16_t)clamped(quantized(in[i], params->scale) + params->zero_point, INT16_MIN, INT16_MAX);
    }
}
