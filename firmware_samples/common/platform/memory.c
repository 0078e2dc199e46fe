/* The two functions that the compiler may call in a program without a C library. */
#include <stddef.h>
#include <stdint.h>

static inline int both_word_aligned(const void *a, const void *b)
{
    return (((uintptr_t)a | (uintptr_t)b) & 3u) == 0;
}

void *memcpy(void *restrict target, const void *restrict source, size_t count)
{
    uint8_t *to = target;
    const uint8_t *from = source;

    if (both_word_aligned(to, from)) {
        for (; count >= 4; count -= 4, to += 4, from += 4) {
            *(uint32_t *)(void *)to = *(const uint32_t *)(const void *)from;
        }
    }
    while (count-- > 0) {
        *to++ = *from++;
    }
    return target;
}

void *memset(void *target, int value, size_t count)
{
    uint8_t *to = target;
    while (count-- > 0) {
        *to++ = (uint8_t)value;
    }
    return target;
}
