/* Convolution of any window, stride, dilation and padding.
 *
 * Scratch, with quads = taps / 4 rounded up: with the DSP extension 32 bytes for each quad, plus 4 more for each where the
 * input channels are no multiple of four; else two windows: 2 * taps bytes. */
#ifndef CONV_2D_S8_H
#define CONV_2D_S8_H

#include <stdint.h>

#include "mac_rows.h"
#include "window.h"

typedef struct {
    mac_rows_t rows;
    window_t window;
    int32_t input_zero_point;
} conv_2d_s8_params_t;

void conv_2d_s8(const conv_2d_s8_params_t *params, const int8_t *in, int8_t *out, void *scratch);

#endif
