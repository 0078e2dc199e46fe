/* Comparisons of two tensors element by element, broadcasting; the results are 0 or 1, one byte each. */
#ifndef COMPARE_H
#define COMPARE_H

#include <stdint.h>

#include "broadcast.h"

typedef struct {
    int32_t broadcast[BROADCAST_FIELDS];
} compare_params_t;

void less_s32(const compare_params_t *params, const int32_t *in0, const int32_t *in1, uint8_t *out);
void less_equal_s32(const compare_params_t *params, const int32_t *in0, const int32_t *in1, uint8_t *out);
void greater_s32(const compare_params_t *params, const int32_t *in0, const int32_t *in1, uint8_t *out);
void greater_equal_s32(const compare_params_t *params, const int32_t *in0, const int32_t *in1, uint8_t *out);
void equal_s32(const compare_params_t *params, const int32_t *in0, const int32_t *in1, uint8_t *out);
void not_equal_s32(const compare_params_t *params, const int32_t *in0, const int32_t *in1, uint8_t *out);
void less_f32(const compare_params_t *params, const float *in0, const float *in1, uint8_t *out);
void less_equal_f32(const compare_params_t *params, const float *in0, const float *in1, uint8_t *out);
void greater_f32(const compare_params_t *params, const float *in0, const float *in1, uint8_t *out);
void greater_equal_f32(const compare_params_t *params, const float *in0, const float *in1, uint8_t *out);
void equal_f32(const compare_params_t *params, const float *in0, const float *in1, uint8_t *out);
void not_equal_f32(const compare_params_t *params, const float *in0, const float *in1, uint8_t *out);

#endif
