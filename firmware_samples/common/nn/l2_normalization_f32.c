#include "l2_normalization_f32.h"

#include "float_math.h"

void l2_normalization_f32(const l2_normalization_f32_params_t *params, const float *in, float *out)
{
    for (int32_t row = 0; row < params->rows; ++row, in += params->depth, out += params->depth) {
        float squares = 0.0f;
        for (int32_t i = 0; i < params->depth; ++i) {
            squares += in[i] * in[i];
        }
        const float length = larger_f32(sqrt_f32(squares), 1e-6f);
        for (int32_t i = 0; i < params->depth; ++i) {
            out[i] = in[i] / length;
        }
    }
}
