/* Convolution: each window is gathered and widened once, then multiplied with every output channel. */
#include "dot.h"
#include "fixed_point.h"
#include "kernels_s8.h"

void conv2d_s8(const layer_t *layer, shape_t in_shape, const int8_t *in, shape_t out_shape, int8_t *out,
               scratch_t scratch)
{
    const int32_t taps = layer->kernel_size * layer->kernel_size * in_shape.channels;

    for (int32_t y = 0; y < out_shape.height; ++y) {
        for (int32_t x = 0; x < out_shape.width; ++x) {
            gather_patch_s8(layer, in_shape, in, y * layer->stride - layer->pad, x * layer->stride - layer->pad,
                            scratch.patch);
            widen_s8(scratch.patch, taps, layer->input_offset, scratch.wide);
            const int8_t *weights = layer->weights;
            for (int32_t channel = 0; channel < out_shape.channels; ++channel, weights += taps) {
                int32_t acc = dot_s16_s8(scratch.wide, weights, taps, layer->bias[channel]);
                acc = requantized(acc, layer->multipliers[channel], layer->shifts[channel]) + layer->output_offset;
                *out++ = (int8_t)clamped(acc, layer->activation_min, layer->activation_max);
            }
        }
    }
}
