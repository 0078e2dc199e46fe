/* The digits network: 8 x 8 int8 image in, 10 int8 probabilities out. */
#ifndef NETWORK_H
#define NETWORK_H

#include <stdint.h>

#define NETWORK_INPUTS 64
#define NETWORK_OUTPUTS 10

/* Scores before the softmax, of the latest inference. */
extern int8_t g_logits[NETWORK_OUTPUTS];

/* One inference. Probabilities have scale 1/256 and zero point -128. */
__attribute__((noinline)) void mcusim_infer(const int8_t *input, int8_t *output);

#endif
