/* Which taps of a window lie inside the image: the others are padding and add nothing. */
#ifndef TAPS_H
#define TAPS_H

#include <stdint.h>

#include "window.h"

/* Along one dimension. */
typedef struct {
    int32_t origin; /* image index of tap 0; negative in the padding */
    int32_t first;
    int32_t end;
} taps_t;

static inline int32_t taps_until(int32_t distance, int32_t dilation)
{
    return dilation == 1 ? distance : (distance + dilation - 1) / dilation;
}

static inline taps_t taps_inside(int32_t origin, int32_t size, int32_t dilation, int32_t count)
{
    taps_t taps = {origin, 0, count};
    if (origin < 0) {
        taps.first = taps_until(-origin, dilation);
    }
    if (origin + (count - 1) * dilation >= size) {
        taps.end = size > origin ? taps_until(size - origin, dilation) : 0;
    }
    return taps;
}

static inline taps_t taps_of_row(const window_t *window, int32_t y)
{
    return taps_inside(y * window->stride_height - window->pad_top, window->in_height, window->dilation_height,
                       window->kernel_height);
}

static inline taps_t taps_of_column(const window_t *window, int32_t x)
{
    return taps_inside(x * window->stride_width - window->pad_left, window->in_width, window->dilation_width,
                       window->kernel_width);
}

#endif
