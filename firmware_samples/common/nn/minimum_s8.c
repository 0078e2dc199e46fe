#include "minimum_s8.h"

static BROADCAST_ROW void minimum_row(const void *params, broadcast_row_t row, const void *row0, const void *row1, void *row_out)
{
    const int8_t *in0 = row0;
    const int8_t *in1 = row1;
    int8_t *out = row_out;

    (void)params;
    for (int32_t i = 0; i < row.count; ++i) {
        out[i] = *in0 < *in1 ? *in0 : *in1;
        in0 += row.step0;
        in1 += row.step1;
    }
}

void minimum_s8(const minimum_s8_params_t *params, const int8_t *in0, const int8_t *in1, int8_t *out)
{
    broadcast_rows(params->broadcast, minimum_row, params, in0, in1, out, params->broadcast[1]);
}
