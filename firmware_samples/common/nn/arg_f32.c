#include "arg_f32.h"

static inline void arg(const arg_f32_params_t *params, int32_t is_max, const float *in, int32_t *out)
{
    for (int32_t outer = 0; outer < params->outer; ++outer, in += params->count * params->inner) {
        for (int32_t inner = 0; inner < params->inner; ++inner) {
            float best = in[inner];
            int32_t best_at = 0;
            for (int32_t i = 1; i < params->count; ++i) {
                const float value = in[i * params->inner + inner];
                if (is_max ? value > best : value < best) {
                    best = value;
                    best_at = i;
                }
            }
            *out++ = best_at;
        }
    }
}

void arg_max_f32(const arg_f32_params_t *params, const float *in, int32_t *out)
{
    arg(params, 1, in, out);
}

void arg_min_f32(const arg_f32_params_t *params, const float *in, int32_t *out)
{
    arg(params, 0, in, out);
}
