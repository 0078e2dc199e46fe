/* 1 x 1 convolution with stride 1: every output pixel sees one input pixel. Also a fully connected layer with batches.
 *
 * Scratch: with the DSP extension 32 bytes for each four input channels, else none. */
#ifndef CONV_2D_1X1_S8_H
#define CONV_2D_1X1_S8_H

#include <stdint.h>

#include "mac_rows.h"

typedef struct {
    mac_rows_t rows; /* taps: the input channels */
    int32_t pixels;  /* of all batches */
} conv_2d_1x1_s8_params_t;

void conv_2d_1x1_s8(const conv_2d_1x1_s8_params_t *params, const int8_t *in, int8_t *out, void *scratch);

#endif
