#include "unidirectional_sequence_lstm_f32.h"

#include "copy.h"
#include "float_math.h"
#include "mac_f32.h"

static void gate_sums(const unidirectional_sequence_lstm_f32_params_t *params, const float *x, const float *hidden,
                      float *sums)
{
    const float *input_weights = params->input_weights;
    const float *recurrent_weights = params->recurrent_weights;
    const float *bias = params->bias;

    for (int32_t i = 0; i < params->states; ++i, sums += 4, bias += 4) {
        four_f32_t four = {{bias[0], bias[1], bias[2], bias[3]}};
        four = add_products_by_four(four, x, input_weights, params->inputs);
        four = add_products_by_four(four, hidden, recurrent_weights, params->states);
        copy_bytes(sums, four.at, sizeof four.at);
        input_weights += 4 * params->inputs;
        recurrent_weights += 4 * params->states;
    }
}

static void update(const unidirectional_sequence_lstm_f32_params_t *params, const float *sums, float *hidden,
                   float *cell)
{
    const int32_t states = params->states;

    for (int32_t i = 0; i < states; ++i) {
        const float added = logistic_f32(sums[i]) * tanh_f32(sums[2 * states + i]);
        float c = logistic_f32(sums[states + i]) * cell[i] + added;
        if (params->cell_clip > 0.0f) {
            c = clamped_f32(c, -params->cell_clip, params->cell_clip);
        }
        cell[i] = c;
        hidden[i] = logistic_f32(sums[3 * states + i]) * tanh_f32(c);
    }
}

void unidirectional_sequence_lstm_f32(const unidirectional_sequence_lstm_f32_params_t *params, const float *in,
                                      float *out, float *hidden, float *cell, void *scratch)
{
    const int32_t states = params->states;
    float *sums = scratch;

    for (int32_t batch = 0; batch < params->batches; ++batch, hidden += states, cell += states) {
        int32_t vector = batch * params->batch_step;
        for (int32_t step = 0; step < params->steps; ++step, vector += params->time_step) {
            gate_sums(params, in + vector * params->inputs, hidden, sums);
            update(params, sums, hidden, cell);
            copy_bytes(out + vector * states, hidden, states * (int32_t)sizeof(float));
        }
    }
}
