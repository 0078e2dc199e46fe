/* Depthwise 3 x 3: four channels of some image rows are widened into planes of their own, where neighbours in a row share a
 * word, so that SMLAD takes two taps at once; weights stay in registers for all pixels of a channel.
 *
 * A plane's word (pair, row) is at (pair * rows + row) * 4 + channel: the three rows of a window are neighbours. */
#include "depthwise_conv_2d_3x3_s8.h"

#include "depthwise_rows.h"

#if KERNELS_USE_SIMD

#define GROUP DEPTHWISE_GROUP /* channels that are widened together */

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
    const int32_t width = params->window.in_width, size = params->window.in_channels;
    const int32_t channels = band->channels, step = GROUP * band->rows;
    const uint32_t outside = (uint8_t)params->input_zero_point * 0x01010101u;
    int32_t x = -params->window.pad_left, left = band->pairs;

    if (!row) {
        x = width;
    } else if (x < 0) {
        store_pair(to, outside, load_pixel(row, channels));
        to += step, x += 2, --left;
    }
    const int8_t *pixel = row ? row + x * size : 0;
    for (; left > 0 && x + 1 < width; --left, x += 2, to += step, pixel += 2 * size) {
        store_pair(to, load_pixel(pixel, channels), load_pixel(pixel + size, channels));
    }
    if (left > 0 && x < width) {
        store_pair(to, load_pixel(pixel, channels), outside);
        to += step, --left;
    }
    for (; left > 0; --left, to += step) {
        store_pair(to, outside, outside);
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
    const depthwise_rows_t rows = {
        .channel = ((const mac_channel_t *)params->channels)[channel],
        .out_step = window->out_channels,
        .pair_step = 4 * GROUP * band->rows,
        .width = window->out_width,
        .rows = out_rows,
        .row_step = window->out_width * window->out_channels,
        .activation_min = params->activation_min,
        .activation_max = params->activation_max,
    };

    if (window->stride_width == 1) {
        depthwise_rows_stride_1(&rows, params->weights + 12 * channel, band->planes + channel % GROUP, out + channel);
    } else {
        depthwise_rows_stride_2(&rows, params->weights + 12 * channel, band->planes + channel % GROUP, out + channel);
    }
}

static void one_image(const depthwise_conv_2d_3x3_s8_params_t *params, const int8_t *in, int8_t *out, uint32_t *planes)
{
    const window_t *window = &params->window;
    const int32_t stride = window->stride_height;
    const int32_t pairs = stride == 1 ? (window->out_width + 1) / 2 + 1 : window->out_width + window->out_width % 2 + 1;

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
