#include "read_variable.h"

#include "copy.h"

void read_variable(const read_variable_params_t *params, const void *in, void *out)
{
    copy_bytes(out, in, params->bytes);
}
