/* Fully connected layer: one weight row per output. */
#include "dot.h"
#include "fixed_point.h"
#include "kernels_s8.h"

void fully_connected_s8(const layer_t *layer, int32_t in_count, const int8_t *in, int32_t out_count, int8_t *out,
                        scratch_t scratch)
{
    const int8_t *weights = layer->weights;

    widen_s8(in, in_count, layer->input_offset, scratch.wide);
    for (int32_t row = 0; row < out_count; ++row, weights += in_count) {
        int32_t acc = dot_s16_s8(scratch.wide, weights, in_count, layer->bias[row]);
        acc = requantized(acc, layer->multipliers[row], layer->shifts[row]) + layer->output_offset;
        *out++ = (int8_t)clamped(acc, layer->activation_min, layer->activation_max);
    }
}
