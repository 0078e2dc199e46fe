#include "indexed_copy.h"

#include "copy.h"

void indexed_copy(const indexed_copy_params_t *params, const void *in, void *out)
{
    const int32_t *counts = params->counts;
    const int32_t *first = params->offsets_bytes;
    const int32_t *second = first + counts[0];
    const int32_t *third = second + counts[1];
    const int32_t *fourth = third + counts[2];
    uint8_t *to = out;

    for (int32_t i = 0; i < counts[0]; ++i) {
        for (int32_t j = 0; j < counts[1]; ++j) {
            for (int32_t k = 0; k < counts[2]; ++k) {
                const uint8_t *from = (const uint8_t *)in + first[i] + second[j] + third[k];
                for (int32_t l = 0; l < counts[3]; ++l, to += params->unit_bytes) {
                    copy_bytes(to, from + fourth[l], params->unit_bytes);
                }
            }
        }
    }
}
