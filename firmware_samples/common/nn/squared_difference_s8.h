/* SQUARED_DIFFERENCE of int8 tensors with their own scales, broadcasting. */
#ifndef SQUARED_DIFFERENCE_S8_H
#define SQUARED_DIFFERENCE_S8_H

#include <stdint.h>

#include "broadcast.h"

/* Both operands are rescaled to twice the larger scale / 2^7. The shifts of the operands are to the right, that of
 * the output is positive to the left. */
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
    int32_t broadcast[BROADCAST_FIELDS];
} squared_difference_s8_params_t;

void squared_difference_s8(const squared_difference_s8_params_t *params, const int8_t *in0, const int8_t *in1,
                           int8_t *out);

#endif
