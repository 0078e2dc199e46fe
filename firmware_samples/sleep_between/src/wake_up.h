/* Wakes up at even intervals from the deepest sleep that keeps RAM; one file per chip implements it. */
#ifndef WAKE_UP_H
#define WAKE_UP_H

#include <stdint.h>

#define PERIOD_MAX_SECONDS 30u /* what the counter of every chip here can hold */

/* After board_init(): a low-power timer fires every `period_seconds` from here on, whatever happens in between. */
void wake_up_start(uint32_t period_seconds);

/* Sleeps until it fires. The chip runs as board_init() sets it up when this returns. */
void wake_up_wait(void);

#endif
