#include "unidirectional_sequence_lstm_s8.h"

#include "dot.h"
#include "high_mul.h"
#include "sigmoid_s16.h"

enum { LSTM_INPUT, LSTM_FORGET, LSTM_CELL, LSTM_OUTPUT };

typedef struct {
    int16_t *x;
    int16_t *h;
    int16_t *gates; /* LSTM_GATES times `states` */
} lstm_scratch_t;

static inline int32_t lstm_saturated(int32_t value)
{
    return clamped(value, INT16_MIN, INT16_MAX);
}

/* One gate before its activation, Q3.12; both products are rounded and saturated by themselves. */
static inline int32_t lstm_gate_input(const unidirectional_sequence_lstm_s8_params_t *params,
                                      const lstm_scratch_t *scratch, int32_t gate, int32_t state)
{
    const int32_t row = gate * params->states + state;
    const int32_t from_x = dot_s16_s8(scratch->x, params->input_weights + row * params->inputs, params->inputs,
                                      params->input_bias[row]);
    const int32_t from_h = dot_s16_s8(scratch->h, params->recurrent_weights + row * params->states, params->states,
                                      params->recurrent_bias[row]);
    return lstm_saturated(
        lstm_saturated(rescaled(from_x, params->input_multipliers[gate], params->input_shifts[gate])) +
        lstm_saturated(rescaled(from_h, params->recurrent_multipliers[gate], params->recurrent_shifts[gate])));
}

static __attribute__((noinline)) void lstm_gates(const unidirectional_sequence_lstm_s8_params_t *params,
                                                 const lstm_scratch_t *scratch)
{
    for (int32_t gate = 0; gate < LSTM_GATES; ++gate) {
        int16_t *values = scratch->gates + gate * params->states;
        for (int32_t state = 0; state < params->states; ++state) {
            const int32_t x = 3 * lstm_gate_input(params, scratch, gate, state);
            values[state] = gate == LSTM_CELL ? tanh_s16(params->sigmoid, x) : sigmoid_s16(params->sigmoid, x);
        }
    }
}

static inline int16_t lstm_new_cell(const unidirectional_sequence_lstm_s8_params_t *params, const int16_t *gates,
                                    int32_t cell)
{
    const int32_t states = params->states;
    const int32_t kept =
        rescaled(gates[LSTM_FORGET * states] * cell, params->forget_multiplier, params->forget_shift);
    const int32_t added = rescaled(gates[LSTM_INPUT * states] * gates[LSTM_CELL * states], params->update_multiplier,
                                   params->update_shift);
    const int32_t sum = lstm_saturated(lstm_saturated(kept) + lstm_saturated(added));
    return (int16_t)(params->cell_clip > 0 ? clamped(sum, -params->cell_clip, params->cell_clip) : sum);
}

static __attribute__((noinline)) void lstm_update(const unidirectional_sequence_lstm_s8_params_t *params,
                                                  const int16_t *gates, int8_t *hidden, int16_t *cell)
{
    const int32_t half = (int32_t)(((uint32_t)1 << params->cell_shift) >> 1);

    for (int32_t state = 0; state < params->states; ++state) {
        cell[state] = lstm_new_cell(params, gates + state, cell[state]);
        const int32_t x = (cell[state] * params->cell_factor + half) >> params->cell_shift;
        const int32_t product = tanh_s16(params->sigmoid, x) * gates[LSTM_OUTPUT * params->states + state];
        const int32_t value = rescaled(product, params->hidden_multiplier, params->hidden_shift);
        hidden[state] = (int8_t)clamped(value + params->hidden_zero_point, INT8_MIN, INT8_MAX);
    }
}

void unidirectional_sequence_lstm_s8(const unidirectional_sequence_lstm_s8_params_t *params, const int8_t *in,
                                     int8_t *out, int8_t *hidden, int16_t *cell, void *scratch)
{
    int16_t *const halves = scratch;
    const int32_t states = params->states;
    const int32_t h_at = (params->inputs + 1) & ~1;
    const lstm_scratch_t parts = {halves, halves + h_at, halves + h_at + ((states + 1) & ~1)};

    for (int32_t batch = 0; batch < params->batches; ++batch, hidden += states, cell += states) {
        for (int32_t step = 0; step < params->steps; ++step) {
            const int32_t vector = batch * params->batch_step + step * params->time_step;
            widen_s8(in + vector * params->inputs, params->inputs, 0, parts.x);
            widen_s8(hidden, states, 0, parts.h);
            lstm_gates(params, &parts);
            lstm_update(params, parts.gates, hidden, cell);
            __builtin_memcpy(out + vector * states, hidden, (uint32_t)states);
        }
    }
}
