/* BATCH_TO_SPACE_ND: images interleaved by rows and columns to one, then cropped. */
#ifndef BATCH_TO_SPACE_ND_H
#define BATCH_TO_SPACE_ND_H

#include <stdint.h>

typedef struct {
    int32_t in_height, in_width;
    int32_t out_batches, out_height, out_width;
    int32_t block_height, block_width;
    int32_t crop_top, crop_left;
    int32_t pixel_bytes; /* all channels of one place */
} batch_to_space_nd_params_t;

void batch_to_space_nd(const batch_to_space_nd_params_t *params, const void *in, void *out);

#endif
