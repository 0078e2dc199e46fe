/* Fully connected layer.
 *
 * Scratch: with the DSP extension 8 bytes for each four inputs, else none. */
#ifndef FULLY_CONNECTED_S8_H
#define FULLY_CONNECTED_S8_H

#include <stdint.h>

#include "mac_rows.h"

typedef struct {
    mac_rows_t rows;
    int32_t batches;
} fully_connected_s8_params_t;

void fully_connected_s8(const fully_connected_s8_params_t *params, const int8_t *in, int8_t *out, void *scratch);

#endif
