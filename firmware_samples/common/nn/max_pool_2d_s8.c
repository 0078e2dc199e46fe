#include "max_pool_2d_s8.h"

#include "fixed_point.h"
#include "simd.h"

#if KERNELS_USE_SIMD
static inline void pool_four(const pool_2d_params_t *params, const pool_window_t *window, const int8_t *in, int8_t *out)
{
    uint32_t largest = simd_load(in);

    for (int32_t row = 0; row < window->rows; ++row, in += window->row_step) {
        const int8_t *at = in;
        for (int32_t column = window->columns; column > 0; --column, at += window->channels) {
            largest = simd_max_bytes(largest, simd_load(at));
        }
    }
    if (params->activation_min == INT8_MIN && params->activation_max == INT8_MAX) {
        simd_store(out, largest);
        return;
    }
    for (int32_t i = 0; i < 4; ++i) {
        out[i] = (int8_t)clamped((int8_t)(largest >> (8 * i)), params->activation_min, params->activation_max);
    }
}
#endif

static inline void pool_one(const pool_2d_params_t *params, const pool_window_t *window, const int8_t *in, int8_t *out)
{
    int32_t largest = INT8_MIN;

    for (int32_t row = 0; row < window->rows; ++row, in += window->row_step) {
        const int8_t *at = in;
        for (int32_t column = window->columns; column > 0; --column, at += window->channels) {
            largest = *at > largest ? *at : largest;
        }
    }
    *out = (int8_t)clamped(largest, params->activation_min, params->activation_max);
}

void max_pool_2d_s8(const pool_2d_params_t *params, const int8_t *in, int8_t *out)
{
    const int32_t channels = params->channels;
    const int32_t image = params->in_height * params->in_width * channels;

    for (int32_t batch = 0; batch < params->batches; ++batch, in += image) {
        for (int32_t y = 0; y < params->out_height; ++y) {
            for (int32_t x = 0; x < params->out_width; ++x, out += channels) {
                const pool_window_t window = pool_window_at(params, y, x);
                int32_t channel = 0;
#if KERNELS_USE_SIMD
                for (; channel + 4 <= channels; channel += 4) {
                    pool_four(params, &window, in + window.first + channel, out + channel);
                }
#endif
                for (; channel < channels; ++channel) {
                    pool_one(params, &window, in + window.first + channel, out + channel);
                }
            }
        }
    }
}
