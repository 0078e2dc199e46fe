#include "strided_copy.h"

#include "copy.h"

typedef struct {
    int32_t rows_count, row_stride_bytes;
    int32_t columns_count, column_stride_bytes;
    int32_t unit_bytes;
} plane_t;

static uint8_t *copy_single_bytes(const plane_t *plane, const uint8_t *in, uint8_t *out)
{
    int32_t stride = plane->column_stride_bytes;
    for (int32_t row = 0; row < plane->rows_count; ++row, in += plane->row_stride_bytes) {
        const uint8_t *from = in;
        int32_t count = plane->columns_count;
        for (; count >= 4; count -= 4, out += 4) {
            uint8_t first = from[0], second = from[stride];
            from += 2 * stride;
            out[0] = first;
            out[1] = second;
            out[2] = from[0];
            out[3] = from[stride];
            from += 2 * stride;
        }
        for (; count > 0; --count, from += stride) {
            *out++ = *from;
        }
    }
    return out;
}

static uint8_t *copy_words(const plane_t *plane, const uint8_t *in, uint8_t *out)
{
    for (int32_t row = 0; row < plane->rows_count; ++row, in += plane->row_stride_bytes) {
        const uint8_t *from = in;
        for (int32_t count = plane->columns_count; count > 0; --count, from += plane->column_stride_bytes) {
            copy_word(__builtin_assume_aligned(out, 4), __builtin_assume_aligned(from, 4));
            out += 4;
        }
    }
    return out;
}

static uint8_t *copy_units(const plane_t *plane, const uint8_t *in, uint8_t *out)
{
    for (int32_t row = 0; row < plane->rows_count; ++row, in += plane->row_stride_bytes) {
        const uint8_t *from = in;
        for (int32_t count = plane->columns_count; count > 0; --count, from += plane->column_stride_bytes) {
            copy_bytes(out, from, plane->unit_bytes);
            out += plane->unit_bytes;
        }
    }
    return out;
}

/* Every address that a plane touches is a multiple of four if these are. */
static int32_t in_aligned_words(const plane_t *plane, const uint8_t *in, const uint8_t *out)
{
    uintptr_t all = (uintptr_t)in | (uintptr_t)out;
    all |= (uintptr_t)plane->row_stride_bytes | (uintptr_t)plane->column_stride_bytes;
    return plane->unit_bytes == 4 && (all & 3u) == 0;
}

static uint8_t *copy_plane(const plane_t *plane, const uint8_t *in, uint8_t *out)
{
    if (plane->unit_bytes == 1) {
        return copy_single_bytes(plane, in, out);
    }
    return in_aligned_words(plane, in, out) ? copy_words(plane, in, out) : copy_units(plane, in, out);
}

void strided_copy(const strided_copy_params_t *params, const void *in, void *out)
{
    enum { ROWS = STRIDED_COPY_RANK - 2, COLUMNS = STRIDED_COPY_RANK - 1 };
    const plane_t plane = {params->counts[ROWS], params->strides_bytes[ROWS], params->counts[COLUMNS],
                           params->strides_bytes[COLUMNS], params->unit_bytes};
    const uint8_t *from = (const uint8_t *)in + params->first_byte;
    uint8_t *to = out;
    int32_t place[ROWS] = {0};
    int32_t dimension = 0;

    while (dimension >= 0) {
        to = copy_plane(&plane, from, to);
        for (dimension = ROWS - 1; dimension >= 0; --dimension) {
            from += params->strides_bytes[dimension];
            if (++place[dimension] < params->counts[dimension]) {
                break;
            }
            from -= params->strides_bytes[dimension] * params->counts[dimension];
            place[dimension] = 0;
        }
    }
}
