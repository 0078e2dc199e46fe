/* Operations on two tensors of floats element by element, broadcasting; each is one of TensorFlow Lite's operators. */
#ifndef BINARY_F32_H
#define BINARY_F32_H

#include <stdint.h>

#include "broadcast.h"

typedef struct {
    int32_t is_clamped; /* by a fused activation */
    float activation_min;
    float activation_max;
    int32_t broadcast[BROADCAST_FIELDS];
} binary_f32_params_t;

void add_f32(const binary_f32_params_t *params, const float *in0, const float *in1, float *out);
void sub_f32(const binary_f32_params_t *params, const float *in0, const float *in1, float *out);
void mul_f32(const binary_f32_params_t *params, const float *in0, const float *in1, float *out);
void div_f32(const binary_f32_params_t *params, const float *in0, const float *in1, float *out);
void squared_difference_f32(const binary_f32_params_t *params, const float *in0, const float *in1, float *out);
void maximum_f32(const binary_f32_params_t *params, const float *in0, const float *in1, float *out);
void minimum_f32(const binary_f32_params_t *params, const float *in0, const float *in1, float *out);
void prelu_f32(const binary_f32_params_t *params, const float *in0, const float *in1, float *out);

#endif
