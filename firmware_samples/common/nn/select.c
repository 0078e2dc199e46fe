#include "select.h"

/* Words are floats, too: may_alias lets both be read as integers. */
typedef uint16_t __attribute__((may_alias)) half_t;
typedef uint32_t __attribute__((may_alias)) word_t;

static inline int32_t place(const int32_t *steps, int32_t i, int32_t j, int32_t k)
{
    return i * steps[0] + j * steps[1] + k * steps[2];
}

#define SELECT(NAME, TYPE)                                                                                             \
    void NAME(const select_params_t *params, const uint8_t *condition, const void *in0, const void *in1, void *out)    \
    {                                                                                                                  \
        const int32_t *counts = params->counts;                                                                        \
        TYPE *to = out;                                                                                                \
        for (int32_t i = 0; i < counts[0]; ++i) {                                                                      \
            for (int32_t j = 0; j < counts[1]; ++j) {                                                                  \
                for (int32_t k = 0; k < counts[2]; ++k) {                                                              \
                    const uint8_t *holds = condition + place(params->condition_steps, i, j, k);                        \
                    const TYPE *first = (const TYPE *)in0 + place(params->first_steps, i, j, k);                       \
                    const TYPE *second = (const TYPE *)in1 + place(params->second_steps, i, j, k);                     \
                    for (int32_t l = 0; l < counts[3]; ++l) {                                                          \
                        *to++ = *holds ? *first : *second;                                                             \
                        holds += params->condition_steps[3];                                                           \
                        first += params->first_steps[3];                                                               \
                        second += params->second_steps[3];                                                             \
                    }                                                                                                  \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
    }

SELECT(select_bytes, uint8_t)
SELECT(select_halves, half_t)
SELECT(select_words, word_t)
