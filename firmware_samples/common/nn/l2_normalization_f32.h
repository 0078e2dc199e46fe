/* L2_NORMALIZATION of floats: each row along the last dimension divided by its length, which is at least 1e-6. */
#ifndef L2_NORMALIZATION_F32_H
#define L2_NORMALIZATION_F32_H

#include <stdint.h>

typedef struct {
    int32_t rows;
    int32_t depth;
} l2_normalization_f32_params_t;

void l2_normalization_f32(const l2_normalization_f32_params_t *params, const float *in, float *out);

#endif
