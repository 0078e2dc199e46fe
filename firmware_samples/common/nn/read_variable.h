/* READ_VARIABLE: what the network remembers, as a tensor of this inference. */
#ifndef READ_VARIABLE_H
#define READ_VARIABLE_H

#include <stdint.h>

typedef struct {
    int32_t bytes;
} read_variable_params_t;

void read_variable(const read_variable_params_t *params, const void *in, void *out);

#endif
