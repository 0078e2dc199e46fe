#include "reduce_f32.h"

#include "float_math.h"

typedef float (*joined_t)(float a, float b);

static inline float sum_of(float a, float b)
{
    return a + b;
}

static inline void reduce_row(joined_t joined, const float *in, float *out, int32_t count, int32_t out_stride)
{
    if (out_stride == 0) {
        float result = *out;
        for (int32_t i = 0; i < count; ++i) {
            result = joined(result, in[i]);
        }
        *out = result;
        return;
    }
    for (int32_t i = 0; i < count; ++i, out += out_stride) {
        *out = joined(*out, in[i]);
    }
}

static inline void reduce(const reduce_f32_params_t *params, joined_t joined, float first, const float *in, float *out)
{
    enum { ROW = REDUCE_F32_LOOPS - 1 };
    int32_t place[ROW] = {0};
    int32_t loop = 0;
    float *to = out;

    for (int32_t i = 0; i < params->out_count; ++i) {
        out[i] = first;
    }
    while (loop >= 0) {
        reduce_row(joined, in, to, params->counts[ROW], params->out_strides[ROW]);
        in += params->counts[ROW];
        for (loop = ROW - 1; loop >= 0; --loop) {
            to += params->out_strides[loop];
            if (++place[loop] < params->counts[loop]) {
                break;
            }
            to -= params->counts[loop] * params->out_strides[loop];
            place[loop] = 0;
        }
    }
}

void sum_f32(const reduce_f32_params_t *params, const float *in, float *out)
{
    reduce(params, sum_of, 0.0f, in, out);
}

void mean_f32(const reduce_f32_params_t *params, const float *in, float *out)
{
    sum_f32(params, in, out);
    for (int32_t i = 0; i < params->out_count; ++i) {
        out[i] /= params->divisor;
    }
}

void reduce_max_f32(const reduce_f32_params_t *params, const float *in, float *out)
{
    reduce(params, larger_f32, -float_of_bits(0x7f800000u), in, out);
}

void reduce_min_f32(const reduce_f32_params_t *params, const float *in, float *out)
{
    reduce(params, smaller_f32, float_of_bits(0x7f800000u), in, out);
}
