#include "lookup_s8.h"

static inline void look_up(const lookup_s8_params_t *params, const int8_t *in, int8_t *out)
{
    const int8_t *table = params->table;
    const uint8_t *places = (const uint8_t *)in;
    const int32_t count = params->count;
    int32_t i = 0;

    for (; i + 4 <= count; i += 4) {
        const uint8_t place0 = places[i];
        const uint8_t place1 = places[i + 1];
        const uint8_t place2 = places[i + 2];
        const uint8_t place3 = places[i + 3];
        const int8_t value0 = table[place0];
        const int8_t value1 = table[place1];
        const int8_t value2 = table[place2];
        const int8_t value3 = table[place3];
        out[i] = value0;
        out[i + 1] = value1;
        out[i + 2] = value2;
        out[i + 3] = value3;
    }
    for (; i < count; ++i) {
        out[i] = table[places[i]];
    }
}

#define DEFINE_LOOKUP(name)                                                                                            \
    void name(const lookup_s8_params_t *params, const int8_t *in, int8_t *out)                                         \
    {                                                                                                                  \
        look_up(params, in, out);                                                                                      \
    }

DEFINE_LOOKUP(abs_s8)
DEFINE_LOOKUP(hard_swish_s8)
DEFINE_LOOKUP(leaky_relu_s8)
DEFINE_LOOKUP(logistic_s8)
DEFINE_LOOKUP(relu_s8)
DEFINE_LOOKUP(relu6_s8)
DEFINE_LOOKUP(rsqrt_s8)
DEFINE_LOOKUP(tanh_s8)
