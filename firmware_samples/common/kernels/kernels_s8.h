/* int8 neural-network kernels with TensorFlow Lite's arithmetic; no heap, no dependency, one function per kernel.
 *
 * Tensors are height x width x channels, channels innermost. Activations are asymmetric
 * (real = scale * (q - zero point)), weights symmetric. Plain C on every core; with the DSP extension
 * (Cortex-M4 and up) the inner products use SIMD instructions and give the same bits.
 */
#ifndef KERNELS_S8_H
#define KERNELS_S8_H

#include <stdint.h>

typedef struct {
    int32_t height;
    int32_t width;
    int32_t channels;
} shape_t;

/* Parameters of a layer with weights. Multipliers and shifts: one per output channel. */
typedef struct {
    const int8_t *weights; /* conv: out,h,w,in; depthwise: h,w,channel; pointwise, fully connected: out,in */
    const int32_t *bias;
    const int32_t *multipliers;
    const int8_t *shifts;
    int32_t input_offset;  /* minus the input's zero point */
    int32_t output_offset; /* the output's zero point */
    int32_t activation_min;
    int32_t activation_max;
    int8_t kernel_size; /* 1 where there is no window */
    int8_t stride;
    int8_t pad;
} layer_t;

typedef struct {
    int32_t multiplier;
    int32_t left_shift;
    int32_t diff_min;
} softmax_scaling_t;

/* Scratch of one window: `patch` holds kernel_size^2 * channels bytes, `wide` as many half-words.
 * `wide` must be word-aligned. Pointwise and fully connected layers use `wide` only. */
typedef struct {
    int8_t *patch;
    int16_t *wide;
} scratch_t;

void conv2d_s8(const layer_t *layer, shape_t in_shape, const int8_t *in, shape_t out_shape, int8_t *out,
               scratch_t scratch);
void depthwise_conv2d_s8(const layer_t *layer, shape_t in_shape, const int8_t *in, shape_t out_shape,
                         int8_t *out, scratch_t scratch);
void pointwise_conv2d_s8(const layer_t *layer, shape_t in_shape, const int8_t *in, int32_t out_channels,
                         int8_t *out, scratch_t scratch);
void fully_connected_s8(const layer_t *layer, int32_t in_count, const int8_t *in, int32_t out_count, int8_t *out,
                        scratch_t scratch);
void max_pool_s8(shape_t in_shape, const int8_t *in, int32_t size, int8_t *out);
void avg_pool_s8(shape_t in_shape, const int8_t *in, int32_t size, int8_t *out);
void softmax_s8(softmax_scaling_t scaling, int32_t count, const int8_t *in, int8_t *out);

/* Copies the window at (y, x), which may lie partly outside, and fills the outside with `zero_point`. */
void gather_patch_s8(const layer_t *layer, shape_t in_shape, const int8_t *in, int32_t y, int32_t x, int8_t *patch);

#endif
