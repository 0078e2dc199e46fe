/* Products of matrices that are both computed: out[batch] = lhs[batch] * rhs[batch], rows x depth by depth x columns.
 *
 * Scratch: 4 * (depth rounded up to a multiple of 4) bytes: two columns of rhs as half-words. */
#ifndef BATCH_MATMUL_S8_H
#define BATCH_MATMUL_S8_H

#include <stdint.h>

#define BATCH_MATMUL_DIMS 3

typedef struct {
    int32_t rows;
    int32_t depth;
    int32_t columns;
    int32_t batches[BATCH_MATMUL_DIMS];     /* of the output, outermost first */
    int32_t lhs_strides[BATCH_MATMUL_DIMS]; /* elements from one batch to the next; 0: the same matrix again */
    int32_t rhs_strides[BATCH_MATMUL_DIMS];
    int32_t lhs_is_transposed; /* stored as depth x rows */
    int32_t rhs_is_transposed; /* stored as columns x depth */
    int32_t lhs_zero_point;
    int32_t rhs_zero_point;
    int32_t output_zero_point;
    int32_t multiplier;
    int32_t shift;
} batch_matmul_s8_params_t;

void batch_matmul_s8(const batch_matmul_s8_params_t *params, const int8_t *lhs, const int8_t *rhs, int8_t *out,
                     void *scratch);

#endif
