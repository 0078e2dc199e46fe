/* Depthwise convolution with windows of 3 x 3, stride 1 or 2 in both directions, for cores with the DSP extension.
 *
 * Scratch: 16 * ((band_rows - 1) * stride + 3) * pairs bytes, with the out width rounded up to even, pairs are width / 2 + 1
 * with stride 1 and width + 1 with stride 2: the image rows that give `band_rows` output rows, of four channels. */
#ifndef DEPTHWISE_CONV_2D_3X3_S8_H
#define DEPTHWISE_CONV_2D_3X3_S8_H

#include <stdint.h>

#include "window.h"

typedef struct {
    window_t window;
    const int8_t *weights;   /* of each channel three rows w0 w1 w1 w2 */
    const int32_t *channels; /* four words for each channel: mac_channel_t */
    int32_t band_rows;
    int32_t input_zero_point;
    int32_t activation_min;
    int32_t activation_max;
} depthwise_conv_2d_3x3_s8_params_t;

void depthwise_conv_2d_3x3_s8(const depthwise_conv_2d_3x3_s8_params_t *params, const int8_t *in, int8_t *out,
                              void *scratch);

#endif
