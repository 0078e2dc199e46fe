/* One line of text on the board's console, put together first: each call of a debugger's console stops the core. */
#ifndef LINE_H
#define LINE_H

#include <stdint.h>

void line_text(const char *text);

/* A space, then the number in decimal. */
void line_number(int32_t value);
void line_unsigned(uint32_t value);

/* A space, then the bits in hexadecimal: 0x3f800000. The number of digits is that of the type. */
void line_bits(uint64_t value, int32_t digits_count);

/* Sends what is there, and a line feed. */
void line_end(void);

#endif
