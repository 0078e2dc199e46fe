/* PRELU of an int8 tensor: negative values are multiplied by alpha, which is broadcast. */
#ifndef PRELU_S8_H
#define PRELU_S8_H

#include <stdint.h>

#include "broadcast.h"

/* Shifts are positive to the left. */
typedef struct {
    int32_t in_offset; /* minus the zero points */
    int32_t alpha_offset;
    int32_t out_offset;
    int32_t positive_multiplier;
    int32_t positive_shift;
    int32_t negative_multiplier;
    int32_t negative_shift;
    int32_t broadcast[BROADCAST_FIELDS];
} prelu_s8_params_t;

void prelu_s8(const prelu_s8_params_t *params, const int8_t *in, const int8_t *alpha, int8_t *out);

#endif
