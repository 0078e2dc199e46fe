/* Convolution with packed weights: every weight is used for all pixels, so unpacking costs little beside it. */
#include "conv_2d_s4.h"

#include "unpack_s4.h"

void conv_2d_s4(const conv_2d_s4_params_t *params, const int8_t *in, int8_t *out, void *scratch)
{
    conv_2d_s8_params_t layer = params->layer;
    int8_t *rest = unpack_s4(params->packed, params->weights, scratch);

    layer.rows.weights = scratch;
    conv_2d_s8(&layer, in, out, rest);
}
