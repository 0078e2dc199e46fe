/* Columns of inputs times rows of weights, several of both at a time: each value is loaded once for all of them. */
#include "mac_rows.h"

#include "mac_channel.h"

#if KERNELS_USE_SIMD
#include "mac_block.h"

#if !defined(__arm__) /* else: mac_rows_4_columns.c */
static inline void finish_4(const mac_rows_t *rows, const mac_channel_t *channel, const int32_t *sums, int8_t *out)
{
    const int32_t multiplier = channel->multiplier, rounding = channel->rounding, shift = channel->shift;

    for (int32_t pixel = 0; pixel < MAC_COLUMNS; ++pixel, out += rows->out_channels) {
        const int32_t value = mac_requantized(sums[pixel], multiplier, rounding, shift);
        *out = (int8_t)mac_clamped(value, rows->activation_min, rows->activation_max);
    }
}

void mac_rows_4_columns(const mac_rows_t *rows, const int16_t *columns, int8_t *out)
{
    const int32_t quads = mac_quads(rows);
    const int8_t *weights = rows->weights;
    const mac_channel_t *channel = (const mac_channel_t *)rows->channels;

    for (int32_t left = rows->out_channels; left > 0; left -= 2, channel += 2, out += 2) {
        int32_t sums[2 * MAC_COLUMNS];
        weights = mac_block_4x2(columns, weights, quads, channel[0].bias, channel[1].bias, sums);
        finish_4(rows, channel, sums, out);
        if (left > 1) {
            finish_4(rows, channel + 1, sums + MAC_COLUMNS, out + 1);
        }
    }
}
#endif

static inline int8_t finished(const mac_rows_t *rows, const mac_channel_t *channel, int32_t sum)
{
    const int32_t value = mac_requantized(sum, channel->multiplier, channel->rounding, channel->shift);
    return (int8_t)mac_clamped(value, rows->activation_min, rows->activation_max);
}

/* Four output channels, then what is left by two. */
void mac_rows_1_column(const mac_rows_t *rows, const int16_t *column, int8_t *out)
{
    const int32_t quads = mac_quads(rows);
    const int8_t *weights = rows->weights;
    const mac_channel_t *channel = (const mac_channel_t *)rows->channels;
    int32_t left = rows->out_channels;

    for (; left >= 4; left -= 4, channel += 4, out += 4, weights += 16 * quads) {
        int32_t sums[4] = {channel[0].bias, channel[1].bias, channel[2].bias, channel[3].bias};
        mac_block_1x4(column, weights, quads, sums);
        for (int32_t i = 0; i < 4; ++i) {
            out[i] = finished(rows, channel + i, sums[i]);
        }
    }
    for (; left > 0; left -= 2, channel += 2, out += 2, weights += 8 * quads) {
        int32_t sums[2] = {channel[0].bias, channel[1].bias};
        mac_block_1x2(column, weights, quads, sums);
        out[0] = finished(rows, channel, sums[0]);
        if (left > 1) {
            out[1] = finished(rows, channel + 1, sums[1]);
        }
    }
}
#else
static inline int8_t finished(const mac_rows_t *rows, const mac_channel_t *channel, int32_t sum)
{
    const int32_t value = mac_requantized(sum, channel->multiplier, channel->rounding, channel->shift);
    return (int8_t)mac_clamped(value, rows->activation_min, rows->activation_max);
}

/* Two output channels. */
static void two_channels(const mac_rows_t *rows, const mac_channel_t *channel, const int8_t *weights, const int8_t *in,
                         int32_t in_step, int32_t pixels, int8_t *out)
{
    const int32_t taps = rows->taps, next = rows->out_channels;
    const int8_t *others = weights + taps;

    for (; pixels >= 2; pixels -= 2, in += 2 * in_step, out += 2 * next) {
        const int8_t *other = in + in_step;
        int32_t a0 = channel[0].bias, a1 = a0, b0 = channel[1].bias, b1 = b0;
        for (int32_t i = 0; i < taps; ++i) {
            const int32_t a = weights[i], b = others[i], x0 = in[i], x1 = other[i];
            a0 += x0 * a, a1 += x1 * a, b0 += x0 * b, b1 += x1 * b;
        }
        out[0] = finished(rows, channel, a0);
        out[next] = finished(rows, channel, a1);
        out[1] = finished(rows, channel + 1, b0);
        out[next + 1] = finished(rows, channel + 1, b1);
    }
    if (pixels > 0) {
        int32_t a = channel[0].bias, b = channel[1].bias;
        for (int32_t i = 0; i < taps; ++i) {
            a += in[i] * weights[i];
            b += in[i] * others[i];
        }
        out[0] = finished(rows, channel, a);
        out[1] = finished(rows, channel + 1, b);
    }
}

/* All pixels for two channels, then for the next two: weights come out of flash, inputs out of RAM. */
void mac_rows_pixels(const mac_rows_t *rows, const int8_t *in, int32_t in_step, int32_t pixels, int8_t *out)
{
    const int8_t *weights = rows->weights;
    const mac_channel_t *channel = (const mac_channel_t *)rows->channels;
    int32_t left = rows->out_channels;

    for (; left >= 2; left -= 2, channel += 2, out += 2, weights += 2 * rows->taps) {
        two_channels(rows, channel, weights, in, in_step, pixels, out);
    }
    for (; left > 0 && pixels > 0; --pixels, in += in_step, out += rows->out_channels) {
        int32_t sum = channel->bias;
        for (int32_t i = 0; i < rows->taps; ++i) {
            sum += in[i] * weights[i];
        }
        *out = finished(rows, channel, sum);
    }
}
#endif
