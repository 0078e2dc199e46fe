#include "batch_to_space_nd.h"

#include "copy.h"

/* Row y of output batch `batch`: its pixels come in turn from block_width input images. */
static uint8_t *row(const batch_to_space_nd_params_t *params, const uint8_t *in, int32_t batch, int32_t y, uint8_t *out)
{
    int32_t block_row = (y + params->crop_top) % params->block_height;
    int32_t in_y = (y + params->crop_top) / params->block_height;
    int32_t block_column = params->crop_left % params->block_width;
    int32_t in_x = params->crop_left / params->block_width;

    for (int32_t x = 0; x < params->out_width; ++x, out += params->pixel_bytes) {
        int32_t in_image = (block_row * params->block_width + block_column) * params->out_batches + batch;
        int32_t place = (in_image * params->in_height + in_y) * params->in_width + in_x;
        copy_bytes(out, in + place * params->pixel_bytes, params->pixel_bytes);
        if (++block_column == params->block_width) {
            block_column = 0;
            ++in_x;
        }
    }
    return out;
}

void batch_to_space_nd(const batch_to_space_nd_params_t *params, const void *in, void *out)
{
    uint8_t *to = out;
    for (int32_t batch = 0; batch < params->out_batches; ++batch) {
        for (int32_t y = 0; y < params->out_height; ++y) {
            to = row(params, in, batch, y, to);
        }
    }
}
