#include "conv_2d_f32.h"

#include "float_math.h"
#include "mac_f32.h"
#include "taps.h"

/* The part of the image under one output pixel's window, as runs of floats that are contiguous in image and weights. */
typedef struct {
    const float *in;
    int32_t rows, in_row_step;
    int32_t runs, in_run_step; /* of each row */
    int32_t run_count;         /* floats */
    int32_t first_weight, weight_row_step;
} patch_t;

static inline patch_t patch_of(const window_t *window, int32_t depth, const float *image, taps_t row, taps_t column)
{
    const int32_t columns = column.end - column.first;
    const int32_t top = row.origin + row.first * window->dilation_height;
    const int32_t left = column.origin + column.first * window->dilation_width;
    const int32_t is_one_run = window->dilation_width == 1 && depth == window->in_channels;
    const patch_t patch = {
        .in = image + (top * window->in_width + left) * window->in_channels,
        .rows = columns > 0 ? row.end - row.first : 0,
        .in_row_step = window->dilation_height * window->in_width * window->in_channels,
        .runs = is_one_run ? 1 : columns,
        .in_run_step = window->dilation_width * window->in_channels,
        .run_count = is_one_run ? columns * depth : depth,
        .first_weight = (row.first * window->kernel_width + column.first) * depth,
        .weight_row_step = window->kernel_width * depth,
    };
    return patch;
}

static void four_channels(const conv_2d_f32_params_t *params, const patch_t *patch, const float *weights,
                          const float *bias, float *out)
{
    four_f32_t sums = {{bias[0], bias[1], bias[2], bias[3]}};
    const float *in_row = patch->in;
    const float *weights_row = weights + 4 * patch->first_weight;

    for (int32_t row = patch->rows; row > 0; --row) {
        const float *in = in_row;
        const float *weights_run = weights_row;
        for (int32_t run = patch->runs; run > 0; --run) {
            sums = add_products_by_four(sums, in, weights_run, patch->run_count);
            in += patch->in_run_step;
            weights_run += 4 * patch->run_count;
        }
        in_row += patch->in_row_step;
        weights_row += 4 * patch->weight_row_step;
    }
    for (int32_t i = 0; i < 4; ++i) {
        out[i] = clamped_f32(sums.at[i], params->activation_min, params->activation_max);
    }
}

static void four_channels_of_two(const conv_2d_f32_params_t *params, const patch_t *patch, const float *weights,
                                 const float *bias, float *out)
{
    const int32_t step = params->window.stride_width * params->window.in_channels;
    const four_f32_t biases = {{bias[0], bias[1], bias[2], bias[3]}};
    two_by_four_f32_t sums = {biases, biases};
    const float *in_row = patch->in;
    const float *weights_row = weights + 4 * patch->first_weight;
    float *second_out = out + params->window.out_channels;

    for (int32_t row = patch->rows; row > 0; --row) {
        const float *in = in_row;
        const float *weights_run = weights_row;
        for (int32_t run = patch->runs; run > 0; --run) {
            sums = add_products_two_by_four(sums, in, step, weights_run, patch->run_count);
            in += patch->in_run_step;
            weights_run += 4 * patch->run_count;
        }
        in_row += patch->in_row_step;
        weights_row += 4 * patch->weight_row_step;
    }
    for (int32_t i = 0; i < 4; ++i) {
        out[i] = clamped_f32(sums.first.at[i], params->activation_min, params->activation_max);
        second_out[i] = clamped_f32(sums.second.at[i], params->activation_min, params->activation_max);
    }
}

static float one_channel(const conv_2d_f32_params_t *params, const patch_t *patch, const float *weights, float sum)
{
    const float *in_row = patch->in;
    const float *weights_row = weights + patch->first_weight;

    for (int32_t row = patch->rows; row > 0; --row) {
        const float *in = in_row;
        const float *weights_run = weights_row;
        for (int32_t run = patch->runs; run > 0; --run) {
            sum = add_products(sum, in, weights_run, patch->run_count);
            in += patch->in_run_step;
            weights_run += patch->run_count;
        }
        in_row += patch->in_row_step;
        weights_row += patch->weight_row_step;
    }
    return clamped_f32(sum, params->activation_min, params->activation_max);
}

/* All output channels of one pixel, or of two neighbours that see as many taps. */
static void pixels(const conv_2d_f32_params_t *params, const patch_t *all_groups, int32_t is_pair, float *out)
{
    const window_t *window = &params->window;
    const int32_t depth = window->in_channels / params->groups;
    const int32_t group_channels = window->out_channels / params->groups;
    const int32_t channel_weights = window->kernel_height * window->kernel_width * depth;
    const float *weights = params->weights;
    const float *bias = params->bias;
    patch_t patch = *all_groups;

    for (int32_t group = 0; group < params->groups; ++group, patch.in += depth) {
        int32_t left = group_channels;
        for (; left >= 4; left -= 4, weights += 4 * channel_weights, bias += 4, out += 4) {
            if (is_pair) {
                four_channels_of_two(params, &patch, weights, bias, out);
            } else {
                four_channels(params, &patch, weights, bias, out);
            }
        }
        for (; left > 0; --left, weights += channel_weights, ++bias, ++out) {
            *out = one_channel(params, &patch, weights, *bias);
            if (is_pair) {
                patch_t second = patch;
                second.in += window->stride_width * window->in_channels;
                out[window->out_channels] = one_channel(params, &second, weights, *bias);
            }
        }
    }
}

static void row_of_pixels(const conv_2d_f32_params_t *params, const float *image, taps_t row, float *out)
{
    const window_t *window = &params->window;
    const int32_t depth = window->in_channels / params->groups;
    int32_t count;

    for (int32_t x = 0; x < window->out_width; x += count, out += count * window->out_channels) {
        const taps_t column = taps_of_column(window, x);
        const taps_t next = taps_of_column(window, x + 1);
        const int32_t is_pair = x + 1 < window->out_width && column.first == next.first && column.end == next.end;
        const patch_t patch = patch_of(window, depth, image, row, column);
        pixels(params, &patch, is_pair, out);
        count = is_pair ? 2 : 1;
    }
}

void conv_2d_f32(const conv_2d_f32_params_t *params, const float *in, float *out)
{
    const window_t *window = &params->window;

    for (int32_t batch = 0; batch < window->batches; ++batch) {
        for (int32_t y = 0; y < window->out_height; ++y, out += window->out_width * window->out_channels) {
            row_of_pixels(params, in, taps_of_row(window, y), out);
        }
        in += window->in_height * window->in_width * window->in_channels;
    }
}
