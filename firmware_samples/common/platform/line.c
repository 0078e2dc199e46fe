/* Lines of text: collected in a small buffer, sent when it is full and at the end of the line. */
#include "line.h"

#include "board.h"

#define BUFFER_BYTES 64

static char buffer[BUFFER_BYTES + 1];
static uint32_t used_bytes;

static void flush(void)
{
    buffer[used_bytes] = '\0';
    used_bytes = 0;
    board_write(buffer);
}

void line_text(const char *text)
{
    for (; *text != '\0'; ++text) {
        if (used_bytes == BUFFER_BYTES) {
            flush();
        }
        buffer[used_bytes++] = *text;
    }
}

static void decimal(uint32_t value, const char *sign)
{
    char digits[11];
    char *at = &digits[10];

    *at = '\0';
    do {
        *--at = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    line_text(sign);
    line_text(at);
}

void line_number(int32_t value)
{
    /* The most negative number has no positive twin in int32_t: negated as unsigned. */
    decimal(value < 0 ? 0u - (uint32_t)value : (uint32_t)value, value < 0 ? " -" : " ");
}

void line_unsigned(uint32_t value)
{
    decimal(value, " ");
}

void line_bits(uint64_t value, int32_t digits_count)
{
    char digits[17];

    digits[digits_count] = '\0';
    for (int32_t i = digits_count - 1; i >= 0; --i) {
        digits[i] = "0123456789abcdef"[value & 15u];
        value >>= 4;
    }
    line_text(" 0x");
    line_text(digits);
}

void line_end(void)
{
    line_text("\n");
    flush();
}
