#include "arg_s8.h"

/* The first place of the largest sign * value. */
static inline void arg_extreme(const arg_s8_params_t *params, const int8_t *in, int32_t *out, int32_t sign)
{
    for (int32_t outer = 0; outer < params->outer; ++outer, in += params->count * params->inner) {
        for (int32_t inner = 0; inner < params->inner; ++inner) {
            const int8_t *at = in + inner;
            int32_t best = 0;
            int32_t best_value = sign * *at;
            for (int32_t i = 1; i < params->count; ++i) {
                at += params->inner;
                if (sign * *at > best_value) {
                    best = i;
                    best_value = sign * *at;
                }
            }
            *out++ = best;
        }
    }
}

void arg_max_s8(const arg_s8_params_t *params, const int8_t *in, int32_t *out)
{
    arg_extreme(params, in, out, 1);
}

void arg_min_s8(const arg_s8_params_t *params, const int8_t *in, int32_t *out)
{
    arg_extreme(params, in, out, -1);
}
