#include "assign_variable.h"

#include "copy.h"

void assign_variable(const assign_variable_params_t *params, const void *in, void *out)
{
    copy_bytes(out, in, params->bytes);
}
