/* A dense output read from a strided input: transpositions, slices, blocks between space and depth. */
#ifndef STRIDED_COPY_H
#define STRIDED_COPY_H

#include <stdint.h>

#define STRIDED_COPY_RANK 6

typedef struct {
    int32_t counts[STRIDED_COPY_RANK];        /* steps along each dimension, outermost first; 1: unused */
    int32_t strides_bytes[STRIDED_COPY_RANK]; /* of the input; negative: backwards */
    int32_t first_byte;                       /* where the first step reads */
    int32_t unit_bytes;                       /* contiguous bytes that every step copies */
} strided_copy_params_t;

void strided_copy(const strided_copy_params_t *params, const void *in, void *out);

#endif
