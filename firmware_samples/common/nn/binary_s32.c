#include "binary_s32.h"

#include "fixed_point.h"

/* NAME_s32 and its rows: each result is EXPRESSION of a and b; sums wrap instead of being undefined. */
#define BINARY(NAME, EXPRESSION)                                                                                       \
    static BROADCAST_ROW void NAME##_row(const void *opaque, broadcast_row_t row, const void *row0, const void *row1,  \
                                         void *row_out)                                                                \
    {                                                                                                                  \
        const binary_s32_params_t *params = opaque;                                                                    \
        const int32_t *in0 = row0;                                                                                     \
        const int32_t *in1 = row1;                                                                                     \
        int32_t *out = row_out;                                                                                        \
        for (int32_t i = 0; i < row.count; ++i, in0 += row.step0, in1 += row.step1) {                                  \
            const int32_t a = *in0, b = *in1;                                                                          \
            out[i] = clamped(EXPRESSION, params->activation_min, params->activation_max);                              \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    void NAME##_s32(const binary_s32_params_t *params, const int32_t *in0, const int32_t *in1, int32_t *out)           \
    {                                                                                                                  \
        const int32_t row_bytes = params->broadcast[1] * (int32_t)sizeof(int32_t);                                     \
        broadcast_rows(params->broadcast, NAME##_row, params, in0, in1, out, row_bytes);                               \
    }

BINARY(add, (int32_t)((uint32_t)a + (uint32_t)b))
BINARY(sub, (int32_t)((uint32_t)a - (uint32_t)b))
BINARY(mul, (int32_t)((uint32_t)a * (uint32_t)b))
BINARY(maximum, a > b ? a : b)
BINARY(minimum, a < b ? a : b)
