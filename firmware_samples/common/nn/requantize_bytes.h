/* QUANTIZE from int8 or uint8 to int8 or uint8: the 256 results are known before the network runs. */
#ifndef REQUANTIZE_BYTES_H
#define REQUANTIZE_BYTES_H

#include <stdint.h>

typedef struct {
    int32_t elements_count;
    const uint8_t *table; /* the output's byte for each input byte */
} requantize_bytes_params_t;

void requantize_bytes(const requantize_bytes_params_t *params, const void *in, void *out);

#endif
