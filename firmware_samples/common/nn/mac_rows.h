/* The heart of convolutions and fully connected layers: columns of inputs times rows of weights.
 *
 * With the DSP extension inputs are widened to half-words first, in the order 0, 2, 1, 3 of SXTB16 within each quad, and
 * the weights of two output channels a and b take turns: a0 b0 a2 b2, a1 b1 a3 b3. Rows are padded to whole quads with
 * zeros, and the number of rows to an even one. Without it, weights are as the model has them. */
#ifndef MAC_ROWS_H
#define MAC_ROWS_H

#include <stdint.h>

#include "simd.h"

#define MAC_COLUMNS 4 /* output pixels that share one reading of the weights */

typedef struct {
    const int8_t *weights;
    const int32_t *channels; /* four words for each output channel: mac_channel_t */
    int32_t taps;            /* inputs of one output */
    int32_t out_channels;
    int32_t activation_min;
    int32_t activation_max;
} mac_rows_t;

#if KERNELS_USE_SIMD
static inline int32_t mac_quads(const mac_rows_t *rows)
{
    return (rows->taps + 3) / 4;
}

/* MAC_COLUMNS pixels: columns holds a word of pixel 0, a word of pixel 1, … in turn. Outputs are out_channels apart. */
void mac_rows_4_columns(const mac_rows_t *rows, const int16_t *columns, int8_t *out);

/* One pixel. */
void mac_rows_1_column(const mac_rows_t *rows, const int16_t *column, int8_t *out);

/* Widens one quad of bytes into words that are `step` half-words apart. */
static inline void mac_widen_quad(uint32_t bytes, int16_t *column, int32_t step)
{
    simd_store(column, simd_even_bytes(bytes));
    simd_store(column + step, simd_odd_bytes(bytes));
}

/* Widens `count` bytes and fills the last quad with zeros. Returns the end of what it wrote. */
static inline int16_t *mac_widen(const int8_t *in, int32_t count, int16_t *column, int32_t step)
{
    for (; count >= 8; count -= 8, in += 8, column += 4 * step) {
        const uint32_t first = simd_load(in), second = simd_load(in + 4);
        mac_widen_quad(first, column, step);
        mac_widen_quad(second, column + 2 * step, step);
    }
    if (count >= 4) {
        mac_widen_quad(simd_load(in), column, step);
        count -= 4, in += 4, column += 2 * step;
    }
    if (count > 0) {
        const uint32_t second = count > 1 ? (uint8_t)in[1] : 0u, third = count > 2 ? (uint8_t)in[2] : 0u;
        mac_widen_quad((uint8_t)in[0] | second << 8 | third << 16, column, step);
        column += 2 * step;
    }
    return column;
}
#else
/* Pixels whose inputs are `in_step` apart, at best an even number of them. */
void mac_rows_pixels(const mac_rows_t *rows, const int8_t *in, int32_t in_step, int32_t pixels, int8_t *out);
#endif

#endif
