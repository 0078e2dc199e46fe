/* CAST: values as another type. Integers lose high bits; floats lose their fraction and stop at int32's limits. */
#ifndef CAST_H
#define CAST_H

#include <stdint.h>

typedef struct {
    int32_t elements_count;
} cast_params_t;

void cast_s8_s16(const cast_params_t *params, const int8_t *in, int16_t *out);
void cast_s8_s32(const cast_params_t *params, const int8_t *in, int32_t *out);
void cast_s8_f32(const cast_params_t *params, const int8_t *in, float *out);
void cast_s16_s8(const cast_params_t *params, const int16_t *in, int8_t *out);
void cast_s16_s32(const cast_params_t *params, const int16_t *in, int32_t *out);
void cast_s16_f32(const cast_params_t *params, const int16_t *in, float *out);
void cast_s32_s8(const cast_params_t *params, const int32_t *in, int8_t *out);
void cast_s32_s16(const cast_params_t *params, const int32_t *in, int16_t *out);
void cast_s32_f32(const cast_params_t *params, const int32_t *in, float *out);
void cast_f32_s8(const cast_params_t *params, const float *in, int8_t *out);
void cast_f32_s16(const cast_params_t *params, const float *in, int16_t *out);
void cast_f32_s32(const cast_params_t *params, const float *in, int32_t *out);
void cast_bool_s8(const cast_params_t *params, const uint8_t *in, int8_t *out);
void cast_bool_s16(const cast_params_t *params, const uint8_t *in, int16_t *out);
void cast_bool_s32(const cast_params_t *params, const uint8_t *in, int32_t *out);
void cast_bool_f32(const cast_params_t *params, const uint8_t *in, float *out);

#endif
