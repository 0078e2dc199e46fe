/* One input cut along one axis: SPLIT, SPLIT_V and UNPACK of any element type. */
#ifndef SPLIT_H
#define SPLIT_H

#include <stdint.h>

typedef struct {
    int32_t rows_count;       /* product of the dimensions before the axis */
    int32_t outputs_count;
    const int32_t *row_bytes; /* of each output: elements from the axis on */
} split_params_t;

/* `tensors`: the input, then the outputs. */
void(split)(const split_params_t *params, const void *const *tensors);

/* So that it is called like every kernel: split(&params, in, out0, out1, …). */
#define split(params, ...) split((params), (const void *const[]){__VA_ARGS__})

#endif
