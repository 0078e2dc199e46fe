/* Products of matrices of floats that are both computed: out[batch] = lhs[batch] * rhs[batch]. */
#ifndef BATCH_MATMUL_F32_H
#define BATCH_MATMUL_F32_H

#include <stdint.h>

#define BATCH_MATMUL_F32_DIMS 3

/* Steps in elements. */
typedef struct {
    int32_t rows;
    int32_t depth;
    int32_t columns;
    int32_t batches[BATCH_MATMUL_F32_DIMS];   /* of the output, outermost first */
    int32_t lhs_steps[BATCH_MATMUL_F32_DIMS]; /* from one batch to the next; 0: the same matrix again */
    int32_t rhs_steps[BATCH_MATMUL_F32_DIMS];
    int32_t lhs_row_step;
    int32_t lhs_depth_step;
    int32_t rhs_depth_step;
    int32_t rhs_column_step;
} batch_matmul_f32_params_t;

void batch_matmul_f32(const batch_matmul_f32_params_t *params, const float *lhs, const float *rhs, float *out);

#endif
