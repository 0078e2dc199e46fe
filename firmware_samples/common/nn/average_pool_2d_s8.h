/* AVERAGE_POOL_2D of an int8 tensor (batch, height, width, channel); the padding does not count. */
#ifndef AVERAGE_POOL_2D_S8_H
#define AVERAGE_POOL_2D_S8_H

#include "pool_2d.h"

void average_pool_2d_s8(const pool_2d_params_t *params, const int8_t *in, int8_t *out);

#endif
