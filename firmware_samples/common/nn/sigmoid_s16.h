/* Sigmoid and hyperbolic tangent of 16 bits, interpolated in one table as TensorFlow Lite does.
 *
 * The table is the sigmoid of k / 24, k = 0 … 255, in Q0.16, a little above the curve so that straight lines between its
 * points miss by as much on either side (codegen computes it). x is the input in units of 1 / (3 * 4096). */
#ifndef SIGMOID_S16_H
#define SIGMOID_S16_H

#include <stdint.h>

#define SIGMOID_LAST 255

/* 1 / (1 + exp(-x)) in Q0.15. */
static inline int16_t sigmoid_s16(const uint16_t *table, int32_t x)
{
    const uint32_t magnitude = (uint32_t)(x < 0 ? -x : x);
    const uint32_t place = magnitude >> 9;
    uint32_t value = 0x7FFFu << 10; /* Q0.25 */

    if (place < SIGMOID_LAST) {
        value = ((uint32_t)table[place] << 9) + (magnitude & 0x1FFu) * (uint32_t)(table[place + 1] - table[place]);
    }
    value = x >= 0 ? value + (1u << 9) : (1u << 25) - value + (1u << 9) - 1;
    return (int16_t)(value >> 10);
}

/* tanh(x) = 2 sigmoid(2x) - 1 in Q0.15. */
static inline int16_t tanh_s16(const uint16_t *table, int32_t x)
{
    const uint32_t magnitude = (uint32_t)(x < 0 ? -x : x);
    const uint32_t place = magnitude >> 8;
    int32_t value = 0xFFFF << 8; /* the sigmoid in Q0.24 */

    if (place < SIGMOID_LAST) {
        value = (int32_t)(((uint32_t)table[place] << 8) +
                          (magnitude & 0xFFu) * (uint32_t)(table[place + 1] - table[place]));
    }
    value = x >= 0 ? value - (1 << 23) + (1 << 7) : -value + (1 << 23) + (1 << 7) - 1;
    return (int16_t)(value >> 8);
}

#endif
