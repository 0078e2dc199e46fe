/* UNIDIRECTIONAL_SEQUENCE_LSTM of floats, without peepholes, projection and layer normalization.
 *
 * Of every time step: i, f, o = logistic and g = tanh of input weights * x + recurrent weights * h + bias,
 * c = f * c + i * g, h = o * tanh(c).
 *
 * Weights: the gates i, f, g, o below each other (4 * states rows) in fours: input, the four.
 * Scratch: 4 * states floats. */
#ifndef UNIDIRECTIONAL_SEQUENCE_LSTM_F32_H
#define UNIDIRECTIONAL_SEQUENCE_LSTM_F32_H

#include <stdint.h>

typedef struct {
    int32_t batches;
    int32_t steps;
    int32_t batch_step; /* of input and output, in vectors: from one batch to the next */
    int32_t time_step;  /* in vectors: from one time step to the next */
    int32_t inputs;
    int32_t states;
    const float *input_weights;
    const float *recurrent_weights;
    const float *bias;
    float cell_clip; /* limit of |c|; 0: none */
} unidirectional_sequence_lstm_f32_params_t;

/* `hidden` and `cell` (batches * states) keep their values from one call to the next. */
void unidirectional_sequence_lstm_f32(const unidirectional_sequence_lstm_f32_params_t *params, const float *in,
                                      float *out, float *hidden, float *cell, void *scratch);

#endif
