/* Fully connected layer with packed weights: RAM for a few rows of them is enough, as each is used once. */
#include "fully_connected_s4.h"

#include "unpack_s4.h"

static inline int32_t smaller(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

void fully_connected_s4(const fully_connected_s4_params_t *params, const int8_t *in, int8_t *out, void *scratch)
{
    const mac_rows_t *rows = &params->layer.rows;
    const int32_t group_weights = FULLY_CONNECTED_S4_GROUP * params->row_weights;
    fully_connected_s8_params_t group = {*rows, 1};

    group.rows.weights = scratch;
    for (int32_t batch = 0; batch < params->layer.batches; ++batch, in += rows->taps, out += rows->out_channels) {
        const uint32_t *packed = params->packed;
        for (int32_t at = 0; at < rows->out_channels; at += FULLY_CONNECTED_S4_GROUP, packed += group_weights / 8) {
            group.rows.out_channels = smaller(FULLY_CONNECTED_S4_GROUP, rows->out_channels - at);
            group.rows.channels = rows->channels + 4 * at;
            unpack_s4(packed, smaller(FULLY_CONNECTED_S4_GROUP, params->packed_rows - at) * params->row_weights, scratch);
            fully_connected_s8(&group, in, out + at, (int8_t *)scratch + group_weights);
        }
    }
}
