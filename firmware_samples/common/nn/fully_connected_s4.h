/* Fully connected layer whose weights have four bits: unpacked as unpack_s4.h says, some output channels at a time.
 *
 * Scratch: the weights of FULLY_CONNECTED_S4_GROUP output channels, then that of fully_connected_s8. */
#ifndef FULLY_CONNECTED_S4_H
#define FULLY_CONNECTED_S4_H

#include <stdint.h>

#include "fully_connected_s8.h"

#define FULLY_CONNECTED_S4_GROUP 8 /* a group begins with a whole word of packed weights, and with an even channel */

typedef struct {
    fully_connected_s8_params_t layer; /* without weights */
    const uint32_t *packed;
    int32_t packed_rows; /* output channels, made even where layer.rows wants that */
    int32_t row_weights; /* of one output channel, with the padding that layer.rows wants */
} fully_connected_s4_params_t;

void fully_connected_s4(const fully_connected_s4_params_t *params, const int8_t *in, int8_t *out, void *scratch);

#endif
