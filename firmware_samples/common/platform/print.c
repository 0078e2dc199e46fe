/* Text output of the samples: decimal numbers and strings to the board's console. */
#include "print.h"

#include "board.h"

void print_text(const char *text)
{
    board_write(text);
}

void print_unsigned(uint32_t value)
{
    char digits[11];
    char *at = &digits[10];

    *at = '\0';
    do {
        *--at = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    board_write(at);
}
