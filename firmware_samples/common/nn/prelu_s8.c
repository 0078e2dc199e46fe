#include "prelu_s8.h"

#include "high_mul.h"

static BROADCAST_ROW void prelu_row(const void *opaque, broadcast_row_t row, const void *row0, const void *row1, void *row_out)
{
    const prelu_s8_params_t local = *(const prelu_s8_params_t *)opaque;
    const int8_t *in = row0;
    const int8_t *alpha = row1;
    int8_t *out = row_out;

    for (int32_t i = 0; i < row.count; ++i) {
        const int32_t x = *in + local.in_offset;
        const int32_t scaled =
            x >= 0 ? rescaled(x, local.positive_multiplier, local.positive_shift)
                   : rescaled(x * (*alpha + local.alpha_offset), local.negative_multiplier, local.negative_shift);
        out[i] = (int8_t)clamped(scaled + local.out_offset, INT8_MIN, INT8_MAX);
        in += row.step0;
        alpha += row.step1;
    }
}

void prelu_s8(const prelu_s8_params_t *params, const int8_t *in, const int8_t *alpha, int8_t *out)
{
    broadcast_rows(params->broadcast, prelu_row, params, in, alpha, out, params->broadcast[1]);
}
