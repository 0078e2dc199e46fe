/* The digits network, layer by layer, in a static arena. */
#include "network.h"

#include "kernels_s8.h"
#include "model_data.h"

#define CONV_CHANNELS 16
#define POINTWISE_CHANNELS 32
#define FEATURES (2 * 2 * POINTWISE_CHANNELS)

/* Two buffers take turns as input and output; the even layers write the larger one. */
static int8_t arena_even[8 * 8 * POINTWISE_CHANNELS] __attribute__((aligned(4)));
static int8_t arena_odd[8 * 8 * CONV_CHANNELS] __attribute__((aligned(4)));
static int8_t arena_patch[3 * 3 * CONV_CHANNELS] __attribute__((aligned(4)));
static int16_t arena_wide[FEATURES] __attribute__((aligned(4)));

int8_t g_logits[NETWORK_OUTPUTS];

#define LAYER(name, NAME, size, padding)                                                                             \
    {                                                                                                                \
        .weights = name##_weights, .bias = name##_bias, .multipliers = name##_multipliers, .shifts = name##_shifts,   \
        .input_offset = NAME##_INPUT_OFFSET, .output_offset = NAME##_OUTPUT_OFFSET,                                   \
        .activation_min = NAME##_ACTIVATION_MIN, .activation_max = NAME##_ACTIVATION_MAX, .kernel_size = (size),      \
        .stride = 1, .pad = (padding),                                                                               \
    }

static const layer_t conv_layer = LAYER(conv, CONV, 3, 1);
static const layer_t depthwise_layer = LAYER(depthwise, DEPTHWISE, 3, 1);
static const layer_t pointwise_layer = LAYER(pointwise, POINTWISE, 1, 0);
static const layer_t dense_layer = LAYER(dense, DENSE, 1, 0);
static const softmax_scaling_t softmax_scaling = {SOFTMAX_MULTIPLIER, SOFTMAX_LEFT_SHIFT, SOFTMAX_DIFF_MIN};

void mcusim_infer(const int8_t *input, int8_t *output)
{
    const scratch_t scratch = {arena_patch, arena_wide};
    const shape_t image = {8, 8, 1};
    const shape_t narrow = {8, 8, CONV_CHANNELS};
    const shape_t broad = {8, 8, POINTWISE_CHANNELS};
    const shape_t pooled = {4, 4, POINTWISE_CHANNELS};

    conv2d_s8(&conv_layer, image, input, narrow, arena_even, scratch);
    depthwise_conv2d_s8(&depthwise_layer, narrow, arena_even, narrow, arena_odd, scratch);
    pointwise_conv2d_s8(&pointwise_layer, narrow, arena_odd, POINTWISE_CHANNELS, arena_even, scratch);
    max_pool_s8(broad, arena_even, 2, arena_odd);
    avg_pool_s8(pooled, arena_odd, 2, arena_even);
    fully_connected_s8(&dense_layer, FEATURES, arena_even, NETWORK_OUTPUTS, g_logits, scratch);
    softmax_s8(softmax_scaling, NETWORK_OUTPUTS, g_logits, output);
}
