/* Every int8 function of one int8 value is a table of 256 results, computed ahead of time with TensorFlow Lite's own
 * fixed-point arithmetic; each operation keeps its name, so that a profile reads like the network. */
#ifndef LOOKUP_S8_H
#define LOOKUP_S8_H

#include <stdint.h>

typedef struct {
    const int8_t *table; /* results in the order 0, 1, … 127, -128, … -1 of the values */
    int32_t count;
} lookup_s8_params_t;

void abs_s8(const lookup_s8_params_t *params, const int8_t *in, int8_t *out);
void hard_swish_s8(const lookup_s8_params_t *params, const int8_t *in, int8_t *out);
void leaky_relu_s8(const lookup_s8_params_t *params, const int8_t *in, int8_t *out);
void logistic_s8(const lookup_s8_params_t *params, const int8_t *in, int8_t *out);
void relu_s8(const lookup_s8_params_t *params, const int8_t *in, int8_t *out);
void relu6_s8(const lookup_s8_params_t *params, const int8_t *in, int8_t *out);
void rsqrt_s8(const lookup_s8_params_t *params, const int8_t *in, int8_t *out);
void tanh_s8(const lookup_s8_params_t *params, const int8_t *in, int8_t *out);

#endif
