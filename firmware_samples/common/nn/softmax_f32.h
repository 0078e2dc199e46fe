/* SOFTMAX and LOG_SOFTMAX of floats along the last dimension. */
#ifndef SOFTMAX_F32_H
#define SOFTMAX_F32_H

#include <stdint.h>

typedef struct {
    int32_t rows;
    int32_t depth;
    float beta; /* of SOFTMAX: multiplies the inputs */
} softmax_f32_params_t;

void softmax_f32(const softmax_f32_params_t *params, const float *in, float *out);
void log_softmax_f32(const softmax_f32_params_t *params, const float *in, float *out);

#endif
