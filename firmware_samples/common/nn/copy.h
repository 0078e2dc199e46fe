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

static inline void copy_bytes(void *restrict out, const void *restrict in, int32_t count)
{
    uint8_t *to = out;
    const uint8_t *from = in;

#if COPY_ANY_ADDRESS
    for (; count >= 16; count -= 16, to += 16, from += 16) {
        copy_word(to, from);
        copy_word(to + 4, from + 4);
        copy_word(to + 8, from + 8);
        copy_word(to + 12, from + 12);
    }
    for (; count >= 4; count -= 4, to += 4, from += 4) {
        copy_word(to, from);
    }
#else
    if ((((uintptr_t)to | (uintptr_t)from) & 3u) == 0) {
        for (; count >= 4; count -= 4, to += 4, from += 4) {
            *(uint32_t *)(void *)to = *(const uint32_t *)(const void *)from;
        }
    }
#endif
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
