/* MINIMUM of int8 tensors with one scale and zero point, broadcasting. */
#ifndef MINIMUM_S8_H
#define MINIMUM_S8_H

#include <stdint.h>

#include "broadcast.h"

typedef struct {
    int32_t broadcast[BROADCAST_FIELDS];
} minimum_s8_params_t;

void minimum_s8(const minimum_s8_params_t *params, const int8_t *in0, const int8_t *in1, int8_t *out);

#endif
