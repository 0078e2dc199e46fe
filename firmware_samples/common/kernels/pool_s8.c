/* Pooling over size x size tiles that cover the image exactly; input and output share scale and zero point. */
#include "kernels_s8.h"
#include "simd.h"

void max_pool_s8(shape_t in_shape, const int8_t *in, int32_t size, int8_t *out)
{
    const int32_t channels = in_shape.channels;

    for (int32_t y = 0; y + size <= in_shape.height; y += size) {
        for (int32_t x = 0; x + size <= in_shape.width; x += size, out += channels) {
            const int8_t *tile = in + (y * in_shape.width + x) * channels;
            int32_t channel = 0;
#if KERNELS_USE_SIMD
            for (; channel + 4 <= channels; channel += 4) {
                uint32_t largest = simd_load(tile + channel);
                for (int32_t dy = 0; dy < size; ++dy) {
                    for (int32_t dx = 0; dx < size; ++dx) {
                        const int8_t *at = tile + (dy * in_shape.width + dx) * channels + channel;
                        largest = simd_max_bytes(largest, simd_load(at));
                    }
                }
                simd_store(out + channel, largest);
            }
#endif
            for (; channel < channels; ++channel) {
                int8_t largest = INT8_MIN;
                for (int32_t dy = 0; dy < size; ++dy) {
                    for (int32_t dx = 0; dx < size; ++dx) {
                        int8_t value = tile[(dy * in_shape.width + dx) * channels + channel];
                        largest = value > largest ? value : largest;
                    }
                }
                out[channel] = largest;
            }
        }
    }
}

void avg_pool_s8(shape_t in_shape, const int8_t *in, int32_t size, int8_t *out)
{
    const int32_t channels = in_shape.channels;
    const int32_t count = size * size;

    for (int32_t y = 0; y + size <= in_shape.height; y += size) {
        for (int32_t x = 0; x + size <= in_shape.width; x += size) {
            const int8_t *tile = in + (y * in_shape.width + x) * channels;
            for (int32_t channel = 0; channel < channels; ++channel) {
                int32_t total = 0;
                for (int32_t dy = 0; dy < size; ++dy) {
                    for (int32_t dx = 0; dx < size; ++dx) {
                        total += tile[(dy * in_shape.width + dx) * channels + channel];
                    }
                }
                total += total > 0 ? count / 2 : -(count / 2); /* halves away from zero */
                *out++ = (int8_t)(total / count);
            }
        }
    }
}
