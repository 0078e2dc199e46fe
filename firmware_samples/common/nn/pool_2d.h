/* What pooling kernels share: the window of one output pixel, cut to the part that lies inside the image. */
#ifndef POOL_2D_H
#define POOL_2D_H

#include <stdint.h>

typedef struct {
    int32_t batches;
    int32_t in_height;
    int32_t in_width;
    int32_t channels;
    int32_t out_height;
    int32_t out_width;
    int32_t filter_height;
    int32_t filter_width;
    int32_t stride_height;
    int32_t stride_width;
    int32_t pad_top;
    int32_t pad_left;
    int32_t activation_min;
    int32_t activation_max;
} pool_2d_params_t;

/* Elements, not bytes. */
typedef struct {
    int32_t first; /* of the image that the window looks at */
    int32_t rows;
    int32_t columns;
    int32_t row_step;
    int32_t channels; /* from one column to the next */
} pool_window_t;

static inline int32_t pool_smaller(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static inline pool_window_t pool_window_at(const pool_2d_params_t *params, int32_t out_y, int32_t out_x)
{
    const int32_t y = out_y * params->stride_height - params->pad_top;
    const int32_t x = out_x * params->stride_width - params->pad_left;
    const int32_t top = y < 0 ? 0 : y;
    const int32_t left = x < 0 ? 0 : x;
    const pool_window_t window = {
        .first = (top * params->in_width + left) * params->channels,
        .rows = pool_smaller(y + params->filter_height, params->in_height) - top,
        .columns = pool_smaller(x + params->filter_width, params->in_width) - left,
        .row_step = params->in_width * params->channels,
        .channels = params->channels,
    };
    return window;
}

#endif
