/* A constant all round a tensor: PAD and PADV2 of elements of 1, 2 or 4 bytes. */
#ifndef PAD_H
#define PAD_H

#include <stdint.h>

#define PAD_RANK 4

typedef struct {
    int32_t counts[PAD_RANK];        /* of the input's runs along each dimension, outermost first; 1: unused */
    int32_t strides_bytes[PAD_RANK]; /* of the output */
    int32_t run_bytes;               /* contiguous input bytes that are contiguous in the output, too */
    int32_t first_byte;              /* of the output's first run */
    int32_t out_bytes;
    uint32_t pattern; /* the padding's element, repeated to a word */
} pad_params_t;

void pad(const pad_params_t *params, const void *in, void *out);

#endif
