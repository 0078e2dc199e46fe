#include "requantize.h"

#include "fixed_point.h"

#define REQUANTIZE(NAME, IN, OUT, LOWEST, HIGHEST)                                                                     \
    void NAME(const requantize_params_t *params, const IN *in, OUT *out)                                               \
    {                                                                                                                  \
        for (int32_t i = 0; i < params->elements_count; ++i) {                                                         \
            int32_t scaled = requantized(in[i] - params->in_zero_point, params->multiplier, params->shift);            \
            out[i] = (OUT)clamped(scaled + params->out_zero_point, LOWEST, HIGHEST);                                   \
        }                                                                                                              \
    }

REQUANTIZE(requantize_s8_s16, int8_t, int16_t, INT16_MIN, INT16_MAX)
REQUANTIZE(requantize_s8_s32, int8_t, int32_t, INT32_MIN, INT32_MAX)
REQUANTIZE(requantize_s16_s8, int16_t, int8_t, INT8_MIN, INT8_MAX)
REQUANTIZE(requantize_s16_s16, int16_t, int16_t, INT16_MIN, INT16_MAX)
REQUANTIZE(requantize_s16_s32, int16_t, int32_t, INT32_MIN, INT32_MAX)
REQUANTIZE(requantize_s32_s8, int32_t, int8_t, INT8_MIN, INT8_MAX)
REQUANTIZE(requantize_s32_s16, int32_t, int16_t, INT16_MIN, INT16_MAX)
