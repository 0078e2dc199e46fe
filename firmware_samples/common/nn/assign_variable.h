/* ASSIGN_VARIABLE: what the network remembers until the next inference. */
#ifndef ASSIGN_VARIABLE_H
#define ASSIGN_VARIABLE_H

#include <stdint.h>

typedef struct {
    int32_t bytes;
} assign_variable_params_t;

void assign_variable(const assign_variable_params_t *params, const void *in, void *out);

#endif
