#include "average_pool_2d_s8.h"

#include "fixed_point.h"
#include "simd.h"

static inline int8_t pool_mean(const pool_2d_params_t *params, int32_t total, int32_t count)
{
    const int32_t half = count >> 1;
    const int32_t mean = (total + (total > 0 ? half : -half)) / count; /* halves away from zero */
    return (int8_t)clamped(mean, params->activation_min, params->activation_max);
}

#if KERNELS_USE_SIMD
/* Sums of 16 bits hold 256 values: 256 * -128 = -2^15. */
#define POOL_MOST_IN_HALVES 256

static inline void pool_four(const pool_2d_params_t *params, const pool_window_t *window, const int8_t *in, int8_t *out)
{
    const int32_t count = window->rows * window->columns;
    uint32_t even = 0;
    uint32_t odd = 0;

    for (int32_t row = 0; row < window->rows; ++row, in += window->row_step) {
        const int8_t *at = in;
        for (int32_t column = window->columns; column > 0; --column, at += window->channels) {
            const uint32_t bytes = simd_load(at);
            even = simd_add_even_bytes(even, bytes);
            odd = simd_add_odd_bytes(odd, bytes);
        }
    }
    out[0] = pool_mean(params, (int16_t)even, count);
    out[1] = pool_mean(params, (int16_t)odd, count);
    out[2] = pool_mean(params, (int32_t)even >> 16, count);
    out[3] = pool_mean(params, (int32_t)odd >> 16, count);
}
#endif

static inline void pool_one(const pool_2d_params_t *params, const pool_window_t *window, const int8_t *in, int8_t *out)
{
    int32_t total = 0;

    for (int32_t row = 0; row < window->rows; ++row, in += window->row_step) {
        const int8_t *at = in;
        for (int32_t column = window->columns; column > 0; --column, at += window->channels) {
            total += *at;
        }
    }
    *out = pool_mean(params, total, window->rows * window->columns);
}

static inline void pool_pixel(const pool_2d_params_t *params, const pool_window_t *window, const int8_t *in,
                              int8_t *out)
{
    int32_t channel = 0;

#if KERNELS_USE_SIMD
    if (window->rows * window->columns <= POOL_MOST_IN_HALVES) {
        for (; channel + 4 <= window->channels; channel += 4) {
            pool_four(params, window, in + channel, out + channel);
        }
    }
#endif
    for (; channel < window->channels; ++channel) {
        pool_one(params, window, in + channel, out + channel);
    }
}

void average_pool_2d_s8(const pool_2d_params_t *params, const int8_t *in, int8_t *out)
{
    const int32_t image = params->in_height * params->in_width * params->channels;

    for (int32_t batch = 0; batch < params->batches; ++batch, in += image) {
        for (int32_t y = 0; y < params->out_height; ++y) {
            for (int32_t x = 0; x < params->out_width; ++x, out += params->channels) {
                const pool_window_t window = pool_window_at(params, y, x);
                pool_pixel(params, &window, in + window.first, out);
            }
        }
    }
}
