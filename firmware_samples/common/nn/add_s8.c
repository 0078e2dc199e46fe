#include "add_s8.h"

#include "high_mul.h"
#include "simd.h"

/* |x0|, |x1| <= 255: sums stay below 2^28. */
static inline int32_t add_scaled(const add_s8_params_t *params, int32_t x0, int32_t x1)
{
    const int32_t scaled1 =
        rounding_shift_right(high_mul_narrow(x1, 20, params->in1_multiplier), params->in1_shift);
    const int32_t sum = high_mul_narrow(shifted_left(x0, 19) + scaled1, 0, params->out_multiplier);
    return rounding_shift_right(sum, params->out_shift) + params->out_offset;
}

static inline int8_t add_clamped(const add_s8_params_t *params, int32_t x0, int32_t x1)
{
    return (int8_t)clamped(add_scaled(params, x0, x1), params->activation_min, params->activation_max);
}

#if KERNELS_USE_SIMD
/* Four elements in two halves each: without a fused activation the clamp is one SSAT. */
static inline void add_four(const add_s8_params_t *params, const int8_t *in0, const int8_t *in1, int8_t *out)
{
    const uint32_t bytes0 = simd_load(in0);
    const uint32_t bytes1 = simd_load(in1);
    const uint32_t offsets0 = simd_pack_low((uint32_t)params->in0_offset, (uint32_t)params->in0_offset);
    const uint32_t offsets1 = simd_pack_low((uint32_t)params->in1_offset, (uint32_t)params->in1_offset);
    const uint32_t even0 = simd_add_even_bytes(offsets0, bytes0);
    const uint32_t odd0 = simd_add_odd_bytes(offsets0, bytes0);
    const uint32_t even1 = simd_add_even_bytes(offsets1, bytes1);
    const uint32_t odd1 = simd_add_odd_bytes(offsets1, bytes1);

    out[0] = (int8_t)clamped(add_scaled(params, (int16_t)even0, (int16_t)even1), INT8_MIN, INT8_MAX);
    out[1] = (int8_t)clamped(add_scaled(params, (int16_t)odd0, (int16_t)odd1), INT8_MIN, INT8_MAX);
    out[2] = (int8_t)clamped(add_scaled(params, (int32_t)even0 >> 16, (int32_t)even1 >> 16), INT8_MIN, INT8_MAX);
    out[3] = (int8_t)clamped(add_scaled(params, (int32_t)odd0 >> 16, (int32_t)odd1 >> 16), INT8_MIN, INT8_MAX);
}
#endif

static BROADCAST_ROW void add_row(const void *opaque, broadcast_row_t row, const void *row0, const void *row1, void *row_out)
{
    const add_s8_params_t local = *(const add_s8_params_t *)opaque;
    const int8_t *in0 = row0;
    const int8_t *in1 = row1;
    int8_t *out = row_out;
    int32_t i = 0;

#if KERNELS_USE_SIMD
    if (row.step0 == 1 && row.step1 == 1 && local.activation_min == INT8_MIN && local.activation_max == INT8_MAX) {
        for (; i + 4 <= row.count; i += 4) {
            add_four(&local, in0 + i, in1 + i, out + i);
        }
        in0 += i;
        in1 += i;
    }
#endif
    for (; i < row.count; ++i) {
        out[i] = add_clamped(&local, *in0 + local.in0_offset, *in1 + local.in1_offset);
        in0 += row.step0;
        in1 += row.step1;
    }
}

void add_s8(const add_s8_params_t *params, const int8_t *in0, const int8_t *in1, int8_t *out)
{
    broadcast_rows(params->broadcast, add_row, params, in0, in1, out, params->broadcast[1]);
}
