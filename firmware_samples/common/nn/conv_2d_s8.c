/* Convolution: windows become columns, several pixels at a time, and are multiplied with all rows of weights. */
#include "conv_2d_s8.h"

#include "image_window.h"

#if KERNELS_USE_SIMD
/* Widens `channels` (a multiple of four) zero points. */
static inline int16_t *fill_wide(uint32_t zero_points, int32_t channels, int16_t *column, int32_t step)
{
    for (; channels > 0; channels -= 2, column += step) {
        simd_store(column, zero_points);
    }
    return column;
}

/* One window of an image whose channels are a multiple of four, widened at once. */
static void gather_wide(const conv_2d_s8_params_t *params, const int8_t *image, int32_t y, int32_t x, int16_t *column,
                        int32_t step)
{
    const window_t *window = &params->window;
    const int32_t channels = window->in_channels, width = window->in_width;
    const int32_t row_size = window->kernel_width * channels;
    const uint32_t zero_points = simd_pack_low((uint32_t)params->input_zero_point, (uint32_t)params->input_zero_point);

    for (int32_t i = 0; i < window->kernel_height; ++i, y += window->dilation_height) {
        const int8_t *row = image + y * width * channels;
        if (y < 0 || y >= window->in_height) {
            column = fill_wide(zero_points, row_size, column, step);
        } else if (window->dilation_width == 1 && x >= 0 && x + window->kernel_width <= width) {
            column = mac_widen(row + x * channels, row_size, column, step);
        } else {
            for (int32_t j = 0, at = x; j < window->kernel_width; ++j, at += window->dilation_width) {
                const int is_inside = at >= 0 && at < width;
                column = is_inside ? mac_widen(row + at * channels, channels, column, step)
                                   : fill_wide(zero_points, channels, column, step);
            }
        }
    }
}

/* Behind the columns is room for one window of bytes. */
static void gather_column(const conv_2d_s8_params_t *params, const int8_t *image, int32_t y, int32_t x, int16_t *column,
                          int32_t step, int8_t *bytes)
{
    if (params->window.in_channels % 4 == 0) {
        gather_wide(params, image, y, x, column, step);
    } else {
        gathered_window(&params->window, image, (int8_t)params->input_zero_point, y, x, bytes);
        mac_widen(bytes, params->rows.taps, column, step);
    }
}
#endif

typedef struct {
    const int8_t *image;
    int32_t y; /* of the output pixel */
    int32_t x;
} place_t;

/* Goes on to the next output pixel, of the next row or image at the end of one. */
static inline void advance(const window_t *window, place_t *place)
{
    if (++place->x == window->out_width) {
        place->x = 0;
        if (++place->y == window->out_height) {
            place->y = 0;
            place->image += window->in_height * window->in_width * window->in_channels;
        }
    }
}

static inline int32_t first_row(const window_t *window, const place_t *place)
{
    return place->y * window->stride_height - window->pad_top;
}

static inline int32_t first_column(const window_t *window, const place_t *place)
{
    return place->x * window->stride_width - window->pad_left;
}

void conv_2d_s8(const conv_2d_s8_params_t *params, const int8_t *in, int8_t *out, void *scratch)
{
    const mac_rows_t *rows = &params->rows;
    const window_t *window = &params->window;
    place_t at = {in, 0, 0};
    int32_t left = window->batches * window->out_height * window->out_width;

#if KERNELS_USE_SIMD
    int16_t *columns = scratch;
    int8_t *bytes = (int8_t *)(columns + 4 * MAC_COLUMNS * mac_quads(rows));
    for (; left >= MAC_COLUMNS; left -= MAC_COLUMNS, out += MAC_COLUMNS * rows->out_channels) {
        for (int32_t pixel = 0; pixel < MAC_COLUMNS; ++pixel, advance(window, &at)) {
            gather_column(params, at.image, first_row(window, &at), first_column(window, &at), columns + 2 * pixel,
                          2 * MAC_COLUMNS, bytes);
        }
        mac_rows_4_columns(rows, columns, out);
    }
    for (; left > 0; --left, advance(window, &at), out += rows->out_channels) {
        gather_column(params, at.image, first_row(window, &at), first_column(window, &at), columns, 2, bytes);
        mac_rows_1_column(rows, columns, out);
    }
#else
    int8_t *windows = scratch;
    while (left > 0) {
        const int32_t pixels = left > 1 ? 2 : 1;
        int8_t *end = windows;
        for (int32_t i = 0; i < pixels; ++i, advance(window, &at)) {
            end = gathered_window(window, at.image, (int8_t)params->input_zero_point, first_row(window, &at),
                                  first_column(window, &at), end);
        }
        mac_rows_pixels(rows, windows, rows->taps, pixels, out);
        out += pixels * rows->out_channels;
        left -= pixels;
    }
#endif
}
