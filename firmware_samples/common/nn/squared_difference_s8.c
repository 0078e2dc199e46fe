#include "squared_difference_s8.h"

#include "high_mul.h"

static inline int32_t squared_difference_operand(int32_t x, int32_t multiplier, int32_t shift)
{
    return rounding_shift_right(high_mul_narrow(x, 7, multiplier), shift);
}

/* Each scaled operand is at most 255 * 2^6, the square of their difference below 2^30. */
static BROADCAST_ROW void squared_difference_row(const void *opaque, broadcast_row_t row, const void *row0, const void *row1,
                                   void *row_out)
{
    const squared_difference_s8_params_t local = *(const squared_difference_s8_params_t *)opaque;
    const int8_t *in0 = row0;
    const int8_t *in1 = row1;
    int8_t *out = row_out;

    for (int32_t i = 0; i < row.count; ++i) {
        const int32_t difference =
            squared_difference_operand(*in0 + local.in0_offset, local.in0_multiplier, local.in0_shift) -
            squared_difference_operand(*in1 + local.in1_offset, local.in1_multiplier, local.in1_shift);
        const int32_t square = rescaled(difference * difference, local.out_multiplier, local.out_shift);
        out[i] = (int8_t)clamped(square + local.out_offset, INT8_MIN, INT8_MAX);
        in0 += row.step0;
        in1 += row.step1;
    }
}

void squared_difference_s8(const squared_difference_s8_params_t *params, const int8_t *in0, const int8_t *in1,
                           int8_t *out)
{
    broadcast_rows(params->broadcast, squared_difference_row, params, in0, in1, out, params->broadcast[1]);
}
