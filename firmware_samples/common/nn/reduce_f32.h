/* MEAN, SUM, REDUCE_MAX and REDUCE_MIN of floats over any dimensions. */
#ifndef REDUCE_F32_H
#define REDUCE_F32_H

#include <stdint.h>

#define REDUCE_F32_LOOPS 6

/* The input is read in its order; an output stride of 0 belongs to a dimension that goes. */
typedef struct {
    int32_t counts[REDUCE_F32_LOOPS]; /* outermost first; 1: unused */
    int32_t out_strides[REDUCE_F32_LOOPS];
    int32_t out_count;
    float divisor; /* of MEAN: how many elements each output is made of */
} reduce_f32_params_t;

void mean_f32(const reduce_f32_params_t *params, const float *in, float *out);
void sum_f32(const reduce_f32_params_t *params, const float *in, float *out);
void reduce_max_f32(const reduce_f32_params_t *params, const float *in, float *out);
void reduce_min_f32(const reduce_f32_params_t *params, const float *in, float *out);

#endif
