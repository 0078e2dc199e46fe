/* Fully connected layer: one column times all rows of weights. */
#include "fully_connected_s8.h"

void fully_connected_s8(const fully_connected_s8_params_t *params, const int8_t *in, int8_t *out, void *scratch)
{
    const mac_rows_t *rows = &params->rows;

#if KERNELS_USE_SIMD
    for (int32_t batch = 0; batch < params->batches; ++batch, in += rows->taps, out += rows->out_channels) {
        mac_widen(in, rows->taps, scratch, 2);
        mac_rows_1_column(rows, scratch, out);
    }
#else
    (void)scratch;
    mac_rows_pixels(rows, in, rows->taps, params->batches, out);
#endif
}
