/* Depthwise convolution: each window is copied once, then multiplied channel by channel.
 *
 * With the DSP extension four channels and two taps t and u at a time. Weights of four channels a b c d are then
 * at bt au bu, ct dt cu du for each two taps, all pairs of taps of these channels one after the other; a missing last tap is
 * zero. Channels that are left over have their weights behind, tap by tap as the model has them. */
#include "depthwise_conv_2d_s8.h"

#include "image_window.h"
#include "mac_channel.h"

static inline int8_t finished(const depthwise_conv_2d_s8_params_t *params, int32_t channel, int32_t sum)
{
    const mac_channel_t *constants = (const mac_channel_t *)params->channels + channel;
    const int32_t value = mac_requantized(sum, constants->multiplier, constants->rounding, constants->shift);
    return (int8_t)mac_clamped(value, params->activation_min, params->activation_max);
}

#if KERNELS_USE_SIMD
/* Returns the weights of the next four channels. */
static inline const int8_t *four_channels(const depthwise_conv_2d_s8_params_t *params, const int8_t *weights,
                                          const int8_t *bytes, int32_t channel, int8_t *out)
{
    const mac_channel_t *constants = (const mac_channel_t *)params->channels + channel;
    const int32_t channels = params->window.in_channels;
    const int32_t taps = params->window.kernel_height * params->window.kernel_width;
    int32_t a = constants[0].bias, b = constants[1].bias, c = constants[2].bias, d = constants[3].bias;

    bytes += channel;
    for (int32_t left = taps; left > 0; left -= 2, bytes += 2 * channels, weights += 8) {
        const uint32_t t = simd_load(bytes), u = left > 1 ? simd_load(bytes + channels) : 0;
        const uint32_t ab = simd_load(weights), cd = simd_load(weights + 4);
        const uint32_t t_even = simd_even_bytes(t), u_even = simd_even_bytes(u);
        a = simd_dual_mac(simd_pack_low(t_even, u_even), simd_even_bytes(ab), a);
        c = simd_dual_mac(simd_pack_high(t_even, u_even), simd_even_bytes(cd), c);
        const uint32_t t_odd = simd_odd_bytes(t), u_odd = simd_odd_bytes(u);
        b = simd_dual_mac(simd_pack_low(t_odd, u_odd), simd_odd_bytes(ab), b);
        d = simd_dual_mac(simd_pack_high(t_odd, u_odd), simd_odd_bytes(cd), d);
    }
    out[channel] = finished(params, channel, a);
    out[channel + 1] = finished(params, channel + 1, b);
    out[channel + 2] = finished(params, channel + 2, c);
    out[channel + 3] = finished(params, channel + 3, d);
    return weights;
}
#endif

static void one_pixel(const depthwise_conv_2d_s8_params_t *params, const int8_t *bytes, int8_t *out)
{
    const int32_t channels = params->window.in_channels;
    const int32_t taps = params->window.kernel_height * params->window.kernel_width;
    const int8_t *weights = params->weights;
    int32_t channel = 0;

#if KERNELS_USE_SIMD
    for (; channel + 4 <= channels; channel += 4) {
        weights = four_channels(params, weights, bytes, channel, out);
    }
#endif
    const int32_t weights_step = channels - channel;
    for (; channel < channels; ++channel, ++weights) {
        const int8_t *x = bytes + channel, *w = weights;
        int32_t sum = ((const mac_channel_t *)params->channels)[channel].bias;
        for (int32_t tap = 0; tap < taps; ++tap, x += channels, w += weights_step) {
            sum += *x * *w;
        }
        out[channel] = finished(params, channel, sum);
    }
}

void depthwise_conv_2d_s8(const depthwise_conv_2d_s8_params_t *params, const int8_t *in, int8_t *out, void *scratch)
{
    const window_t *window = &params->window;
    const int32_t image_size = window->in_height * window->in_width * window->in_channels;

    for (int32_t batch = 0; batch < window->batches; ++batch, in += image_size) {
        for (int32_t y = 0; y < window->out_height; ++y) {
            for (int32_t x = 0; x < window->out_width; ++x, out += window->out_channels) {
                gathered_window(window, in, (int8_t)params->input_zero_point,
                                y * window->stride_height - window->pad_top,
                                x * window->stride_width - window->pad_left, scratch);
                one_pixel(params, scratch, out);
            }
        }
    }
}
