/* SOFTMAX over the last axis of an int8 tensor, in TensorFlow Lite's fixed-point arithmetic. */
#ifndef SOFTMAX_S8_H
#define SOFTMAX_S8_H

#include <stdint.h>

typedef struct {
    const int32_t *exponentials; /* 256: exp(-scale * beta * i) in Q0.31; 0 where TensorFlow Lite leaves it out */
    int32_t rows;
    int32_t count; /* of one row */
} softmax_s8_params_t;

/* Output scale 1/256, zero point -128. */
void softmax_s8(const softmax_s8_params_t *params, const int8_t *in, int8_t *out);

/* Output scale 1/65536, zero point -32768. */
void softmax_s8_s16(const softmax_s8_params_t *params, const int8_t *in, int16_t *out);

#endif
