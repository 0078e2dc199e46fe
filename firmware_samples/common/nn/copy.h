/* Runs of bytes copied and filled by words where the core and the addresses allow it. */
#ifndef COPY_H
#define COPY_H

#include <stdint.h>

/* Cortex-M3 and larger load and store words at any address; Cortex-M0+ faults. */
#if !defined(__arm__) || defined(__ARM_FEATURE_UNALIGNED)
#define COPY_ANY_ADDRESS 1
#else
#define COPY_ANY_ADDRESS 0
#endif

static inline void copy_word(void *out, const void *in)
{
    uint32_t word;
    __builtin_memcpy(&word, in, sizeof word);
    __builtin_memcpy(out, &word, sizeof word);
}

/* Eight words at once: LDM and STM, which want aligned addresses. */
static inline void copy_eight_words(void *out, const void *in)
{
    __builtin_memcpy(__builtin_assume_aligned(out, 4), __builtin_assume_aligned(in, 4), 16);
    __builtin_memcpy(__builtin_assume_aligned((uint8_t *)out + 16, 4),
                     __builtin_assume_aligned((const uint8_t *)in + 16, 4), 16);
}

static inline void copy_bytes(void *restrict out, const void *restrict in, int32_t count)
{
    uint8_t *to = out;
    const uint8_t *from = in;
    const int32_t is_aligned = (((uintptr_t)to | (uintptr_t)from) & 3u) == 0;

    if (is_aligned) {
        for (; count >= 32; count -= 32, to += 32, from += 32) {
            copy_eight_words(to, from);
        }
    }
    if (is_aligned || COPY_ANY_ADDRESS) {
        for (; count >= 4; count -= 4, to += 4, from += 4) {
#if COPY_ANY_ADDRESS
            copy_word(to, from);
#else
            copy_word(__builtin_assume_aligned(to, 4), __builtin_assume_aligned(from, 4));
#endif
        }
    }
    for (; count > 0; --count) {
        *to++ = *from++;
    }
}

/* `pattern` is one element of 1, 2 or 4 bytes repeated to a word (low byte first); `out` begins an element. */
static inline void fill_bytes(void *out, uint32_t pattern, int32_t count)
{
    uint8_t *to = out;

    for (; count > 0 && ((uintptr_t)to & 3u) != 0; --count) {
        *to++ = (uint8_t)pattern;
        pattern = pattern >> 8 | pattern << 24;
    }
    for (; count >= 4; count -= 4, to += 4) {
        __builtin_memcpy(__builtin_assume_aligned(to, 4), &pattern, sizeof pattern);
    }
    for (; count > 0; --count) {
        *to++ = (uint8_t)pattern;
        pattern >>= 8;
    }
}

#endif
