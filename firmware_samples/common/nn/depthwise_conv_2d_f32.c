#include "depthwise_conv_2d_f32.h"

#include "float_math.h"
#include "taps.h"

/* The part of the image under one output pixel's window. */
typedef struct {
    const float *in;
    int32_t rows, in_row_step;
    int32_t columns, in_column_step;
    int32_t first_weight, weight_row_step, weight_column_step;
} patch_t;

static inline patch_t patch_of(const window_t *window, const float *image, taps_t row, taps_t column)
{
    const int32_t top = row.origin + row.first * window->dilation_height;
    const int32_t left = column.origin + column.first * window->dilation_width;
    const patch_t patch = {
        .in = image + (top * window->in_width + left) * window->in_channels,
        .rows = row.end - row.first,
        .in_row_step = window->dilation_height * window->in_width * window->in_channels,
        .columns = column.end - column.first,
        .in_column_step = window->dilation_width * window->in_channels,
        .first_weight = (row.first * window->kernel_width + column.first) * window->out_channels,
        .weight_row_step = window->kernel_width * window->out_channels,
        .weight_column_step = window->out_channels,
    };
    return patch;
}

/* Four output channels whose input channels are `channels` after the first one's. */
static inline void four_channels(const depthwise_conv_2d_f32_params_t *params, const patch_t *patch, int32_t channel,
                                 const float *in_row, const int32_t channels[4], float *out)
{
    const float *bias = params->bias + channel;
    const float *weights_row = params->weights + patch->first_weight + channel;
    const int32_t second = channels[1], third = channels[2], fourth = channels[3];
    float sum0 = bias[0], sum1 = bias[1], sum2 = bias[2], sum3 = bias[3];

    for (int32_t row = patch->rows; row > 0; --row) {
        const float *in = in_row;
        const float *weights = weights_row;
        for (int32_t column = patch->columns; column > 0; --column) {
            sum0 += in[0] * weights[0];
            sum1 += in[second] * weights[1];
            sum2 += in[third] * weights[2];
            sum3 += in[fourth] * weights[3];
            in += patch->in_column_step;
            weights += patch->weight_column_step;
        }
        in_row += patch->in_row_step;
        weights_row += patch->weight_row_step;
    }
    out[0] = clamped_f32(sum0, params->activation_min, params->activation_max);
    out[1] = clamped_f32(sum1, params->activation_min, params->activation_max);
    out[2] = clamped_f32(sum2, params->activation_min, params->activation_max);
    out[3] = clamped_f32(sum3, params->activation_min, params->activation_max);
}

static float one_channel(const depthwise_conv_2d_f32_params_t *params, const patch_t *patch, int32_t channel)
{
    const float *in_row = patch->in + channel / params->multiplier;
    const float *weights_row = params->weights + patch->first_weight + channel;
    float sum = params->bias[channel];

    for (int32_t row = patch->rows; row > 0; --row) {
        for (int32_t column = 0; column < patch->columns; ++column) {
            sum += in_row[column * patch->in_column_step] * weights_row[column * patch->weight_column_step];
        }
        in_row += patch->in_row_step;
        weights_row += patch->weight_row_step;
    }
    return clamped_f32(sum, params->activation_min, params->activation_max);
}

static void pixel(const depthwise_conv_2d_f32_params_t *params, const patch_t *patch, float *out)
{
    static const int32_t neighbours[4] = {0, 1, 2, 3};
    const int32_t count = params->window.out_channels;
    int32_t channel = 0;

    for (; params->multiplier == 1 && channel + 4 <= count; channel += 4) {
        four_channels(params, patch, channel, patch->in + channel, neighbours, out + channel);
    }
    for (; channel + 4 <= count; channel += 4) {
        const int32_t first = channel / params->multiplier;
        int32_t channels[4];
        for (int32_t i = 0; i < 4; ++i) {
            channels[i] = (channel + i) / params->multiplier - first;
        }
        four_channels(params, patch, channel, patch->in + first, channels, out + channel);
    }
    for (; channel < count; ++channel) {
        out[channel] = one_channel(params, patch, channel);
    }
}

void depthwise_conv_2d_f32(const depthwise_conv_2d_f32_params_t *params, const float *in, float *out)
{
    const window_t *window = &params->window;

    for (int32_t batch = 0; batch < window->batches; ++batch) {
        for (int32_t y = 0; y < window->out_height; ++y) {
            const taps_t row = taps_of_row(window, y);
            for (int32_t x = 0; x < window->out_width; ++x, out += window->out_channels) {
                const patch_t patch = patch_of(window, in, row, taps_of_column(window, x));
                pixel(params, &patch, out);
            }
        }
        in += window->in_height * window->in_width * window->in_channels;
    }
}
