/* MUL of int8 tensors with their own scales, broadcasting. */
#ifndef MUL_S8_H
#define MUL_S8_H

#include <stdint.h>

#include "broadcast.h"

typedef struct {
    int32_t in0_offset; /* minus the zero points */
    int32_t in1_offset;
    int32_t out_multiplier;
    int32_t out_left_shift; /* at most 13; one of the two shifts is 0 */
    int32_t out_right_shift;
    int32_t out_offset;
    int32_t activation_min;
    int32_t activation_max;
    int32_t broadcast[BROADCAST_FIELDS];
} mul_s8_params_t;

void mul_s8(const mul_s8_params_t *params, const int8_t *in0, const int8_t *in1, int8_t *out);

#endif
