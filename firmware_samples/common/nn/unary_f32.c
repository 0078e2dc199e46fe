#include "unary_f32.h"

#include "float_math.h"

/* Each result is EXPRESSION of x. The prefix keeps the operators apart from the functions of float_math.h. */
#define UNARY(NAME, EXPRESSION)                                                                                        \
    void elementwise_##NAME##_f32(const unary_f32_params_t *params, const float *in, float *out)                       \
    {                                                                                                                  \
        for (int32_t i = 0; i < params->count; ++i) {                                                                  \
            const float x = in[i];                                                                                     \
            out[i] = EXPRESSION;                                                                                       \
        }                                                                                                              \
    }

UNARY(abs, absolute_f32(x))
UNARY(neg, -x)
UNARY(square, x * x)
UNARY(exp, exp_f32(x))
UNARY(log, log_f32(x))
UNARY(sqrt, sqrt_f32(x))
UNARY(rsqrt, 1.0f / sqrt_f32(x))
UNARY(logistic, logistic_f32(x))
UNARY(tanh, tanh_f32(x))
UNARY(elu, x < 0.0f ? exp_less_one_f32(x) : x)
UNARY(relu, x < 0.0f ? 0.0f : x)
UNARY(relu6, clamped_f32(x, 0.0f, 6.0f))
UNARY(relu_n1_to_1, clamped_f32(x, -1.0f, 1.0f))
UNARY(leaky_relu, x < 0.0f ? x * params->alpha : x)
UNARY(hard_swish, x * clamped_f32(x + 3.0f, 0.0f, 6.0f) * (1.0f / 6.0f))
