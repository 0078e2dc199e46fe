#include "concatenation.h"

#include "copy.h"

void(concatenation)(const concatenation_params_t *params, const void *const *tensors)
{
    uint8_t *column = (uint8_t *)(uintptr_t)tensors[params->inputs_count];
    int32_t out_row_bytes = 0;

    for (int32_t input = 0; input < params->inputs_count; ++input) {
        out_row_bytes += params->row_bytes[input];
    }
    for (int32_t input = 0; input < params->inputs_count; ++input) {
        int32_t row_bytes = params->row_bytes[input];
        const uint8_t *from = tensors[input];
        uint8_t *to = column;
        for (int32_t row = 0; row < params->rows_count; ++row, from += row_bytes, to += out_row_bytes) {
            copy_bytes(to, from, row_bytes);
        }
        column += row_bytes;
    }
}
