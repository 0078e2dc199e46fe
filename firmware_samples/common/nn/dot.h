/* The inner product under all matrix-like kernels: widen a row once, then multiply it with many weight rows.
 *
 * With the DSP extension the widened row is kept in the order 0,2,1,3 in which SXTB16 unpacks four bytes,
 * so that SMLAD finds its pairs without packing. Sums are exact, so both versions give the same bits.
 */
#ifndef DOT_H
#define DOT_H

#include <stdint.h>

#include "simd.h"

/* wide[i] = in[i] + offset (in -255..255), in the order that dot_s16_s8 expects. `wide` is word-aligned. */
static inline void widen_s8(const int8_t *in, int32_t count, int32_t offset, int16_t *wide)
{
#if KERNELS_USE_SIMD
    uint32_t offsets = simd_pack_low(offset, offset);
    for (; count >= 4; count -= 4, in += 4, wide += 4) {
        uint32_t bytes = simd_load(in);
        simd_store(wide, simd_add_even_bytes(offsets, bytes));
        simd_store(wide + 2, simd_add_odd_bytes(offsets, bytes));
    }
#endif
    for (int32_t i = 0; i < count; ++i) {
        wide[i] = (int16_t)(in[i] + offset);
    }
}

/* acc + the sum of wide[i] * weights[i]. */
static inline int32_t dot_s16_s8(const int16_t *wide, const int8_t *weights, int32_t count, int32_t acc)
{
#if KERNELS_USE_SIMD
    for (; count >= 4; count -= 4, wide += 4, weights += 4) {
        uint32_t bytes = simd_load(weights);
        acc = simd_dual_mac(simd_load(wide), simd_even_bytes(bytes), acc);
        acc = simd_dual_mac(simd_load(wide + 2), simd_odd_bytes(bytes), acc);
    }
#endif
    for (int32_t i = 0; i < count; ++i) {
        acc += wide[i] * weights[i];
    }
    return acc;
}

#endif
