/* The digits network, layer by layer, in a static arena. */
#include "network.h"

#include "average_pool_2d_s8.h"
#include "conv_2d_1x1_s8.h"
#include "conv_2d_s8.h"
#include "depthwise_conv_2d_3x3_s8.h"
#include "depthwise_conv_2d_s8.h"
#include "fully_connected_s8.h"
#include "max_pool_2d_s8.h"
#include "model_data.h"
#include "softmax_s8.h"

#define SIZE 8
#define CONV_CHANNELS 16
#define POINTWISE_CHANNELS 32
#define FEATURES (2 * 2 * POINTWISE_CHANNELS)
/* Of the depthwise layer, which needs most: eight rows of output from ten of five pairs of columns, four channels; else
 * one window. See the kernels' headers. */
#define SCRATCH_BYTES (KERNELS_USE_SIMD ? 16 * (SIZE + 2) * (SIZE / 2 + 1) : 3 * 3 * CONV_CHANNELS)

/* Two buffers take turns as input and output; the even layers write the larger one. */
static int8_t arena_even[SIZE * SIZE * POINTWISE_CHANNELS] __attribute__((aligned(4)));
static int8_t arena_odd[SIZE * SIZE * CONV_CHANNELS] __attribute__((aligned(4)));
static int8_t arena_scratch[SCRATCH_BYTES] __attribute__((aligned(4)));

int8_t g_logits[NETWORK_OUTPUTS];

#define ROWS(name, NAME, inputs, outputs)                                                                            \
    {                                                                                                                \
        .weights = name##_weights, .channels = name##_channels, .taps = (inputs), .out_channels = (outputs),         \
        .activation_min = NAME##_ACTIVATION_MIN, .activation_max = NAME##_ACTIVATION_MAX,                            \
    }
#define WINDOW_3X3(in, out)                                                                                          \
    {                                                                                                                \
        .batches = 1, .in_height = SIZE, .in_width = SIZE, .in_channels = (in), .out_height = SIZE,                  \
        .out_width = SIZE, .out_channels = (out), .kernel_height = 3, .kernel_width = 3, .stride_height = 1,         \
        .stride_width = 1, .dilation_height = 1, .dilation_width = 1, .pad_top = 1, .pad_left = 1,                   \
    }
#define POOL_2X2(size)                                                                                               \
    {                                                                                                                \
        .batches = 1, .in_height = (size), .in_width = (size), .channels = POINTWISE_CHANNELS,                       \
        .out_height = (size) / 2, .out_width = (size) / 2, .filter_height = 2, .filter_width = 2,                    \
        .stride_height = 2, .stride_width = 2, .activation_min = INT8_MIN, .activation_max = INT8_MAX,               \
    }

static const conv_2d_s8_params_t conv_layer = {
    .rows = ROWS(conv, CONV, 3 * 3, CONV_CHANNELS),
    .window = WINDOW_3X3(1, CONV_CHANNELS),
    .input_zero_point = -CONV_INPUT_OFFSET,
};
#if KERNELS_USE_SIMD
static const depthwise_conv_2d_3x3_s8_params_t depthwise_layer = {
    .band_rows = SIZE,
#else
static const depthwise_conv_2d_s8_params_t depthwise_layer = {
#endif
    .window = WINDOW_3X3(CONV_CHANNELS, CONV_CHANNELS),
    .weights = depthwise_weights,
    .channels = depthwise_channels,
    .input_zero_point = -DEPTHWISE_INPUT_OFFSET,
    .activation_min = DEPTHWISE_ACTIVATION_MIN,
    .activation_max = DEPTHWISE_ACTIVATION_MAX,
};
static const conv_2d_1x1_s8_params_t pointwise_layer = {
    .rows = ROWS(pointwise, POINTWISE, CONV_CHANNELS, POINTWISE_CHANNELS),
    .pixels = SIZE * SIZE,
};
static const pool_2d_params_t max_pool_layer = POOL_2X2(SIZE);
static const pool_2d_params_t average_pool_layer = POOL_2X2(SIZE / 2);
static const fully_connected_s8_params_t dense_layer = {
    .rows = ROWS(dense, DENSE, FEATURES, NETWORK_OUTPUTS),
    .batches = 1,
};
static const softmax_s8_params_t softmax_layer = {
    .exponentials = softmax_exponentials,
    .rows = 1,
    .count = NETWORK_OUTPUTS,
};

void mcusim_infer(const int8_t *input, int8_t *output)
{
    conv_2d_s8(&conv_layer, input, arena_even, arena_scratch);
#if KERNELS_USE_SIMD
    depthwise_conv_2d_3x3_s8(&depthwise_layer, arena_even, arena_odd, arena_scratch);
#else
    depthwise_conv_2d_s8(&depthwise_layer, arena_even, arena_odd, arena_scratch);
#endif
    conv_2d_1x1_s8(&pointwise_layer, arena_odd, arena_even, arena_scratch);
    max_pool_2d_s8(&max_pool_layer, arena_even, arena_odd);
    average_pool_2d_s8(&average_pool_layer, arena_odd, arena_even);
    fully_connected_s8(&dense_layer, arena_even, g_logits, arena_scratch);
    softmax_s8(&softmax_layer, g_logits, output);
}
