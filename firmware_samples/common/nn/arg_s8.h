/* ARG_MAX and ARG_MIN of an int8 tensor along one axis: the first place of the largest or smallest value. */
#ifndef ARG_S8_H
#define ARG_S8_H

#include <stdint.h>

typedef struct {
    int32_t outer; /* positions before the axis */
    int32_t count; /* along the axis */
    int32_t inner; /* positions after it */
} arg_s8_params_t;

void arg_max_s8(const arg_s8_params_t *params, const int8_t *in, int32_t *out);
void arg_min_s8(const arg_s8_params_t *params, const int8_t *in, int32_t *out);

#endif
