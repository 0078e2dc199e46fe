/* What a sample asks of a board; one file per board implements it. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/* Clocks, memory interface and console, in this order. */
void board_init(void);

/* Sends the text; returns when the console has taken all of it. */
void board_write(const char *text);

/* The end of the program: sleeps for ever where there is hardware, leaves through semihosting elsewhere. */
__attribute__((noreturn)) void board_finish(void);

#endif
