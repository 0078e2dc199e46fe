/* The heart of the depthwise 3 x 3 kernel: one channel of some rows of output pixels. */
#ifndef DEPTHWISE_ROWS_H
#define DEPTHWISE_ROWS_H

#include <stdint.h>

#include "mac_channel.h"

#define DEPTHWISE_GROUP 4 /* channels whose planes lie between each other: bytes of a word */

typedef struct {
    mac_channel_t channel;
    int32_t out_step;  /* from one output pixel to the next */
    int32_t pair_step; /* bytes from one pair of columns to the next */
    int32_t width;     /* of the output */
    int32_t rows;      /* of the output */
    int32_t row_step;  /* from one output row to the next */
    int32_t activation_min;
    int32_t activation_max;
} depthwise_rows_t;

/* weights: three rows w0 w1 w1 w2. `at`: words of two neighbours in a row; the word below is DEPTHWISE_GROUP words on. */
void depthwise_rows_stride_1(const depthwise_rows_t *rows, const int8_t *weights, const uint32_t *at, int8_t *out);
void depthwise_rows_stride_2(const depthwise_rows_t *rows, const int8_t *weights, const uint32_t *at, int8_t *out);

#endif
