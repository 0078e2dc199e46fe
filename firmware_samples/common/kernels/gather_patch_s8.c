/* Copies one convolution window out of an image, padding included. */
#include <stddef.h>

#include "kernels_s8.h"

void gather_patch_s8(const layer_t *layer, shape_t in_shape, const int8_t *in, int32_t y, int32_t x, int8_t *patch)
{
    const int32_t size = layer->kernel_size;
    const int32_t channels = in_shape.channels;
    const int zero_point = (int)-layer->input_offset;
    const int32_t left = x < 0 ? -x : 0;
    const int32_t right = x + size > in_shape.width ? x + size - in_shape.width : 0;
    const int32_t inside = size - left - right;

    for (int32_t row = y; row < y + size; ++row, patch += size * channels) {
        if (row < 0 || row >= in_shape.height || inside <= 0) {
            __builtin_memset(patch, zero_point, (size_t)(size * channels));
            continue;
        }
        const int8_t *source = in + (row * in_shape.width + x + left) * channels;
        int8_t *target = patch;
        for (int32_t i = 0; i < left * channels; ++i) {
            *target++ = (int8_t)zero_point;
        }
        __builtin_memcpy(target, source, (size_t)(inside * channels));
        target += inside * channels;
        for (int32_t i = 0; i < right * channels; ++i) {
            *target++ = (int8_t)zero_point;
        }
    }
}
