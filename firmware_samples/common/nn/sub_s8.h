/* SUB of int8 tensors with their own scales, broadcasting. */
#ifndef SUB_S8_H
#define SUB_S8_H

#include <stdint.h>

#include "broadcast.h"

/* Both operands are rescaled to twice the larger scale / 2^20. Shifts are to the right. */
typedef struct {
    int32_t in0_offset; /* minus the zero points */
    int32_t in0_multiplier;
    int32_t in0_shift;
    int32_t in1_offset;
    int32_t in1_multiplier;
    int32_t in1_shift;
    int32_t out_multiplier;
    int32_t out_shift;
    int32_t out_offset;
    int32_t activation_min;
    int32_t activation_max;
    int32_t broadcast[BROADCAST_FIELDS];
} sub_s8_params_t;

void sub_s8(const sub_s8_params_t *params, const int8_t *in0, const int8_t *in1, int8_t *out);

#endif
