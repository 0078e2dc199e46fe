/* Slices of a tensor picked along one axis by indices: GATHER, as of an embedding's rows. */
#ifndef GATHER_H
#define GATHER_H

#include <stdint.h>

typedef struct {
    int32_t batches_count; /* product of the dimensions that data and indices share */
    int32_t outer_count;   /* product of the data's dimensions from those to the axis */
    int32_t axis_count;
    int32_t indices_count; /* of one batch */
    int32_t slice_bytes;   /* elements after the axis */
} gather_params_t;

/* An index outside of the axis reads its nearest slice: no memory beyond the data is touched. */
void gather(const gather_params_t *params, const void *in, const int32_t *indices, void *out);

#endif
