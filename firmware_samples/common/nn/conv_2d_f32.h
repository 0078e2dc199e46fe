/* Convolution of floats.
 *
 * Weights: of each group, its output channels in fours (kernel row, kernel column, input channel, the four), then those
 * left over, one after the other (kernel row, kernel column, input channel). */
#ifndef CONV_2D_F32_H
#define CONV_2D_F32_H

#include <stdint.h>

#include "window.h"

typedef struct {
    window_t window;
    const float *weights;
    const float *bias; /* one per output channel */
    int32_t groups;    /* output channels of a group see only the group's input channels */
    float activation_min;
    float activation_max;
} conv_2d_f32_params_t;

void conv_2d_f32(const conv_2d_f32_params_t *params, const float *in, float *out);

#endif
