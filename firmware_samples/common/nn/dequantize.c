#include "dequantize.h"

/* TensorFlow Lite multiplies in double precision and rounds once; the difference is exact in single precision
 * (at most 17 bits), so one single-precision product rounds the same exact value. */
#define DEQUANTIZE(NAME, IN)                                                                                           \
    void NAME(const dequantize_params_t *params, const IN *in, float *out)                                             \
    {                                                                                                                  \
        float scale = params->scale;                                                                                   \
        for (int32_t i = 0; i < params->elements_count; ++i) {                                                         \
            out[i] = scale * (float)(in[i] - params->zero_point);                                                      \
        }                                                                                                              \
    }

DEQUANTIZE(dequantize_s8_f32, int8_t)
DEQUANTIZE(dequantize_u8_f32, uint8_t)
DEQUANTIZE(dequantize_s16_f32, int16_t)
