/* Test double of nn/simd.h: the DSP-extension instructions in portable C, after their pseudocode in the
 * Armv7-M Architecture Reference Manual, A7.7. Included before every kernel, so the real header is skipped. */
#ifndef SIMD_H
#define SIMD_H
#define KERNELS_USE_SIMD 1

#include <stdint.h>

static inline uint32_t simd_load(const void *at)
{
    uint32_t word;
    __builtin_memcpy(&word, at, sizeof word);
    return word;
}

static inline void simd_store(void *at, uint32_t word)
{
    __builtin_memcpy(at, &word, sizeof word);
}

static inline uint32_t test_halves(int32_t low, int32_t high)
{
    return ((uint32_t)low & 0xFFFFu) | ((uint32_t)high << 16);
}

static inline int32_t test_byte(uint32_t word, int index)
{
    return (int8_t)(word >> (8 * index));
}

static inline int32_t test_half(uint32_t word, int index)
{
    return (int16_t)(word >> (16 * index));
}

static inline uint32_t simd_even_bytes(uint32_t bytes)
{
    return test_halves(test_byte(bytes, 0), test_byte(bytes, 2));
}

static inline uint32_t simd_odd_bytes(uint32_t bytes)
{
    return test_halves(test_byte(bytes, 1), test_byte(bytes, 3));
}

static inline uint32_t simd_add_even_bytes(uint32_t halves, uint32_t bytes)
{
    return test_halves(test_half(halves, 0) + test_byte(bytes, 0), test_half(halves, 1) + test_byte(bytes, 2));
}

static inline uint32_t simd_add_odd_bytes(uint32_t halves, uint32_t bytes)
{
    return test_halves(test_half(halves, 0) + test_byte(bytes, 1), test_half(halves, 1) + test_byte(bytes, 3));
}

static inline uint32_t simd_pack_low(uint32_t first, uint32_t second)
{
    return test_halves(test_half(first, 0), test_half(second, 0));
}

static inline uint32_t simd_pack_high(uint32_t first, uint32_t second)
{
    return test_halves(test_half(first, 1), test_half(second, 1));
}

static inline int32_t simd_dual_mac(uint32_t x, uint32_t y, int32_t acc)
{
    return acc + test_half(x, 0) * test_half(y, 0) + test_half(x, 1) * test_half(y, 1);
}

static inline int32_t simd_mac_bottom_bottom(uint32_t x, uint32_t y, int32_t acc)
{
    return acc + test_half(x, 0) * test_half(y, 0);
}

static inline int32_t simd_mac_bottom_top(uint32_t x, uint32_t y, int32_t acc)
{
    return acc + test_half(x, 0) * test_half(y, 1);
}

static inline int32_t simd_mac_top_bottom(uint32_t x, uint32_t y, int32_t acc)
{
    return acc + test_half(x, 1) * test_half(y, 0);
}

static inline int32_t simd_mul_high_rounded(int32_t x, int32_t y)
{
    return (int32_t)(((int64_t)x * y + ((int64_t)1 << 31)) >> 32);
}

static inline int32_t simd_clamped_to_byte(int32_t x)
{
    return x < -128 ? -128 : x > 127 ? 127 : x;
}

static inline uint32_t simd_max_bytes(uint32_t x, uint32_t y)
{
    uint32_t result = 0;
    for (int i = 0; i < 4; ++i) {
        int32_t a = test_byte(x, i), b = test_byte(y, i);
        result |= ((uint32_t)(a >= b ? a : b) & 0xFFu) << (8 * i);
    }
    return result;
}

#endif
