/* ARG_MAX and ARG_MIN of floats along one axis: the first index of the largest or smallest. */
#ifndef ARG_F32_H
#define ARG_F32_H

#include <stdint.h>

typedef struct {
    int32_t outer; /* product of the dimensions before the axis */
    int32_t count; /* along the axis */
    int32_t inner; /* product of the dimensions after the axis */
} arg_f32_params_t;

void arg_max_f32(const arg_f32_params_t *params, const float *in, int32_t *out);
void arg_min_f32(const arg_f32_params_t *params, const float *in, int32_t *out);

#endif
