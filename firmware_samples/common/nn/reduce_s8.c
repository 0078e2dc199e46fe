#include "reduce_s8.h"

#include "high_mul.h"
#include "simd.h"

typedef void (*reduce_row_t)(const reduce_s8_params_t *params, const int8_t *in, int8_t *out);

/* Calls `row` for each run of outputs along the innermost axis that stays. */
static inline void reduce_rows(const reduce_s8_params_t *params, const int8_t *in, int8_t *out, reduce_row_t row)
{
    const int32_t *kept = params->kept;

    for (int32_t c = 0; c < kept[6]; ++c) {
        for (int32_t b = 0; b < kept[4]; ++b) {
            for (int32_t a = 0; a < kept[2]; ++a, out += kept[0]) {
                row(params, in + a * kept[3] + b * kept[5] + c * kept[7], out);
            }
        }
    }
}

/* In `reduced`, the number of innermost runs and where the run at `place` begins. */
static inline int32_t reduce_runs(const int32_t *reduced)
{
    return reduced[2] * reduced[4] * reduced[6];
}

static inline int32_t reduce_run_at(const int32_t *reduced, int32_t place)
{
    if (place == 0) {
        return 0; /* the only one mostly: no divisions, which Cortex-M0+ has to do in software */
    }
    const int32_t a = place % reduced[2];
    const int32_t b = place / reduced[2] % reduced[4];
    const int32_t c = place / reduced[2] / reduced[4];
    return a * reduced[3] + b * reduced[5] + c * reduced[7];
}

static inline int8_t reduce_rescaled(const reduce_s8_params_t *params, int32_t total)
{
    const int32_t scaled = rescaled(total + params->in_offset, params->multiplier, params->shift);
    return (int8_t)clamped(scaled + params->out_offset, INT8_MIN, INT8_MAX);
}

static inline int32_t reduce_sum_of_run(const int8_t *in, int32_t count, int32_t step)
{
    int32_t total = 0;
    for (; count > 0; --count, in += step) {
        total += *in;
    }
    return total;
}

#if KERNELS_USE_SIMD
/* Sums of 16 bits hold 256 values: 256 * -128 = -2^15. */
#define REDUCE_MOST_IN_HALVES 256

static inline void reduce_four_sums(const int8_t *in, int32_t count, int32_t step, int32_t *totals)
{
    while (count > 0) {
        int32_t now = count < REDUCE_MOST_IN_HALVES ? count : REDUCE_MOST_IN_HALVES;
        uint32_t even = 0;
        uint32_t odd = 0;
        count -= now;
        for (; now > 0; --now, in += step) {
            const uint32_t bytes = simd_load(in);
            even = simd_add_even_bytes(even, bytes);
            odd = simd_add_odd_bytes(odd, bytes);
        }
        totals[0] += (int16_t)even;
        totals[1] += (int16_t)odd;
        totals[2] += (int32_t)even >> 16;
        totals[3] += (int32_t)odd >> 16;
    }
}

/* Four neighbouring outputs whose inputs are neighbours, too. */
static inline void reduce_four(const reduce_s8_params_t *params, const int8_t *in, int8_t *out)
{
    const int32_t *reduced = params->reduced;
    int32_t totals[4] = {0};

    for (int32_t run = 0; run < reduce_runs(reduced); ++run) {
        reduce_four_sums(in + reduce_run_at(reduced, run), reduced[0], reduced[1], totals);
    }
    for (int32_t i = 0; i < 4; ++i) {
        out[i] = reduce_rescaled(params, totals[i]);
    }
}

/* The sum of a run of neighbours: four at a time, then the four sums. */
static inline int32_t reduce_sum_of_neighbours(const int8_t *in, int32_t count)
{
    int32_t totals[4] = {0};

    reduce_four_sums(in, count >> 2, 4, totals);
    return totals[0] + totals[1] + totals[2] + totals[3] + reduce_sum_of_run(in + (count & ~3), count & 3, 1);
}
#else
static inline int32_t reduce_sum_of_neighbours(const int8_t *in, int32_t count)
{
    return reduce_sum_of_run(in, count, 1);
}
#endif

static void reduce_row_of_sums(const reduce_s8_params_t *params, const int8_t *in, int8_t *out)
{
    const int32_t *reduced = params->reduced;
    const int32_t step = params->kept[1];
    int32_t i = 0;

#if KERNELS_USE_SIMD
    if (step == 1) {
        for (; i + 4 <= params->kept[0]; i += 4) {
            reduce_four(params, in + i, out + i);
        }
    }
#endif
    for (; i < params->kept[0]; ++i) {
        int32_t total = 0;
        for (int32_t run = 0; run < reduce_runs(reduced); ++run) {
            const int8_t *at = in + i * step + reduce_run_at(reduced, run);
            total += reduced[1] == 1 ? reduce_sum_of_neighbours(at, reduced[0])
                                     : reduce_sum_of_run(at, reduced[0], reduced[1]);
        }
        out[i] = reduce_rescaled(params, total);
    }
}

void mean_s8(const reduce_s8_params_t *params, const int8_t *in, int8_t *out)
{
    reduce_rows(params, in, out, reduce_row_of_sums);
}

void sum_s8(const reduce_s8_params_t *params, const int8_t *in, int8_t *out)
{
    reduce_rows(params, in, out, reduce_row_of_sums);
}

#define DEFINE_EXTREME(name, is_better, worst)                                                                         \
    static void name##_row(const reduce_s8_params_t *params, const int8_t *in, int8_t *out)                            \
    {                                                                                                                  \
        const int32_t *reduced = params->reduced;                                                                      \
        for (int32_t i = 0; i < params->kept[0]; ++i) {                                                                \
            int8_t best = worst;                                                                                       \
            for (int32_t run = 0; run < reduce_runs(reduced); ++run) {                                                 \
                const int8_t *at = in + i * params->kept[1] + reduce_run_at(reduced, run);                             \
                for (int32_t count = reduced[0]; count > 0; --count, at += reduced[1]) {                               \
                    best = *at is_better best ? *at : best;                                                            \
                }                                                                                                      \
            }                                                                                                          \
            out[i] = best;                                                                                             \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    void name##_s8(const reduce_s8_params_t *params, const int8_t *in, int8_t *out)                                    \
    {                                                                                                                  \
        reduce_rows(params, in, out, name##_row);                                                                      \
    }

DEFINE_EXTREME(reduce_max, >, INT8_MIN)
DEFINE_EXTREME(reduce_min, <, INT8_MAX)
