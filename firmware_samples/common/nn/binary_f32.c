#include "binary_f32.h"

#include "float_math.h"

/* The activation is a second pass over the row: most layers have none. */
static inline void clamp_row(const binary_f32_params_t *params, float *out, int32_t count)
{
    if (params->is_clamped) {
        for (int32_t i = 0; i < count; ++i) {
            out[i] = clamped_f32(out[i], params->activation_min, params->activation_max);
        }
    }
}

/* NAME_f32 and its rows: each result is EXPRESSION of a and b. */
#define BINARY(NAME, EXPRESSION)                                                                                       \
    static BROADCAST_ROW void NAME##_row(const void *params, broadcast_row_t row, const void *row0, const void *row1,  \
                                         void *row_out)                                                                \
    {                                                                                                                  \
        const float *in0 = row0;                                                                                       \
        const float *in1 = row1;                                                                                       \
        float *out = row_out;                                                                                          \
        for (int32_t i = 0; i < row.count; ++i, in0 += row.step0, in1 += row.step1) {                                  \
            const float a = *in0, b = *in1;                                                                            \
            out[i] = EXPRESSION;                                                                                       \
        }                                                                                                              \
        clamp_row(params, out, row.count);                                                                             \
    }                                                                                                                  \
                                                                                                                       \
    void NAME##_f32(const binary_f32_params_t *params, const float *in0, const float *in1, float *out)                 \
    {                                                                                                                  \
        const int32_t row_bytes = params->broadcast[1] * (int32_t)sizeof(float);                                       \
        broadcast_rows(params->broadcast, NAME##_row, params, in0, in1, out, row_bytes);                               \
    }

BINARY(add, a + b)
BINARY(sub, a - b)
BINARY(mul, a * b)
BINARY(div, a / b)
BINARY(squared_difference, (a - b) * (a - b))
BINARY(maximum, larger_f32(a, b))
BINARY(minimum, smaller_f32(a, b))
BINARY(prelu, a < 0.0f ? a * b : a)
