/* 1 x 1 convolution: pixels are columns as they are. */
#include "conv_2d_1x1_s8.h"

void conv_2d_1x1_s8(const conv_2d_1x1_s8_params_t *params, const int8_t *in, int8_t *out, void *scratch)
{
    const mac_rows_t *rows = &params->rows;
    const int32_t channels = rows->taps;
    int32_t left = params->pixels;

#if KERNELS_USE_SIMD
    int16_t *columns = scratch;
    for (; left >= MAC_COLUMNS; left -= MAC_COLUMNS, out += MAC_COLUMNS * rows->out_channels) {
        for (int32_t pixel = 0; pixel < MAC_COLUMNS; ++pixel, in += channels) {
            mac_widen(in, channels, columns + 2 * pixel, 2 * MAC_COLUMNS);
        }
        mac_rows_4_columns(rows, columns, out);
    }
    for (; left > 0; --left, in += channels, out += rows->out_channels) {
        mac_widen(in, channels, columns, 2);
        mac_rows_1_column(rows, columns, out);
    }
#else
    (void)scratch;
    mac_rows_pixels(rows, in, channels, left, out);
#endif
}
