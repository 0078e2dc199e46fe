#include "gather.h"

#include "copy.h"
#include "fixed_point.h"

void gather(const gather_params_t *params, const void *in, const int32_t *indices, void *out)
{
    const uint8_t *data = in;
    uint8_t *to = out;

    for (int32_t batch = 0; batch < params->batches_count; ++batch, indices += params->indices_count) {
        for (int32_t outer = 0; outer < params->outer_count; ++outer) {
            for (int32_t i = 0; i < params->indices_count; ++i, to += params->slice_bytes) {
                int32_t slice = clamped(indices[i], 0, params->axis_count - 1);
                copy_bytes(to, data + slice * params->slice_bytes, params->slice_bytes);
            }
            data += params->axis_count * params->slice_bytes;
        }
    }
}
