#include "mul_s8.h"

#include "high_mul.h"
#include "simd.h"

/* A product is below 2^16: with a left shift of up to 13 it stays below 2^30. */
static inline int32_t mul_scaled(const mul_s8_params_t *params, int32_t product)
{
    const int32_t scaled = high_mul_narrow(product, params->out_left_shift, params->out_multiplier);
    return rounding_shift_right(scaled, params->out_right_shift) + params->out_offset;
}

#if KERNELS_USE_SIMD
static inline int8_t mul_saturated(const mul_s8_params_t *params, int32_t product)
{
    return (int8_t)clamped(mul_scaled(params, product), INT8_MIN, INT8_MAX);
}

/* Four elements in two halves each: without a fused activation the clamp is one SSAT. */
static inline void mul_four(const mul_s8_params_t *params, const int8_t *in0, const int8_t *in1, int8_t *out)
{
    const uint32_t bytes0 = simd_load(in0);
    const uint32_t bytes1 = simd_load(in1);
    const uint32_t offsets0 = simd_pack_low((uint32_t)params->in0_offset, (uint32_t)params->in0_offset);
    const uint32_t offsets1 = simd_pack_low((uint32_t)params->in1_offset, (uint32_t)params->in1_offset);
    const uint32_t even0 = simd_add_even_bytes(offsets0, bytes0);
    const uint32_t odd0 = simd_add_odd_bytes(offsets0, bytes0);
    const uint32_t even1 = simd_add_even_bytes(offsets1, bytes1);
    const uint32_t odd1 = simd_add_odd_bytes(offsets1, bytes1);

    out[0] = mul_saturated(params, (int16_t)even0 * (int16_t)even1);
    out[1] = mul_saturated(params, (int16_t)odd0 * (int16_t)odd1);
    out[2] = mul_saturated(params, ((int32_t)even0 >> 16) * ((int32_t)even1 >> 16));
    out[3] = mul_saturated(params, ((int32_t)odd0 >> 16) * ((int32_t)odd1 >> 16));
}
#endif

static BROADCAST_ROW void mul_row(const void *opaque, broadcast_row_t row, const void *row0, const void *row1, void *row_out)
{
    const mul_s8_params_t local = *(const mul_s8_params_t *)opaque;
    const int8_t *in0 = row0;
    const int8_t *in1 = row1;
    int8_t *out = row_out;
    int32_t i = 0;

#if KERNELS_USE_SIMD
    if (row.step0 == 1 && row.step1 == 1 && local.activation_min == INT8_MIN && local.activation_max == INT8_MAX) {
        for (; i + 4 <= row.count; i += 4) {
            mul_four(&local, in0 + i, in1 + i, out + i);
        }
        in0 += i;
        in1 += i;
    }
#endif
    for (; i < row.count; ++i) {
        const int32_t scaled = mul_scaled(&local, (*in0 + local.in0_offset) * (*in1 + local.in1_offset));
        out[i] = (int8_t)clamped(scaled, local.activation_min, local.activation_max);
        in0 += row.step0;
        in1 += row.step1;
    }
}

void mul_s8(const mul_s8_params_t *params, const int8_t *in0, const int8_t *in1, int8_t *out)
{
    broadcast_rows(params->broadcast, mul_row, params, in0, in1, out, params->broadcast[1]);
}
