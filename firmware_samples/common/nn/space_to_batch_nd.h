/* SPACE_TO_BATCH_ND: every block_height-th row and block_width-th column of a padded image becomes an image. */
#ifndef SPACE_TO_BATCH_ND_H
#define SPACE_TO_BATCH_ND_H

#include <stdint.h>

typedef struct {
    int32_t in_batches, in_height, in_width;
    int32_t out_height, out_width;
    int32_t block_height, block_width;
    int32_t pad_top, pad_left;
    int32_t pixel_bytes; /* all channels of one place */
    uint32_t pattern;    /* the padding's element, repeated to a word */
} space_to_batch_nd_params_t;

void space_to_batch_nd(const space_to_batch_nd_params_t *params, const void *in, void *out);

#endif
