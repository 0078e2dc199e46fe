#include "softmax_f32.h"

#include "float_math.h"

static float largest_of(const float *in, int32_t count)
{
    float largest = in[0];
    for (int32_t i = 1; i < count; ++i) {
        largest = larger_f32(largest, in[i]);
    }
    return largest;
}

void softmax_f32(const softmax_f32_params_t *params, const float *in, float *out)
{
    for (int32_t row = 0; row < params->rows; ++row, in += params->depth, out += params->depth) {
        const float largest = largest_of(in, params->depth);
        float sum = 0.0f;
        for (int32_t i = 0; i < params->depth; ++i) {
            out[i] = exp_f32((in[i] - largest) * params->beta);
            sum += out[i];
        }
        for (int32_t i = 0; i < params->depth; ++i) {
            out[i] /= sum;
        }
    }
}

void log_softmax_f32(const softmax_f32_params_t *params, const float *in, float *out)
{
    for (int32_t row = 0; row < params->rows; ++row, in += params->depth, out += params->depth) {
        const float largest = largest_of(in, params->depth);
        float sum = 0.0f;
        for (int32_t i = 0; i < params->depth; ++i) {
            sum += exp_f32(in[i] - largest);
        }
        const float log_of_sum = log_f32(sum);
        for (int32_t i = 0; i < params->depth; ++i) {
            out[i] = in[i] - largest - log_of_sum;
        }
    }
}
