/* Text output of the samples. */
#ifndef PRINT_H
#define PRINT_H

#include <stdint.h>

void print_text(const char *text);
void print_unsigned(uint32_t value);

#endif
