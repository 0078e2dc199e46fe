/* ADD of int8 tensors with their own scales, broadcasting. */
#ifndef ADD_S8_H
#define ADD_S8_H

#include <stdint.h>

#include "broadcast.h"

/* in0 is the operand with the larger scale (the lowering swaps them): TensorFlow Lite rescales both to twice that
 * scale / 2^20, so in0 is multiplied by exactly 2^19, in1 by 2^20 * in1_multiplier / 2^31 / 2^in1_shift. */
typedef struct {
    int32_t in0_offset; /* minus the zero points */
    int32_t in1_offset;
    int32_t in1_multiplier;
    int32_t in1_shift; /* to the right */
    int32_t out_multiplier;
    int32_t out_shift; /* to the right */
    int32_t out_offset;
    int32_t activation_min;
    int32_t activation_max;
    int32_t broadcast[BROADCAST_FIELDS];
} add_s8_params_t;

void add_s8(const add_s8_params_t *params, const int8_t *in0, const int8_t *in1, int8_t *out);

#endif
