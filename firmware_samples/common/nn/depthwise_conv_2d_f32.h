/* Depthwise convolution of floats: output channel c sees input channel c / multiplier. */
#ifndef DEPTHWISE_CONV_2D_F32_H
#define DEPTHWISE_CONV_2D_F32_H

#include <stdint.h>

#include "window.h"

typedef struct {
    window_t window;
    const float *weights; /* kernel row, kernel column, output channel */
    const float *bias;    /* one per output channel */
    int32_t multiplier;   /* output channels of each input channel */
    float activation_min;
    float activation_max;
} depthwise_conv_2d_f32_params_t;

void depthwise_conv_2d_f32(const depthwise_conv_2d_f32_params_t *params, const float *in, float *out);

#endif
