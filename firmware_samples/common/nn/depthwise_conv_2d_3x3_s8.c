/* Depthwise 3 x 3: four channels of some image rows are widened into planes of their own, where neighbours in a row share a
 * word, so that SMLAD takes two taps at once; weights stay in registers for all pixels of a channel.
 *
 * A plane's word (pair, row) is at (pair * rows + row) * 4 + channel: the three rows of a window are neighbours. */
#include "depthwise_conv_2d_3x3_s8.h"

#include "mac_channel.h"

#if KERNELS_USE_SIMD

#define GROUP 4 /* channels that are widened together: bytes of a word */

typedef struct {
    uint32_t *planes;
    int32_t rows;
    int32_t pairs;
    int32_t channels; /* in this group, 1 to 4 */
} band_t;

static inline uint32_t load_pixel(const int8_t *pixel, int32_t channels)
{
    if (channels == GROUP) {
        return simd_load(pixel);
    }
    uint32_t word = (uint8_t)pixel[0];
    for (int32_t i = 1; i < channels; ++i) {
        word |= (uint32_t)(uint8_t)pixel[i] << (8 * i);
    }
    return word;
}

static inline void store_pair(uint32_t *to, uint32_t left, uint32_t right)
{
    const uint32_t left_even = simd_even_bytes(left), right_even = simd_even_bytes(right);
    const uint32_t left_odd = simd_odd_bytes(left), right_odd = simd_odd_bytes(right);
    to[0] = simd_pack_low(left_even, right_even);
    to[1] = simd_pack_low(left_odd, right_odd);
    to[2] = simd_pack_high(left_even, right_even);
    to[3] = simd_pack_high(left_odd, right_odd);
}

/* One image row into row `to` of all pairs. `row` is NULL outside of the image. */
static void widen_row(const depthwise_conv_2d_3x3_s8_params_t *params, const band_t *band, const int8_t *row, uint32_t *to)
{
    const int32_t width = params->window.in_width, step = params->window.in_channels;
    const int32_t channels = band->channels;
    const uint32_t outside = (uint8_t)params->input_zero_point * 0x01010101u;
    int32_t x = -params->window.pad_left;

    for (int32_t pair = 0; pair < band->pairs; ++pair, x += 2, to += GROUP * band->rows) {
        uint32_t left = outside, right = outside;
        if (row && x >= 0 && x + 1 < width) {
            left = load_pixel(row + x * step, channels);
            right = load_pixel(row + (x + 1) * step, channels);
        } else if (row && x >= 0 && x < width) {
            left = load_pixel(row + x * step, channels);
        } else if (row && x == -1) {
            right = load_pixel(row, channels);
        }
        store_pair(to, left, right);
    }
}

typedef struct {
    uint32_t first[3];  /* w0 w1 of each row */
    uint32_t second[3]; /* w1 w2 */
} taps_t;

static inline taps_t taps_of(const int8_t *weights)
{
    taps_t taps;
    for (int32_t i = 0; i < 3; ++i) {
        const uint32_t word = simd_load(weights + 4 * i);
        taps.first[i] = simd_even_bytes(word);
        taps.second[i] = simd_odd_bytes(word);
    }
    return taps;
}

typedef struct {
    const mac_channel_t *channel;
    int32_t activation_min;
    int32_t activation_max;
    int32_t step; /* from one output pixel to the next */
    int32_t width;
} finish_t;

static inline int8_t finished(const finish_t *finish, int32_t sum)
{
    const mac_channel_t *channel = finish->channel;
    const int32_t value = mac_requantized(sum, channel->multiplier, channel->rounding, channel->shift);
    return (int8_t)mac_clamped(value, finish->activation_min, finish->activation_max);
}

/* Two outputs from two pairs of columns each time; the last of an odd width is not stored. */
static inline void row_stride_1(const finish_t *finish, const taps_t *taps, const uint32_t *at, int32_t pair_step,
                                int8_t *out)
{
    for (int32_t left = finish->width; left > 0; left -= 2) {
        int32_t sum = finish->channel->bias, next = sum;
        uint32_t x0 = at[0], x1 = at[GROUP], x2 = at[2 * GROUP];
        sum = simd_dual_mac(x0, taps->first[0], sum);
        next = simd_mac_top_bottom(x0, taps->first[0], next);
        sum = simd_dual_mac(x1, taps->first[1], sum);
        next = simd_mac_top_bottom(x1, taps->first[1], next);
        sum = simd_dual_mac(x2, taps->first[2], sum);
        next = simd_mac_top_bottom(x2, taps->first[2], next);
        at += pair_step;
        x0 = at[0], x1 = at[GROUP], x2 = at[2 * GROUP];
        sum = simd_mac_bottom_top(x0, taps->second[0], sum);
        next = simd_dual_mac(x0, taps->second[0], next);
        sum = simd_mac_bottom_top(x1, taps->second[1], sum);
        next = simd_dual_mac(x1, taps->second[1], next);
        sum = simd_mac_bottom_top(x2, taps->second[2], sum);
        next = simd_dual_mac(x2, taps->second[2], next);
        *out = finished(finish, sum);
        if (left > 1) {
            out[finish->step] = finished(finish, next);
        }
        out += 2 * finish->step;
    }
}

static inline void row_stride_2(const finish_t *finish, const taps_t *taps, const uint32_t *at, int32_t pair_step,
                                int8_t *out)
{
    for (int32_t left = finish->width; left > 0; --left, out += finish->step) {
        int32_t sum = finish->channel->bias;
        sum = simd_dual_mac(at[0], taps->first[0], sum);
        sum = simd_dual_mac(at[GROUP], taps->first[1], sum);
        sum = simd_dual_mac(at[2 * GROUP], taps->first[2], sum);
        at += pair_step;
        sum = simd_mac_bottom_top(at[0], taps->second[0], sum);
        sum = simd_mac_bottom_top(at[GROUP], taps->second[1], sum);
        sum = simd_mac_bottom_top(at[2 * GROUP], taps->second[2], sum);
        *out = finished(finish, sum);
    }
}

static void widen_band(const depthwise_conv_2d_3x3_s8_params_t *params, const band_t *band, const int8_t *image, int32_t y)
{
    const window_t *window = &params->window;

    for (int32_t i = 0; i < band->rows; ++i, ++y) {
        const int is_inside = y >= 0 && y < window->in_height;
        const int8_t *row = is_inside ? image + y * window->in_width * window->in_channels : 0;
        widen_row(params, band, row, band->planes + GROUP * i);
    }
}

static void channel_of_band(const depthwise_conv_2d_3x3_s8_params_t *params, const band_t *band, int32_t channel,
                            int32_t out_rows, int8_t *out)
{
    const window_t *window = &params->window;
    const finish_t finish = {(const mac_channel_t *)params->channels + channel, params->activation_min,
                             params->activation_max, window->out_channels, window->out_width};
    const taps_t taps = taps_of(params->weights + 12 * channel);
    const uint32_t *at = band->planes + channel % GROUP;
    const int32_t row_size = window->out_width * window->out_channels;

    out += channel;
    if (window->stride_width == 1) {
        for (int32_t i = 0; i < out_rows; ++i, at += GROUP, out += row_size) {
            row_stride_1(&finish, &taps, at, GROUP * band->rows, out);
        }
    } else {
        for (int32_t i = 0; i < out_rows; ++i, at += 2 * GROUP, out += row_size) {
            row_stride_2(&finish, &taps, at, GROUP * band->rows, out);
        }
    }
}

static void one_image(const depthwise_conv_2d_3x3_s8_params_t *params, const int8_t *in, int8_t *out, uint32_t *planes)
{
    const window_t *window = &params->window;
    const int32_t stride = window->stride_height;
    const int32_t pairs = stride == 1 ? (window->out_width + 1) / 2 + 1 : window->out_width + 1;

    for (int32_t y = 0; y < window->out_height; y += params->band_rows) {
        const int32_t left = window->out_height - y, out_rows = left < params->band_rows ? left : params->band_rows;
        for (int32_t channel = 0; channel < window->in_channels; channel += GROUP) {
            const int32_t rest = window->in_channels - channel;
            const band_t band = {planes, (out_rows - 1) * stride + 3, pairs, rest < GROUP ? rest : GROUP};
            widen_band(params, &band, in + channel, y * stride - window->pad_top);
            for (int32_t i = 0; i < band.channels; ++i) {
                channel_of_band(params, &band, channel + i, out_rows, out);
            }
        }
        out += out_rows * window->out_width * window->out_channels;
    }
}

void depthwise_conv_2d_3x3_s8(const depthwise_conv_2d_3x3_s8_params_t *params, const int8_t *in, int8_t *out,
                              void *scratch)
{
    const window_t *window = &params->window;

    for (int32_t batch = 0; batch < window->batches; ++batch) {
        one_image(params, in, out, scratch);
        in += window->in_height * window->in_width * window->in_channels;
        out += window->out_height * window->out_width * window->out_channels;
    }
}
#else
typedef int depthwise_conv_2d_3x3_s8_needs_the_dsp_extension;
#endif
