/* The geometry that the convolutions share: images are batches x height x width x channels, channels innermost. */
#ifndef WINDOW_H
#define WINDOW_H

#include <stdint.h>

typedef struct {
    int32_t batches;
    int32_t in_height;
    int32_t in_width;
    int32_t in_channels;
    int32_t out_height;
    int32_t out_width;
    int32_t out_channels;
    int32_t kernel_height;
    int32_t kernel_width;
    int32_t stride_height;
    int32_t stride_width;
    int32_t dilation_height;
    int32_t dilation_width;
    int32_t pad_top; /* rows of zeros above the image; those below follow from the sizes */
    int32_t pad_left;
} window_t;

#endif
