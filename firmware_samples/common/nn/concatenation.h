/* Any number of inputs side by side along one axis: CONCATENATION and PACK of any element type. */
#ifndef CONCATENATION_H
#define CONCATENATION_H

#include <stdint.h>

typedef struct {
    int32_t rows_count;       /* product of the dimensions before the axis */
    int32_t inputs_count;
    const int32_t *row_bytes; /* of each input: elements from the axis on */
} concatenation_params_t;

/* `tensors`: the inputs, then the output. */
void(concatenation)(const concatenation_params_t *params, const void *const *tensors);

/* So that it is called like every kernel: concatenation(&params, in0, in1, …, out). */
#define concatenation(params, ...) concatenation((params), (const void *const[]){__VA_ARGS__})

#endif
