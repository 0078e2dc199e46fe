/* Weights of four bits: eight to a word, each stored as weight + 8. Byte i of a word has weight i in its low half and
 * weight i + 4 in its high half, so that four of them become bytes at once. */
#ifndef UNPACK_S4_H
#define UNPACK_S4_H

#include <stdint.h>

/* Bytes 0 to 15 become -8 to 7. The bit that is set first takes the borrow, so that none leaves its byte. */
static inline uint32_t unpack_s4_bytes(uint32_t halves)
{
    return (((halves & 0x0F0F0F0Fu) | 0x80808080u) - 0x08080808u) ^ 0x80808080u;
}

/* Unpacks whole words: `count` weights, rounded up to eight. Returns the end of what it wrote. */
static inline int8_t *unpack_s4(const uint32_t *packed, int32_t count, int8_t *out)
{
    for (; count > 0; count -= 8, out += 8) {
        const uint32_t word = *packed++, low = unpack_s4_bytes(word), high = unpack_s4_bytes(word >> 4);
        __builtin_memcpy(__builtin_assume_aligned(out, 4), &low, sizeof low);
        __builtin_memcpy(__builtin_assume_aligned(out + 4, 4), &high, sizeof high);
    }
    return out;
}

#endif
