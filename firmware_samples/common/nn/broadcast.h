/* The loops around element-wise kernels with two operands: the lowering fuses dimensions ahead of time, so that
 * only the innermost loop, the row, matters for speed. */
#ifndef BROADCAST_H
#define BROADCAST_H

#include <stdint.h>

#define BROADCAST_LOOPS 6
#define BROADCAST_FIELDS (1 + 3 * BROADCAST_LOOPS)

/* One int32_t array, so that a lowering can write it: the number of loops, then for each loop, the row first,
 * how often it runs and how far the two operands move: the row in elements (0 or 1), outer loops in bytes. */
typedef struct {
    int32_t count;
    int32_t step0;
    int32_t step1;
} broadcast_row_t;

typedef void (*broadcast_row_function_t)(const void *params, broadcast_row_t row, const void *in0, const void *in1,
                                         void *out);

/* Of a row function: inlined into the loops it would keep too few values in registers. */
#define BROADCAST_ROW __attribute__((noinline))

/* Calls `function` for each row; a row of the output has `row_bytes`. */
static inline void broadcast_rows(const int32_t *fields, broadcast_row_function_t function, const void *params,
                                  const void *in0, const void *in1, void *out, int32_t row_bytes)
{
    const int32_t loops = fields[0];
    const int32_t *outer = fields + 4;
    const broadcast_row_t row = {fields[1], fields[2], fields[3]};
    const uint8_t *at0 = in0;
    const uint8_t *at1 = in1;
    uint8_t *at_out = out;
    int32_t done[BROADCAST_LOOPS] = {0};

    for (;;) {
        int32_t loop = 0;
        function(params, row, at0, at1, at_out);
        at_out += row_bytes;
        while (loop < loops - 1) {
            const int32_t *of = outer + 3 * loop;
            at0 += of[1];
            at1 += of[2];
            if (++done[loop] < of[0]) {
                break;
            }
            done[loop] = 0;
            at0 -= of[0] * of[1];
            at1 -= of[0] * of[2];
            ++loop;
        }
        if (loop == loops - 1) {
            return;
        }
    }
}

#endif
