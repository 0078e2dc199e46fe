/* AVERAGE_POOL_2D and MAX_POOL_2D of floats (batch, height, width, channel); the padding does not count. */
#ifndef POOL_2D_F32_H
#define POOL_2D_F32_H

#include <stdint.h>

#include "window.h"

typedef struct {
    window_t window;
    float activation_min;
    float activation_max;
} pool_2d_f32_params_t;

void average_pool_2d_f32(const pool_2d_f32_params_t *params, const float *in, float *out);
void max_pool_2d_f32(const pool_2d_f32_params_t *params, const float *in, float *out);

#endif
