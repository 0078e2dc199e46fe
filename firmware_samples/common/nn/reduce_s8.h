/* MEAN, SUM, REDUCE_MAX and REDUCE_MIN of int8 tensors over any axes. */
#ifndef REDUCE_S8_H
#define REDUCE_S8_H

#include <stdint.h>

#define REDUCE_LOOPS 4

/* Loops over the axes that stay and over those that go: count and step in elements of the input, innermost first,
 * neighbours fused; unused loops run once. */
typedef struct {
    int32_t kept[2 * REDUCE_LOOPS];
    int32_t reduced[2 * REDUCE_LOOPS];
    int32_t in_offset; /* minus the zero point times the number of values in a sum; these four for sums only */
    int32_t multiplier;
    int32_t shift; /* positive to the left */
    int32_t out_offset;
} reduce_s8_params_t;

void mean_s8(const reduce_s8_params_t *params, const int8_t *in, int8_t *out);
void sum_s8(const reduce_s8_params_t *params, const int8_t *in, int8_t *out);
void reduce_max_s8(const reduce_s8_params_t *params, const int8_t *in, int8_t *out);
void reduce_min_s8(const reduce_s8_params_t *params, const int8_t *in, int8_t *out);

#endif
