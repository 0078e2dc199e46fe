/* QUANTIZE of floats. */
#ifndef QUANTIZE_H
#define QUANTIZE_H

#include <stdint.h>

typedef struct {
    int32_t elements_count;
    float scale;
    int32_t zero_point;
} quantize_params_t;

void quantize_f32_s8(const quantize_params_t *params, const float *in, int8_t *out);
void quantize_f32_s16(const quantize_params_t *params, const float *in, int16_t *out);

#endif
