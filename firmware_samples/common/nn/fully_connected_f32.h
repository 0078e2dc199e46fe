/* Fully connected layer of floats.
 *
 * Weights: the outputs in fours (input, the four), then those left over, one after the other. */
#ifndef FULLY_CONNECTED_F32_H
#define FULLY_CONNECTED_F32_H

#include <stdint.h>

typedef struct {
    int32_t rows; /* of the input: batches */
    int32_t depth;
    int32_t outputs;
    const float *weights;
    const float *bias; /* one per output */
    float activation_min;
    float activation_max;
} fully_connected_f32_params_t;

void fully_connected_f32(const fully_connected_f32_params_t *params, const float *in, float *out);

#endif
