/* Convolution whose weights have four bits: unpacked into RAM once per inference, as unpack_s4.h says.
 *
 * Scratch: the weights, rounded up to eight bytes, then that of conv_2d_s8. */
#ifndef CONV_2D_S4_H
#define CONV_2D_S4_H

#include <stdint.h>

#include "conv_2d_s8.h"

typedef struct {
    conv_2d_s8_params_t layer; /* without weights */
    const uint32_t *packed;
    int32_t weights; /* with the padding that layer.rows wants */
} conv_2d_s4_params_t;

void conv_2d_s4(const conv_2d_s4_params_t *params, const int8_t *in, int8_t *out, void *scratch);

#endif
