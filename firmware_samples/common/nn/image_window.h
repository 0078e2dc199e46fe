/* Copies the window of one output pixel out of an image; outside of the image are zero points. */
#ifndef IMAGE_WINDOW_H
#define IMAGE_WINDOW_H

#include <stdint.h>

#include "simd.h"
#include "window.h"

static inline void window_copy(int8_t *to, const int8_t *from, int32_t count)
{
#if KERNELS_USE_SIMD
    for (; count >= 4; count -= 4, to += 4, from += 4) {
        simd_store(to, simd_load(from));
    }
#endif
    for (; count > 0; --count) {
        *to++ = *from++;
    }
}

static inline void window_fill(int8_t *to, int8_t value, int32_t count)
{
#if KERNELS_USE_SIMD
    for (; count >= 4; count -= 4, to += 4) {
        simd_store(to, (uint8_t)value * 0x01010101u);
    }
#endif
    for (; count > 0; --count) {
        *to++ = value;
    }
}

/* (y, x): the window's first pixel, which may lie outside. Returns the end of what it wrote. */
static inline int8_t *gathered_window(const window_t *window, const int8_t *image, int8_t zero_point, int32_t y, int32_t x,
                                      int8_t *to)
{
    const int32_t channels = window->in_channels, width = window->in_width;
    const int32_t step = window->dilation_width, row_size = window->kernel_width * channels;

    for (int32_t i = 0; i < window->kernel_height; ++i, y += window->dilation_height) {
        if (y < 0 || y >= window->in_height) {
            window_fill(to, zero_point, row_size);
            to += row_size;
            continue;
        }
        const int8_t *row = image + y * width * channels;
        if (step == 1 && x >= 0 && x + window->kernel_width <= width) {
            window_copy(to, row + x * channels, row_size);
            to += row_size;
            continue;
        }
        for (int32_t j = 0, at = x; j < window->kernel_width; ++j, at += step, to += channels) {
            if (at < 0 || at >= width) {
                window_fill(to, zero_point, channels);
            } else {
                window_copy(to, row + at * channels, channels);
            }
        }
    }
    return to;
}

#endif
