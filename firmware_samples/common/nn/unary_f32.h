/* Operations on each float of a tensor; each is one of TensorFlow Lite's operators. */
#ifndef UNARY_F32_H
#define UNARY_F32_H

#include <stdint.h>

typedef struct {
    int32_t count;
    float alpha; /* of LEAKY_RELU */
} unary_f32_params_t;

void elementwise_abs_f32(const unary_f32_params_t *params, const float *in, float *out);
void elementwise_neg_f32(const unary_f32_params_t *params, const float *in, float *out);
void elementwise_square_f32(const unary_f32_params_t *params, const float *in, float *out);
void elementwise_exp_f32(const unary_f32_params_t *params, const float *in, float *out);
void elementwise_log_f32(const unary_f32_params_t *params, const float *in, float *out);
void elementwise_sqrt_f32(const unary_f32_params_t *params, const float *in, float *out);
void elementwise_rsqrt_f32(const unary_f32_params_t *params, const float *in, float *out);
void elementwise_logistic_f32(const unary_f32_params_t *params, const float *in, float *out);
void elementwise_tanh_f32(const unary_f32_params_t *params, const float *in, float *out);
void elementwise_elu_f32(const unary_f32_params_t *params, const float *in, float *out);
void elementwise_relu_f32(const unary_f32_params_t *params, const float *in, float *out);
void elementwise_relu6_f32(const unary_f32_params_t *params, const float *in, float *out);
void elementwise_relu_n1_to_1_f32(const unary_f32_params_t *params, const float *in, float *out);
void elementwise_leaky_relu_f32(const unary_f32_params_t *params, const float *in, float *out);
void elementwise_hard_swish_f32(const unary_f32_params_t *params, const float *in, float *out);

#endif
