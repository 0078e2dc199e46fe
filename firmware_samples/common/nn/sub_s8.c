#include "sub_s8.h"

#include "high_mul.h"

/* |x| <= 255: x * 2^20 stays below 2^28. */
static inline int32_t sub_operand(int32_t x, int32_t multiplier, int32_t shift)
{
    return rounding_shift_right(high_mul_narrow(x, 20, multiplier), shift);
}

static BROADCAST_ROW void sub_row(const void *opaque, broadcast_row_t row, const void *row0, const void *row1, void *row_out)
{
    const sub_s8_params_t local = *(const sub_s8_params_t *)opaque;
    const int8_t *in0 = row0;
    const int8_t *in1 = row1;
    int8_t *out = row_out;

    for (int32_t i = 0; i < row.count; ++i) {
        const int32_t scaled0 = sub_operand(*in0 + local.in0_offset, local.in0_multiplier, local.in0_shift);
        const int32_t scaled1 = sub_operand(*in1 + local.in1_offset, local.in1_multiplier, local.in1_shift);
        const int32_t difference = high_mul_narrow(scaled0 - scaled1, 0, local.out_multiplier);
        const int32_t value = rounding_shift_right(difference, local.out_shift) + local.out_offset;
        out[i] = (int8_t)clamped(value, local.activation_min, local.activation_max);
        in0 += row.step0;
        in1 += row.step1;
    }
}

void sub_s8(const sub_s8_params_t *params, const int8_t *in0, const int8_t *in1, int8_t *out)
{
    broadcast_rows(params->broadcast, sub_row, params, in0, in1, out, params->broadcast[1]);
}
