#include "batch_matmul_f32.h"

static void four_columns(const batch_matmul_f32_params_t *params, const float *lhs, const float *rhs, float *out)
{
    const int32_t step = params->rhs_column_step;
    float sum0 = 0.0f, sum1 = 0.0f, sum2 = 0.0f, sum3 = 0.0f;

    for (int32_t i = params->depth; i > 0; --i) {
        const float x = *lhs;
        sum0 += x * rhs[0];
        sum1 += x * rhs[step];
        sum2 += x * rhs[2 * step];
        sum3 += x * rhs[3 * step];
        lhs += params->lhs_depth_step;
        rhs += params->rhs_depth_step;
    }
    out[0] = sum0;
    out[1] = sum1;
    out[2] = sum2;
    out[3] = sum3;
}

static float one_column(const batch_matmul_f32_params_t *params, const float *lhs, const float *rhs)
{
    float sum = 0.0f;
    for (int32_t i = params->depth; i > 0; --i) {
        sum += *lhs * *rhs;
        lhs += params->lhs_depth_step;
        rhs += params->rhs_depth_step;
    }
    return sum;
}

static float *product(const batch_matmul_f32_params_t *params, const float *lhs, const float *rhs, float *out)
{
    for (int32_t row = 0; row < params->rows; ++row, lhs += params->lhs_row_step) {
        const float *column = rhs;
        int32_t left = params->columns;
        for (; left >= 4; left -= 4, out += 4, column += 4 * params->rhs_column_step) {
            four_columns(params, lhs, column, out);
        }
        for (; left > 0; --left, column += params->rhs_column_step) {
            *out++ = one_column(params, lhs, column);
        }
    }
    return out;
}

void batch_matmul_f32(const batch_matmul_f32_params_t *params, const float *lhs, const float *rhs, float *out)
{
    for (int32_t i = 0; i < params->batches[0]; ++i) {
        for (int32_t j = 0; j < params->batches[1]; ++j) {
            for (int32_t k = 0; k < params->batches[2]; ++k) {
                const int32_t lhs_at = i * params->lhs_steps[0] + j * params->lhs_steps[1] + k * params->lhs_steps[2];
                const int32_t rhs_at = i * params->rhs_steps[0] + j * params->rhs_steps[1] + k * params->rhs_steps[2];
                out = product(params, lhs + lhs_at, rhs + rhs_at, out);
            }
        }
    }
}
