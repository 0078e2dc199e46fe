#include "fully_connected_f32.h"

#include "float_math.h"
#include "mac_f32.h"

static void row(const fully_connected_f32_params_t *params, const float *in, float *out)
{
    const int32_t depth = params->depth;
    const float *weights = params->weights;
    int32_t i = 0;

    for (; i + 4 <= params->outputs; i += 4, weights += 4 * depth) {
        const float *bias = params->bias + i;
        four_f32_t sums = {{bias[0], bias[1], bias[2], bias[3]}};
        sums = add_products_by_four(sums, in, weights, depth);
        for (int32_t place = 0; place < 4; ++place) {
            out[i + place] = clamped_f32(sums.at[place], params->activation_min, params->activation_max);
        }
    }
    for (; i < params->outputs; ++i, weights += depth) {
        const float sum = add_products(params->bias[i], in, weights, depth);
        out[i] = clamped_f32(sum, params->activation_min, params->activation_max);
    }
}

void fully_connected_f32(const fully_connected_f32_params_t *params, const float *in, float *out)
{
    for (int32_t i = 0; i < params->rows; ++i, in += params->depth, out += params->outputs) {
        row(params, in, out);
    }
}
