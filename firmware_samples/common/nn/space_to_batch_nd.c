#include "space_to_batch_nd.h"

#include "copy.h"

/* One output row: input columns left, left + block_width, …, where they are in the image. */
static uint8_t *row_of_columns(const space_to_batch_nd_params_t *params, const uint8_t *in_row, int32_t left,
                               uint8_t *out)
{
    for (int32_t x = 0; x < params->out_width; ++x, left += params->block_width, out += params->pixel_bytes) {
        if (in_row != 0 && left >= 0 && left < params->in_width) {
            copy_bytes(out, in_row + left * params->pixel_bytes, params->pixel_bytes);
        } else {
            fill_bytes(out, params->pattern, params->pixel_bytes);
        }
    }
    return out;
}

static uint8_t *image(const space_to_batch_nd_params_t *params, const uint8_t *in, int32_t top, int32_t left,
                      uint8_t *out)
{
    for (int32_t y = 0; y < params->out_height; ++y, top += params->block_height) {
        const uint8_t *row = in + top * params->in_width * params->pixel_bytes;
        out = row_of_columns(params, top >= 0 && top < params->in_height ? row : 0, left, out);
    }
    return out;
}

void space_to_batch_nd(const space_to_batch_nd_params_t *params, const void *in, void *out)
{
    int32_t image_bytes = params->in_height * params->in_width * params->pixel_bytes;
    uint8_t *to = out;

    for (int32_t block_row = 0; block_row < params->block_height; ++block_row) {
        for (int32_t block_column = 0; block_column < params->block_width; ++block_column) {
            for (int32_t batch = 0; batch < params->in_batches; ++batch) {
                const uint8_t *from = (const uint8_t *)in + batch * image_bytes;
                to = image(params, from, block_row - params->pad_top, block_column - params->pad_left, to);
            }
        }
    }
}
