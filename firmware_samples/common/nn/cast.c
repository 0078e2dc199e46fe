#include "cast.h"

/* C leaves the conversion of a float beyond int32 undefined. */
static inline int32_t whole(float value)
{
    if (!(value > -2147483648.0f)) {
        return INT32_MIN;
    }
    return value >= 2147483648.0f ? INT32_MAX : (int32_t)value;
}

#define CAST(NAME, IN, OUT, CONVERTED)                                                                                 \
    void NAME(const cast_params_t *params, const IN *in, OUT *out)                                                     \
    {                                                                                                                  \
        for (int32_t i = 0; i < params->elements_count; ++i) {                                                         \
            IN value = in[i];                                                                                          \
            out[i] = (OUT)(CONVERTED);                                                                                 \
        }                                                                                                              \
    }

CAST(cast_s8_s16, int8_t, int16_t, value)
CAST(cast_s8_s32, int8_t, int32_t, value)
CAST(cast_s8_f32, int8_t, float, value)
CAST(cast_s16_s8, int16_t, int8_t, value)
CAST(cast_s16_s32, int16_t, int32_t, value)
CAST(cast_s16_f32, int16_t, float, value)
CAST(cast_s32_s8, int32_t, int8_t, value)
CAST(cast_s32_s16, int32_t, int16_t, value)
CAST(cast_s32_f32, int32_t, float, value)
CAST(cast_f32_s8, float, int8_t, whole(value))
CAST(cast_f32_s16, float, int16_t, whole(value))
CAST(cast_f32_s32, float, int32_t, whole(value))
CAST(cast_bool_s8, uint8_t, int8_t, value != 0)
CAST(cast_bool_s16, uint8_t, int16_t, value != 0)
CAST(cast_bool_s32, uint8_t, int32_t, value != 0)
CAST(cast_bool_f32, uint8_t, float, value != 0)
