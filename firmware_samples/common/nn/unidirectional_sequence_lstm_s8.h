/* UNIDIRECTIONAL_SEQUENCE_LSTM of int8 with a cell of int16, without peepholes, projection and layer normalization.
 *
 * Of every time step: i, f, o = sigmoid and g = tanh of input weights * x + recurrent weights * h + bias in Q3.12,
 * c = f * c + i * g, h = o * tanh(c).
 *
 * Weights: the gates i, f, g, o below each other (4 * states rows). Biases hold minus the zero point of x or h times the
 * sum of the row's weights. Shifts are positive to the left.
 * Scratch: half-words for x, for h (each rounded up to even) and for 4 * states gates. */
#ifndef UNIDIRECTIONAL_SEQUENCE_LSTM_S8_H
#define UNIDIRECTIONAL_SEQUENCE_LSTM_S8_H

#include <stdint.h>

#define LSTM_GATES 4

typedef struct {
    int32_t batches;
    int32_t steps;
    int32_t batch_step; /* of input and output, in vectors: from one batch to the next */
    int32_t time_step;  /* in vectors: from one time step to the next */
    int32_t inputs;
    int32_t states;
    const int8_t *input_weights;
    const int8_t *recurrent_weights;
    const int32_t *input_bias;
    const int32_t *recurrent_bias;
    const uint16_t *sigmoid; /* the table of sigmoid_s16.h */
    int32_t input_multipliers[LSTM_GATES];
    int32_t input_shifts[LSTM_GATES];
    int32_t recurrent_multipliers[LSTM_GATES];
    int32_t recurrent_shifts[LSTM_GATES];
    int32_t forget_multiplier; /* of f * c */
    int32_t forget_shift;
    int32_t update_multiplier; /* of i * g */
    int32_t update_shift;
    int32_t hidden_multiplier; /* of o * tanh(c) */
    int32_t hidden_shift;
    int32_t hidden_zero_point;
    int32_t cell_factor; /* c * cell_factor / 2^cell_shift is in units of 1 / (3 * 4096) */
    int32_t cell_shift;
    int32_t cell_clip; /* limit of |c|; 0: none */
} unidirectional_sequence_lstm_s8_params_t;

/* `hidden` and `cell` (batches * states) keep their values from one call to the next. */
void unidirectional_sequence_lstm_s8(const unidirectional_sequence_lstm_s8_params_t *params, const int8_t *in,
                                     int8_t *out, int8_t *hidden, int16_t *cell, void *scratch);

#endif
