/* Arithmetic on two int32 tensors element by element, broadcasting: indices and shapes, not quantized values. */
#ifndef BINARY_S32_H
#define BINARY_S32_H

#include <stdint.h>

#include "broadcast.h"

typedef struct {
    int32_t activation_min; /* of a fused activation */
    int32_t activation_max;
    int32_t broadcast[BROADCAST_FIELDS];
} binary_s32_params_t;

void add_s32(const binary_s32_params_t *params, const int32_t *in0, const int32_t *in1, int32_t *out);
void sub_s32(const binary_s32_params_t *params, const int32_t *in0, const int32_t *in1, int32_t *out);
void mul_s32(const binary_s32_params_t *params, const int32_t *in0, const int32_t *in1, int32_t *out);
void maximum_s32(const binary_s32_params_t *params, const int32_t *in0, const int32_t *in1, int32_t *out);
void minimum_s32(const binary_s32_params_t *params, const int32_t *in0, const int32_t *in1, int32_t *out);

#endif
