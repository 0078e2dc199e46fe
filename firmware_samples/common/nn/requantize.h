/* QUANTIZE of integers: from one scale and zero point to another. */
#ifndef REQUANTIZE_H
#define REQUANTIZE_H

#include <stdint.h>

typedef struct {
    int32_t elements_count;
    int32_t multiplier, shift; /* input scale / output scale, as in fixed_point.h */
    int32_t in_zero_point, out_zero_point;
} requantize_params_t;

void requantize_s8_s16(const requantize_params_t *params, const int8_t *in, int16_t *out);
void requantize_s8_s32(const requantize_params_t *params, const int8_t *in, int32_t *out);
void requantize_s16_s8(const requantize_params_t *params, const int16_t *in, int8_t *out);
void requantize_s16_s16(const requantize_params_t *params, const int16_t *in, int16_t *out);
void requantize_s16_s32(const requantize_params_t *params, const int16_t *in, int32_t *out);
void requantize_s32_s8(const requantize_params_t *params, const int32_t *in, int8_t *out);
void requantize_s32_s16(const requantize_params_t *params, const int32_t *in, int16_t *out);

#endif
