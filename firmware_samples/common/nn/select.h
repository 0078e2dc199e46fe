/* SELECT and SELECT_V2: where the condition holds the first operand, else the second, broadcasting. */
#ifndef SELECT_H
#define SELECT_H

#include <stdint.h>

#define SELECT_LOOPS 4

/* Steps in elements: 0 where an operand is repeated. */
typedef struct {
    int32_t counts[SELECT_LOOPS]; /* outermost first; 1: unused */
    int32_t condition_steps[SELECT_LOOPS];
    int32_t first_steps[SELECT_LOOPS];
    int32_t second_steps[SELECT_LOOPS];
} select_params_t;

void select_bytes(const select_params_t *params, const uint8_t *condition, const void *in0, const void *in1,
                  void *out);
void select_halves(const select_params_t *params, const uint8_t *condition, const void *in0, const void *in1,
                   void *out);
void select_words(const select_params_t *params, const uint8_t *condition, const void *in0, const void *in1,
                  void *out);

#endif
