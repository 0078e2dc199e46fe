/* DEQUANTIZE: scale * (value - zero point). */
#ifndef DEQUANTIZE_H
#define DEQUANTIZE_H

#include <stdint.h>

typedef struct {
    int32_t elements_count;
    float scale;
    int32_t zero_point;
} dequantize_params_t;

void dequantize_s8_f32(const dequantize_params_t *params, const int8_t *in, float *out);
void dequantize_u8_f32(const dequantize_params_t *params, const uint8_t *in, float *out);
void dequantize_s16_f32(const dequantize_params_t *params, const int16_t *in, float *out);

#endif
