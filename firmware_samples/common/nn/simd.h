/* The few DSP-extension instructions that the kernels use (Armv7-M Architecture Reference Manual, A7.7). */
#ifndef SIMD_H
#define SIMD_H

#include <stdint.h>

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP
#define KERNELS_USE_SIMD 1
#include <arm_acle.h>

/* One LDR or STR each: the cores with the DSP extension allow unaligned words. */
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

/* Bytes 0 and 2, sign-extended to half-words. */
static inline uint32_t simd_even_bytes(uint32_t bytes)
{
    return (uint32_t)__sxtb16((int8x4_t)bytes);
}

/* Bytes 1 and 3. ACLE has no rotated form of these; the assembler has. */
static inline uint32_t simd_odd_bytes(uint32_t bytes)
{
    uint32_t halves;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(halves) : "r"(bytes));
    return halves;
}

static inline uint32_t simd_add_even_bytes(uint32_t halves, uint32_t bytes)
{
    return (uint32_t)__sxtab16((int16x2_t)halves, (int8x4_t)bytes);
}

static inline uint32_t simd_add_odd_bytes(uint32_t halves, uint32_t bytes)
{
    uint32_t sums;
    __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(sums) : "r"(halves), "r"(bytes));
    return sums;
}

/* The low half of each; the high half of each. */
static inline uint32_t simd_pack_low(uint32_t first, uint32_t second)
{
    uint32_t packed;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(packed) : "r"(first), "r"(second));
    return packed;
}

static inline uint32_t simd_pack_high(uint32_t first, uint32_t second)
{
    uint32_t packed;
    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(packed) : "r"(second), "r"(first));
    return packed;
}

/* acc + low * low + high * high. */
static inline int32_t simd_dual_mac(uint32_t x, uint32_t y, int32_t acc)
{
    return __smlad((int16x2_t)x, (int16x2_t)y, acc);
}

/* acc + one product of the halves that the name says: bottom or top of x, bottom or top of y. */
static inline int32_t simd_mac_bottom_bottom(uint32_t x, uint32_t y, int32_t acc)
{
    return __smlabb((int32_t)x, (int32_t)y, acc);
}

static inline int32_t simd_mac_bottom_top(uint32_t x, uint32_t y, int32_t acc)
{
    return __smlabt((int32_t)x, (int32_t)y, acc);
}

static inline int32_t simd_mac_top_bottom(uint32_t x, uint32_t y, int32_t acc)
{
    return __smlatb((int32_t)x, (int32_t)y, acc);
}

/* (x * y + 2^31) / 2^32, rounded down. */
static inline int32_t simd_mul_high_rounded(int32_t x, int32_t y)
{
    int32_t high;
    __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(x), "r"(y));
    return high;
}

/* The nearest int8. */
static inline int32_t simd_clamped_to_byte(int32_t x)
{
    return __ssat(x, 8);
}

/* The larger of each pair of bytes: SSUB8 leaves its four comparisons in APSR.GE, SEL reads them. */
static inline uint32_t simd_max_bytes(uint32_t x, uint32_t y)
{
    (void)__ssub8((int8x4_t)x, (int8x4_t)y);
    return (uint32_t)__sel((uint8x4_t)x, (uint8x4_t)y);
}

#else
#define KERNELS_USE_SIMD 0
#endif

#endif
