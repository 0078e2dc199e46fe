#include "pool_2d_f32.h"

#include "float_math.h"
#include "taps.h"

/* One output pixel's window. */
typedef struct {
    const float *in;
    int32_t rows, row_step;
    int32_t columns, column_step;
} patch_t;

typedef float (*pooled_t)(const patch_t *patch);

static inline float mean(const patch_t *patch)
{
    const float *row = patch->in;
    float sum = 0.0f;
    for (int32_t i = 0; i < patch->rows; ++i, row += patch->row_step) {
        const float *at = row;
        for (int32_t j = patch->columns; j > 0; --j, at += patch->column_step) {
            sum += *at;
        }
    }
    return sum / (float)(patch->rows * patch->columns);
}

static inline float maximum(const patch_t *patch)
{
    const float *row = patch->in;
    float largest = *row;
    for (int32_t i = 0; i < patch->rows; ++i, row += patch->row_step) {
        const float *at = row;
        for (int32_t j = patch->columns; j > 0; --j, at += patch->column_step) {
            largest = larger_f32(largest, *at);
        }
    }
    return largest;
}

static inline void pooled(const pool_2d_f32_params_t *params, pooled_t function, const float *in, float *out)
{
    const window_t *window = &params->window;
    const int32_t channels = window->in_channels;

    for (int32_t batch = 0; batch < window->batches; ++batch, in += window->in_height * window->in_width * channels) {
        for (int32_t y = 0; y < window->out_height; ++y) {
            const taps_t row = taps_of_row(window, y);
            for (int32_t x = 0; x < window->out_width; ++x) {
                const taps_t column = taps_of_column(window, x);
                const int32_t place = (row.origin + row.first) * window->in_width + column.origin + column.first;
                patch_t patch = {in + place * channels, row.end - row.first, window->in_width * channels,
                                 column.end - column.first, channels};
                for (int32_t channel = 0; channel < channels; ++channel, ++patch.in) {
                    *out++ = clamped_f32(function(&patch), params->activation_min, params->activation_max);
                }
            }
        }
    }
}

void average_pool_2d_f32(const pool_2d_f32_params_t *params, const float *in, float *out)
{
    pooled(params, mean, in, out);
}

void max_pool_2d_f32(const pool_2d_f32_params_t *params, const float *in, float *out)
{
    pooled(params, maximum, in, out);
}
