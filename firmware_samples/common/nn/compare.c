#include "compare.h"

#define COMPARE(NAME, TYPE, SIGN)                                                                                      \
    static BROADCAST_ROW void NAME##_row(const void *params, broadcast_row_t row, const void *row0, const void *row1,  \
                                         void *row_out)                                                                \
    {                                                                                                                  \
        const TYPE *in0 = row0;                                                                                        \
        const TYPE *in1 = row1;                                                                                        \
        uint8_t *out = row_out;                                                                                        \
        (void)params;                                                                                                  \
        for (int32_t i = 0; i < row.count; ++i, in0 += row.step0, in1 += row.step1) {                                  \
            out[i] = *in0 SIGN *in1;                                                                                   \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    void NAME(const compare_params_t *params, const TYPE *in0, const TYPE *in1, uint8_t *out)                          \
    {                                                                                                                  \
        broadcast_rows(params->broadcast, NAME##_row, params, in0, in1, out, params->broadcast[1]);                    \
    }

COMPARE(less_s32, int32_t, <)
COMPARE(less_equal_s32, int32_t, <=)
COMPARE(greater_s32, int32_t, >)
COMPARE(greater_equal_s32, int32_t, >=)
COMPARE(equal_s32, int32_t, ==)
COMPARE(not_equal_s32, int32_t, !=)
COMPARE(less_f32, float, <)
COMPARE(less_equal_f32, float, <=)
COMPARE(greater_f32, float, >)
COMPARE(greater_equal_f32, float, >=)
COMPARE(equal_f32, float, ==)
COMPARE(not_equal_f32, float, !=)
