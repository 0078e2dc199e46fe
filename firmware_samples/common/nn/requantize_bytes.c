#include "requantize_bytes.h"

void requantize_bytes(const requantize_bytes_params_t *params, const void *in, void *out)
{
    const uint8_t *table = params->table;
    const uint8_t *from = in;
    uint8_t *to = out;

    for (int32_t count = params->elements_count; count > 0; --count) {
        *to++ = table[*from++];
    }
}
