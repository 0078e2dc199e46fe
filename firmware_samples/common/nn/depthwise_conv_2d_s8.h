/* Depthwise convolution with one output per input channel, of any window, stride, dilation and padding.
 *
 * Scratch: one window, kernel height * kernel width * channels bytes. */
#ifndef DEPTHWISE_CONV_2D_S8_H
#define DEPTHWISE_CONV_2D_S8_H

#include <stdint.h>

#include "window.h"

typedef struct {
    window_t window;
    const int8_t *weights;   /* kernel height, kernel width, channel; with the DSP extension: depthwise_conv_2d_s8.c */
    const int32_t *channels; /* four words for each channel: mac_channel_t */
    int32_t input_zero_point;
    int32_t activation_min;
    int32_t activation_max;
} depthwise_conv_2d_s8_params_t;

void depthwise_conv_2d_s8(const depthwise_conv_2d_s8_params_t *params, const int8_t *in, int8_t *out, void *scratch);

#endif
