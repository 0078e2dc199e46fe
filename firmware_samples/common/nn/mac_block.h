/* Blocks of dot products with SMLAD: weights of two output channels take turns (mac_rows.h), inputs are half-words. */
#ifndef MAC_BLOCK_H
#define MAC_BLOCK_H

#include <stdint.h>

#include "simd.h"

/* Four pixels times two channels. */
static inline const int8_t *mac_block_4x2(const int16_t *columns, const int8_t *weights, int32_t quads, int32_t a,
                                          int32_t b, int32_t *sums)
{
    for (int32_t pixel = 0; pixel < 4; ++pixel) {
        sums[pixel] = a, sums[4 + pixel] = b;
    }
    for (int32_t pair = 0; pair < 2 * quads; ++pair, weights += 4) {
        const uint32_t word = simd_load(weights);
        for (int32_t pixel = 0; pixel < 4; ++pixel, columns += 2) {
            sums[pixel] = simd_dual_mac(simd_load(columns), simd_even_bytes(word), sums[pixel]);
            sums[4 + pixel] = simd_dual_mac(simd_load(columns), simd_odd_bytes(word), sums[4 + pixel]);
        }
    }
    return weights;
}

/* One pixel times two channels. */
static inline void mac_block_1x2(const int16_t *column, const int8_t *weights, int32_t quads, int32_t *sums)
{
    int32_t a = sums[0], b = sums[1];

    for (; quads > 0; --quads, column += 4, weights += 8) {
        const uint32_t first = simd_load(weights), second = simd_load(weights + 4);
        const uint32_t x02 = simd_load(column), x13 = simd_load(column + 2);
        a = simd_dual_mac(x02, simd_even_bytes(first), a);
        b = simd_dual_mac(x02, simd_odd_bytes(first), b);
        a = simd_dual_mac(x13, simd_even_bytes(second), a);
        b = simd_dual_mac(x13, simd_odd_bytes(second), b);
    }
    sums[0] = a, sums[1] = b;
}

/* One pixel times four channels: two pairs of rows, one after the other in memory. */
static inline void mac_block_1x4(const int16_t *column, const int8_t *weights, int32_t quads, int32_t *sums)
{
    const int8_t *others = weights + 8 * quads, *const end = others;
    int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];

    for (; weights != end; column += 4, weights += 8, others += 8) {
        const uint32_t x02 = simd_load(column), x13 = simd_load(column + 2);
        uint32_t first = simd_load(weights), second = simd_load(weights + 4);
        a = simd_dual_mac(x02, simd_even_bytes(first), a);
        b = simd_dual_mac(x02, simd_odd_bytes(first), b);
        a = simd_dual_mac(x13, simd_even_bytes(second), a);
        b = simd_dual_mac(x13, simd_odd_bytes(second), b);
        first = simd_load(others), second = simd_load(others + 4);
        c = simd_dual_mac(x02, simd_even_bytes(first), c);
        d = simd_dual_mac(x02, simd_odd_bytes(first), d);
        c = simd_dual_mac(x13, simd_even_bytes(second), c);
        d = simd_dual_mac(x13, simd_odd_bytes(second), d);
    }
    sums[0] = a, sums[1] = b, sums[2] = c, sums[3] = d;
}

#endif
