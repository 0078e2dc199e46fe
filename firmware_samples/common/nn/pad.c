#include "pad.h"

#include "copy.h"

/* Runs come in the order of their place in the output, so every byte is written once. */
void pad(const pad_params_t *params, const void *in, void *out)
{
    const uint8_t *from = in;
    uint8_t *written = out;
    uint8_t *run = written + params->first_byte;
    uint8_t *end = written + params->out_bytes;
    int32_t place[PAD_RANK] = {0};
    int32_t dimension = 0;

    while (dimension >= 0) {
        fill_bytes(written, params->pattern, (int32_t)(run - written));
        copy_bytes(run, from, params->run_bytes);
        from += params->run_bytes;
        written = run + params->run_bytes;
        for (dimension = PAD_RANK - 1; dimension >= 0; --dimension) {
            run += params->strides_bytes[dimension];
            if (++place[dimension] < params->counts[dimension]) {
                break;
            }
            run -= params->strides_bytes[dimension] * params->counts[dimension];
            place[dimension] = 0;
        }
    }
    fill_bytes(written, params->pattern, (int32_t)(end - written));
}
