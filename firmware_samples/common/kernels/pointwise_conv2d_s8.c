/* 1 x 1 convolution: a small fully connected layer at every pixel. */
#include "dot.h"
#include "fixed_point.h"
#include "kernels_s8.h"

void pointwise_conv2d_s8(const layer_t *layer, shape_t in_shape, const int8_t *in, int32_t out_channels, int8_t *out,
                         scratch_t scratch)
{
    const int32_t channels = in_shape.channels;

    for (int32_t pixel = 0; pixel < in_shape.height * in_shape.width; ++pixel, in += channels) {
        const int8_t *weights = layer->weights;
        widen_s8(in, channels, layer->input_offset, scratch.wide);
        for (int32_t channel = 0; channel < out_channels; ++channel, weights += channels) {
            int32_t acc = dot_s16_s8(scratch.wide, weights, channels, layer->bias[channel]);
            acc = requantized(acc, layer->multipliers[channel], layer->shifts[channel]) + layer->output_offset;
            *out++ = (int8_t)clamped(acc, layer->activation_min, layer->activation_max);
        }
    }
}
