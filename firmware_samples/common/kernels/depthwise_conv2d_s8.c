/* Depthwise convolution with one output per input channel. */
#include "fixed_point.h"
#include "kernels_s8.h"
#include "simd.h"

static inline int8_t finished(const layer_t *layer, int32_t channel, int32_t acc)
{
    acc = requantized(acc, layer->multipliers[channel], layer->shifts[channel]) + layer->output_offset;
    return (int8_t)clamped(acc, layer->activation_min, layer->activation_max);
}

#if KERNELS_USE_SIMD
/* Four channels at once, two taps per SMLAD. An odd last tap is paired with a weight of zero. */
static inline void four_channels(const layer_t *layer, const int8_t *patch, int32_t channels, int32_t channel,
                                 int8_t *out)
{
    const int32_t taps = layer->kernel_size * layer->kernel_size;
    const uint32_t offsets = simd_pack_low((uint32_t)layer->input_offset, (uint32_t)layer->input_offset);
    const int8_t *x = patch + channel;
    const int8_t *w = layer->weights + channel;
    int32_t acc0 = layer->bias[channel], acc1 = layer->bias[channel + 1];
    int32_t acc2 = layer->bias[channel + 2], acc3 = layer->bias[channel + 3];

    for (int32_t tap = 0; tap < taps; tap += 2, x += 2 * channels, w += 2 * channels) {
        const int32_t next = tap + 1 < taps ? channels : 0;
        uint32_t xa = simd_load(x), xb = simd_load(x + next);
        uint32_t wa = simd_load(w), wb = next ? simd_load(w + next) : 0;
        uint32_t xa_even = simd_add_even_bytes(offsets, xa), xb_even = simd_add_even_bytes(offsets, xb);
        uint32_t wa_even = simd_even_bytes(wa), wb_even = simd_even_bytes(wb);
        acc0 = simd_dual_mac(simd_pack_low(xa_even, xb_even), simd_pack_low(wa_even, wb_even), acc0);
        acc2 = simd_dual_mac(simd_pack_high(xa_even, xb_even), simd_pack_high(wa_even, wb_even), acc2);
        uint32_t xa_odd = simd_add_odd_bytes(offsets, xa), xb_odd = simd_add_odd_bytes(offsets, xb);
        uint32_t wa_odd = simd_odd_bytes(wa), wb_odd = simd_odd_bytes(wb);
        acc1 = simd_dual_mac(simd_pack_low(xa_odd, xb_odd), simd_pack_low(wa_odd, wb_odd), acc1);
        acc3 = simd_dual_mac(simd_pack_high(xa_odd, xb_odd), simd_pack_high(wa_odd, wb_odd), acc3);
    }
    out[0] = finished(layer, channel, acc0);
    out[1] = finished(layer, channel + 1, acc1);
    out[2] = finished(layer, channel + 2, acc2);
    out[3] = finished(layer, channel + 3, acc3);
}
#endif

void depthwise_conv2d_s8(const layer_t *layer, shape_t in_shape, const int8_t *in, shape_t out_shape, int8_t *out,
                         scratch_t scratch)
{
    const int32_t channels = in_shape.channels;
    const int32_t taps = layer->kernel_size * layer->kernel_size;

    for (int32_t y = 0; y < out_shape.height; ++y) {
        for (int32_t x = 0; x < out_shape.width; ++x, out += channels) {
            int32_t channel = 0;
            gather_patch_s8(layer, in_shape, in, y * layer->stride - layer->pad, x * layer->stride - layer->pad,
                            scratch.patch);
#if KERNELS_USE_SIMD
            for (; channel + 4 <= channels; channel += 4) {
                four_channels(layer, scratch.patch, channels, channel, out + channel);
            }
#endif
            for (; channel < channels; ++channel) {
                int32_t acc = layer->bias[channel];
                for (int32_t tap = 0; tap < taps; ++tap) {
                    int32_t at = tap * channels + channel;
                    acc += (scratch.patch[at] + layer->input_offset) * layer->weights[at];
                }
                out[channel] = finished(layer, channel, acc);
            }
        }
    }
}
