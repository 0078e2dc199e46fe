/* Convolution as its definition says it: one output after the other. */
#include "conv_2d_general_s8.h"

#include "fixed_point.h"

/* One row of the window: taps outside the image are real zeros and add nothing. */
static int32_t row_sum(const conv_2d_general_s8_params_t *params, const int8_t *row, const int8_t *weights, int32_t x)
{
    const window_t *window = &params->window;
    const int32_t depth = window->in_channels / params->groups;
    int32_t total = 0;

    for (int32_t i = 0; i < window->kernel_width; ++i, x += window->dilation_width, weights += depth) {
        if (x < 0 || x >= window->in_width) {
            continue;
        }
        const int8_t *pixel = row + x * window->in_channels;
        for (int32_t channel = 0; channel < depth; ++channel) {
            total += (pixel[channel] - params->input_zero_point) * (weights[channel] - params->weights_zero_point);
        }
    }
    return total;
}

static int32_t output_value(const conv_2d_general_s8_params_t *params, const int8_t *image, int32_t y, int32_t x,
                            int32_t channel)
{
    const window_t *window = &params->window;
    const int32_t depth = window->in_channels / params->groups;
    const int32_t group = channel / (window->out_channels / params->groups);
    const int8_t *weights = params->weights + channel * window->kernel_height * window->kernel_width * depth;
    int32_t acc = params->bias[channel];

    for (int32_t i = 0; i < window->kernel_height; ++i, y += window->dilation_height) {
        if (y >= 0 && y < window->in_height) {
            acc += row_sum(params, image + y * window->in_width * window->in_channels + group * depth, weights, x);
        }
        weights += window->kernel_width * depth;
    }
    acc = requantized(acc, params->multipliers[channel], params->shifts[channel]) + params->output_zero_point;
    return clamped(acc, params->activation_min, params->activation_max);
}

void conv_2d_general_s8(const conv_2d_general_s8_params_t *params, const int8_t *in, int8_t *out)
{
    const window_t *window = &params->window;
    const int32_t image_size = window->in_height * window->in_width * window->in_channels;

    for (int32_t batch = 0; batch < window->batches; ++batch, in += image_size) {
        for (int32_t y = 0; y < window->out_height; ++y) {
            for (int32_t x = 0; x < window->out_width; ++x) {
                for (int32_t channel = 0; channel < window->out_channels; ++channel) {
                    *out++ = (int8_t)output_value(params, in, y * window->stride_height - window->pad_top,
                                                  x * window->stride_width - window->pad_left, channel);
                }
            }
        }
    }
}
