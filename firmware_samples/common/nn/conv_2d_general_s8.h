/* Convolution without any limit: every group count, weight zero point, multiplier and shift.
 *
 * The slow kernel for what the fast ones do not compute. Depthwise and fully connected layers are convolutions, too:
 * with as many groups as input channels, and over images of one pixel. */
#ifndef CONV_2D_GENERAL_S8_H
#define CONV_2D_GENERAL_S8_H

#include <stdint.h>

#include "window.h"

typedef struct {
    window_t window;
    const int8_t *weights;      /* out channel, kernel height, kernel width, in channels / groups */
    const int32_t *bias;        /* one per output channel, like the next two */
    const int32_t *multipliers; /* Q0.31 */
    const int32_t *shifts;      /* to the left; negative: to the right */
    int32_t groups;             /* output channels of a group see only the group's input channels */
    int32_t input_zero_point;
    int32_t weights_zero_point;
    int32_t output_zero_point;
    int32_t activation_min;
    int32_t activation_max;
} conv_2d_general_s8_params_t;

void conv_2d_general_s8(const conv_2d_general_s8_params_t *params, const int8_t *in, int8_t *out);

#endif
