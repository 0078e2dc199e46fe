#include "split.h"

#include "copy.h"

void(split)(const split_params_t *params, const void *const *tensors)
{
    const uint8_t *column = tensors[0];
    int32_t in_row_bytes = 0;

    for (int32_t output = 0; output < params->outputs_count; ++output) {
        in_row_bytes += params->row_bytes[output];
    }
    for (int32_t output = 0; output < params->outputs_count; ++output) {
        int32_t row_bytes = params->row_bytes[output];
        const uint8_t *from = column;
        uint8_t *to = (uint8_t *)(uintptr_t)tensors[1 + output];
        for (int32_t row = 0; row < params->rows_count; ++row, from += in_row_bytes, to += row_bytes) {
            copy_bytes(to, from, row_bytes);
        }
        column += row_bytes;
    }
}
