/* An output whose every dimension reads through a table of places: mirrored padding, nearest neighbours, reversal. */
#ifndef INDEXED_COPY_H
#define INDEXED_COPY_H

#include <stdint.h>

#define INDEXED_COPY_RANK 4

typedef struct {
    int32_t counts[INDEXED_COPY_RANK]; /* of the output's dimensions, outermost first; 1: unused */
    const int32_t *offsets_bytes;      /* of the input: the tables of all dimensions, one after another */
    int32_t unit_bytes;                /* contiguous bytes copied at each place */
} indexed_copy_params_t;

void indexed_copy(const indexed_copy_params_t *params, const void *in, void *out);

#endif
