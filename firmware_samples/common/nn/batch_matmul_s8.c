/* Matrix products: two columns of rhs are widened once, then multiplied with every row of lhs. */
#include "batch_matmul_s8.h"

#include "dot.h"
#include "fixed_point.h"

/* One column of rhs with its offset, as dot_s16_s8 wants it. Returns its sum. */
static int32_t gathered(const batch_matmul_s8_params_t *params, const int8_t *rhs, int32_t column, int16_t *wide)
{
    const int32_t step = params->rhs_is_transposed ? 1 : params->columns;
    const int8_t *source = rhs + (params->rhs_is_transposed ? column * params->depth : column);
    const int32_t quads = KERNELS_USE_SIMD ? params->depth & ~3 : 0;
    int32_t total = 0;

    for (int32_t i = 0; i < params->depth; ++i, source += step) {
        /* dot.h: SIMD code wants whole quads in the order 0, 2, 1, 3 */
        const int32_t place = i < quads && ((i + 1) & 2) ? i ^ 3 : i;
        wide[place] = (int16_t)(*source - params->rhs_zero_point);
        total += wide[place];
    }
    return total;
}

static inline int32_t strided_dot(const int8_t *row, int32_t step, const int16_t *wide, int32_t depth)
{
    const int32_t quads = KERNELS_USE_SIMD ? depth & ~3 : 0;
    int32_t total = 0;

    for (int32_t i = 0; i < depth; ++i, row += step) {
        total += *row * wide[i < quads && ((i + 1) & 2) ? i ^ 3 : i];
    }
    return total;
}

static void one_column(const batch_matmul_s8_params_t *params, const int8_t *lhs, const int16_t *wide, int32_t start,
                       int8_t *out)
{
    for (int32_t row = 0; row < params->rows; ++row, out += params->columns) {
        int32_t acc = start;
        if (params->lhs_is_transposed) {
            acc += strided_dot(lhs + row, params->rows, wide, params->depth);
        } else {
            acc = dot_s16_s8(wide, lhs + row * params->depth, params->depth, acc);
        }
        acc = requantized(acc, params->multiplier, params->shift) + params->output_zero_point;
        *out = (int8_t)clamped(acc, INT8_MIN, INT8_MAX);
    }
}

static void one_product(const batch_matmul_s8_params_t *params, const int8_t *lhs, const int8_t *rhs, int8_t *out,
                        int16_t *wide)
{
    for (int32_t column = 0; column < params->columns; ++column) {
        const int32_t total = gathered(params, rhs, column, wide);
        one_column(params, lhs, wide, -params->lhs_zero_point * total, out + column);
    }
}

void batch_matmul_s8(const batch_matmul_s8_params_t *params, const int8_t *lhs, const int8_t *rhs, int8_t *out,
                     void *scratch)
{
    const int32_t *batches = params->batches, *left = params->lhs_strides, *right = params->rhs_strides;

    for (int32_t i = 0; i < batches[0]; ++i) {
        for (int32_t j = 0; j < batches[1]; ++j) {
            for (int32_t k = 0; k < batches[2]; ++k) {
                one_product(params, lhs + i * left[0] + j * left[1] + k * left[2],
                            rhs + i * right[0] + j * right[1] + k * right[2], out, scratch);
                out += params->rows * params->columns;
            }
        }
    }
}
